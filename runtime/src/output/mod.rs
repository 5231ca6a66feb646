//! From a record to bytes: formats and sinks.

pub(crate) mod format;
pub(crate) mod sink;
