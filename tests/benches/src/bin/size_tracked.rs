track_errors_benches::weigh!(
    #[track_errors::track_errors]
    called: a
);
