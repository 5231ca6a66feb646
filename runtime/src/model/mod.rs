//! The data of an error log, before any format: functions, errors and their outcomes.

mod attachments;
mod context;
pub(crate) mod counters;
mod decision;
pub(crate) mod epoch;
mod field;
pub(crate) mod id;
mod level;
pub(crate) mod mark;
mod place;
mod policy;
mod record;
pub(crate) mod site;
mod stack_text;
mod trail;

pub(crate) use attachments::Attachments;
pub(crate) use context::Carried;
pub use context::{ErrorContext, TraceContext};
pub use counters::Counters;
pub(crate) use decision::Decision;
pub use field::{Field, FieldValue};
pub use id::ErrorId;
pub use level::Level;
pub(crate) use place::{Place, ReportedPlace};
pub use policy::{BacktraceMode, RateLimit, ReportPolicy};
pub(crate) use record::BoundaryNote;
pub use record::{BoundaryEnd, BoundaryRecord, Cause, ErrorRecord, Location, StepMessage};
pub use site::Site;
pub(crate) use site::{Class, KindKey, LossCounts, Losses};
pub use stack_text::StackText;
pub(crate) use trail::{Step, StepContext, Trail};
