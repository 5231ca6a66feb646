//! The file of the debug mode, its directory, and the faults of both and of a logger of the application's:
//! the program and its error logs go on, and the fault is reported once on stderr.

#[path = "../debug_log/mod.rs"]
mod debug_log;
mod directory;
mod faults;
mod file;
mod loggers;

const ON: (&str, &str) = ("DD_TRACE_DEBUG", "true");
const QUIET_START: (&str, &str) = ("DD_TRACE_STARTUP_LOGS", "false");
const FILE: &str = "DD_TRACE_LOG_FILE";
const SIZE: &str = "DD_TRACE_LOG_FILE_SIZE_BYTES";
const DIRECTORY: &str = "DD_TRACE_LOG_DIRECTORY";
