//! Errors that no attribute sees, reported by hand: `report`, `error!` and `report_err`.

#[path = "../recorded/mod.rs"]
mod recorded;

#[path = "../collect/mod.rs"]
mod collect;

mod any_error;
mod one_log;
mod the_guide;
mod the_line;
mod the_macro;
