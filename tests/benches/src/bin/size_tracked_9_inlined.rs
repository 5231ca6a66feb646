track_errors_benches::weigh!(
    #[track_errors::track_errors]
    inlined: a b c d e f g h i
);
