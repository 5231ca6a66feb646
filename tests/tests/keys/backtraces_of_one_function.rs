//! `backtrace`: the mode of one function.

use super::*;

#[track_errors(backtrace = "trail")]
fn trail() -> Result<(), fmt::Error> {
    Err(fmt::Error)
}

#[track_errors(backtrace = "native")]
fn native() -> Result<(), fmt::Error> {
    Err(fmt::Error)
}

#[track_errors(backtrace = "carried")]
fn carried() -> Result<(), fmt::Error> {
    Err(fmt::Error)
}

#[track_errors]
fn around(inner: fn() -> Result<(), fmt::Error>) -> Result<(), fmt::Error> {
    untracked(inner)
}

#[inline(never)]
fn untracked(inner: fn() -> Result<(), fmt::Error>) -> Result<(), fmt::Error> {
    std::hint::black_box(inner())
}

/// The function names in the stack, without their paths.
fn frames(inner: fn() -> Result<(), fmt::Error>) -> Vec<String> {
    let stack = record(|| around(inner)).stack;
    let names = stack.lines().filter_map(|line| line.trim().split_once(": "));
    let names = names.filter(|(number, _)| number.parse::<u32>().is_ok());
    names.map(|(_, name)| name.rsplit("::").next().unwrap_or(name).to_owned()).collect()
}

#[test]
fn each_function_uses_its_own_mode() {
    assert_eq!(frames(trail), ["trail", "around"]);
    assert_eq!(frames(native)[..3], ["native", "untracked", "around"]);
    // This error carries no backtrace.
    assert_eq!(frames(carried)[..3], ["carried", "untracked", "around"]);
}
