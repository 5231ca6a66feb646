track_errors_benches::weigh!(a b c d e f g h i);
