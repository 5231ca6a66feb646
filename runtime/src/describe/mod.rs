//! An error value of any type → kind, message, causes.
//!
//! In: a [`View`] of the error (from [`Probe`], in code that knows the error's type) and the mark of the last
//! `?`. Out: a [`Description`], which owns its texts. Runs the user's `Display`, `Debug` and `source()`: each
//! is guarded against panics, bounded in length and number, and called only as often as needed. No I/O, no
//! symbols.

mod causes;
mod classification;
mod classify;
mod description;
mod error_list;
#[cfg(feature = "error-stack")]
mod error_stack;
mod field_probe;
mod field_value;
mod fields;
#[cfg(feature = "serde_json")]
mod json_field;
mod kind;
mod known_types;
mod message;
mod probe;
mod public_paths;
pub(crate) mod type_name;
mod variant;

pub(crate) use causes::bound_causes;
pub use classification::Classification;
pub(crate) use classification::{Keys, admission, classify};
pub use classify::Classify;
pub(crate) use description::{Description, Knowledge, brief, describe, head};
pub use field_probe::FieldProbe;
pub(crate) use fields::KeptField;
pub use fields::{Fields, debug, display, keep_now};
pub(crate) use kind::{TypeAndVariant, is_erased, is_text, kind_name, static_type};
#[cfg(feature = "tracing")]
pub(crate) use known_types::known_type;
pub(crate) use message::short_chain;
pub use probe::{Probe, ProbeAny, ProbeDebug, ProbeText, View};
pub(crate) use type_name::{last_segment, unboxed};
