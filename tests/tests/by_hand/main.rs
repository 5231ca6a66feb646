//! Errors that no attribute sees, reported by hand: `report`, `error!` and `report_err`.

#[path = "../recorded/mod.rs"]
mod recorded;

mod any_error;
mod one_log;
mod the_line;
mod the_macro;
