track_errors_benches::weigh!(called: a);
