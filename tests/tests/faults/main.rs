//! The matrix of faults: whatever goes wrong, logged + suppressed + expected + handled + dropped = what happened, by
//! the counters of the process and by what the lines say. `docs/faults.md` has a row for each test.

#![cfg(target_os = "linux")]

mod account;
mod files;
mod matrix;
mod network;
mod process;
mod program;
mod receiver;
mod user_code;
