//! Memory as in `memory.rs`, of a program with little but `track_errors`.

use std::time::Duration;

use track_errors::{BacktraceMode, Output, Overflow, RateLimit};
use track_errors_benches::{levels, memory, times};

fn main() {
    let (peer, fail) = match std::env::args().nth(2).as_deref() {
        Some("track_errors") => ("track_errors", levels::logged::one as fn()),
        Some("track_errors, trail") => ("track_errors, trail", levels::trail::one as fn()),
        other => panic!("no such peer: {other:?}"),
    };
    memory::watch("memory_small", peer, times(1_000_000), set_up, fail, settle);
}

fn set_up() {
    track_errors::builder()
        .service("bench")
        .backtrace(BacktraceMode::Native)
        .rate_limit(RateLimit::Off)
        .overflow(Overflow::Block)
        .output(Output::File("/dev/null".into()))
        .init();
}

fn settle() {
    assert!(track_errors::flush(Duration::from_secs(60)), "written within a minute");
}
