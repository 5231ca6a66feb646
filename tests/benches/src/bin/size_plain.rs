track_errors_benches::weigh!(a);
