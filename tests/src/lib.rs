//! What the tests of `track_errors` share.
//!
//! * [`admission`]: the written-down rules by which an error log line is accepted, for both formats.
//! * [`compiler`]: sources that are compiled with the attribute and without it.
//! * [`process`]: programs that a test runs with settings of its own.

pub mod admission;
pub mod compiler;
pub mod process;
