//! What the tests of `track_errors` share.
//!
//! * [`admission`]: the written-down rules by which an error log line is accepted, for both formats.

pub mod admission;
