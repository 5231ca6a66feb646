track_errors_benches::weigh!(called: a b c d e f g h i);
