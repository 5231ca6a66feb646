track_errors_benches::weigh!(inlined: a b c d e f g h i);
