//! `ErrorRecord`: the data of one error log, before any format.
//!
//! The pipeline fills it, a format turns it into a line. It has only owned or `'static` data, so it can
//! outlive the error and change threads. `describe` and `stack` have bounded all its texts and escaped their
//! control characters other than line breaks and tabs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::base::named::named;
use crate::model::field::Field;
use crate::model::{Carried, ErrorId, Level, Place, Site, StackText, StepContext, TraceContext};

/// The data of one error log, before any format.
///
/// Names are `Cow<'static, str>` or `Arc<str>`: the crate keeps them, and a record copies none. All texts are made by
/// `into`, and read as `&str`:
///
/// ```
/// use track_errors::Keep;
///
/// let builder = track_errors::builder().before_emit(|record| {
///     if record.kind.starts_with("shop::") {
///         record.kind = record.kind.replace("Checkout", "Order").into();
///         record.service = Some("shop".into());
///         record.thread = None;
///     }
///     Keep::Yes
/// });
/// # let _ = builder;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ErrorRecord {
    /// The same for all logs of one error.
    pub id: ErrorId,
    /// When the error left the function.
    pub timestamp: SystemTime,
    /// How severe it is.
    pub level: Level,
    /// The service named in the attribute; `None` leaves it to the configuration.
    pub service: Option<Cow<'static, str>>,
    /// Groups errors: the type, with the variant of an enum
    /// (`shop::PayError::Declined`). Datadog's `error.kind`.
    pub kind: Cow<'static, str>,
    /// The type without a variant (`shop::PayError`). OpenTelemetry's `exception.type`.
    pub error_type: Cow<'static, str>,
    /// Groups errors, instead of kind and stack. Datadog's `error.fingerprint`.
    pub fingerprint: Option<Cow<'static, str>>,
    /// `Display` of the error, else `Debug`, else its type; at most 8 KiB.
    pub message: String,
    /// The message of the log, if it is not the error's: the one of a report by hand; at most 2 KiB. The line has
    /// it as `message` or body, and the error's as `error.message` or `exception.message`.
    pub log_message: Option<String>,
    /// The causes of the error, nearest first; at most 32: the first ones, and the root cause.
    pub causes: Vec<Cause>,
    /// Texts that the error carries beside its message and its causes: places in the code (`at src/pay.rs:7:5`) and
    /// printable attachments of an `error_stack::Report`. At most 32 of 512 bytes, 4 KiB together.
    pub attachments: Vec<String>,
    /// Number of attachments beyond that, and of those without a text.
    pub attachments_left_out: u32,
    /// The stack as text: header, frames, causes; at most 64 frames and 32 KiB.
    pub stack: StackText,
    /// GNU build id, in hexadecimal digits, of the program or library that contains the unnamed frames of
    /// `stack` (`shop+0x1f2e`). `addr2line` resolves them with the unstripped file of this build id.
    pub build_id: Option<Arc<str>>,
    /// The fields of the attribute's `fields(…)`, in that order. At a boundary, the fields of every function
    /// that the error left, the innermost first; at most 32. Then come those of the [`ErrorContext`], at most 32.
    ///
    /// [`ErrorContext`]: crate::ErrorContext
    pub fields: Vec<Field>,
    /// Number of fields beyond that, which are left out.
    pub fields_left_out: u32,
    /// Names of the spans around the error, the outermost first; at most 16.
    pub spans: Vec<Cow<'static, str>>,
    /// The trace that the error belongs to.
    pub trace: Option<TraceContext>,
    #[allow(dead_code, reason = "sinks of integrations read it")]
    pub(crate) carried: Carried,
    /// Where the error left: the `?` that failed, else the place of the function.
    pub location: Location,
    /// Full path of the function that the error left (`shop::Cart::pay`). Empty if it is unknown: the function has
    /// no attribute, and no symbol names it.
    pub function: Cow<'static, str>,
    /// Path of the module of that function (`shop`). Empty if it is unknown.
    pub module: Cow<'static, str>,
    /// Name of the thread on which the error left the function, if it has one.
    pub thread: Option<Arc<str>>,
    /// The messages that conversions gave the error on its way out, in that order; at most 32.
    pub step_messages: Vec<StepMessage>,
    /// Number of messages beyond that, which are left out.
    pub step_messages_left_out: u32,
    /// Number of tracked functions that the error left but its stack omits. A stack has at most 32.
    pub steps_left_out: u32,
    /// Whether the crate only presumes that this error made its boundary fail. The boundary returned an
    /// unrelated error, one of several errors known only by type, or a value that counts as failed.
    pub presumed: bool,
    /// The boundary held other errors that differed from this one only in their fields. The differing fields
    /// are left out.
    pub ambiguous: bool,
    /// The boundary handled this error, and logs handled errors.
    pub handled: bool,
    /// The boundary that held the error, and how it ended.
    pub boundary: Option<BoundaryRecord>,
    /// Errors of the same function that the rate limit suppressed since its last log.
    pub suppressed: u64,
    /// Errors of the same function that were lost since its last log: the queue was full, or no sink took the
    /// line.
    pub dropped: u64,
    /// Errors of the same function that boundaries handled since its last log.
    pub handled_count: u64,
    /// The kinds of the errors in the three counts, with their numbers, the most frequent first:
    /// `shop::PayError::Declined (12)`.
    pub unlogged_kinds: Vec<String>,
}

impl ErrorRecord {
    /// Removes all texts that are not from the source, and says why.
    pub(crate) fn withhold(&mut self, why: &str) {
        self.message = format!("[withheld: {why}]");
        self.log_message = None;
        self.fingerprint = None;
        self.stack.clear();
        self.causes.clear();
        self.step_messages.clear();
        self.attachments.clear();
        self.fields.clear();
    }
}

/// The boundary that held an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BoundaryRecord {
    /// The same for all errors of one call of the boundary: 16 hexadecimal digits.
    pub id: String,
    /// Full path of the function; `None` if the boundary still ran when the error was logged.
    pub function: Option<Cow<'static, str>>,
    /// How it ended, or why the error was logged earlier.
    pub end: BoundaryEnd,
}

impl BoundaryRecord {
    pub(crate) fn new(note: &BoundaryNote) -> Self {
        BoundaryRecord {
            id: ErrorId::of_number(note.scope).to_string(),
            function: note.boundary.map(Site::function),
            end: note.end,
        }
    }
}

/// Why a boundary logged an error that it held.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoundaryNote {
    /// The number of its scope.
    pub(crate) scope: u64,
    pub(crate) boundary: Option<&'static Site>,
    pub(crate) end: BoundaryEnd,
}

/// How a boundary with a held error ended, or why the error was logged earlier. A line has the name in lower
/// case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BoundaryEnd {
    /// It returned the error, or another error that this one presumably caused.
    Returned,
    /// It returned something else.
    Handled,
    /// Its future was dropped before it had finished: by a timeout, a `select!`, the end of a runtime.
    Cancelled,
    /// It panicked, or code inside did.
    Panicked,
    /// It still ran when the process exited.
    Exited,
    /// It still ran after 30 seconds.
    TooLong,
    /// It held more than 64 errors or 64 KiB.
    Full,
}

named!(BoundaryEnd {
    Returned = "returned",
    Handled = "handled",
    Cancelled = "cancelled",
    Panicked = "panicked",
    Exited = "exited",
    TooLong = "too_long",
    Full = "full",
});

/// The message of an error when it left an outer tracked function, if a conversion changed it; or the message
/// of a report by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepMessage {
    /// Full path of the function; empty if it is unknown.
    pub function: Cow<'static, str>,
    /// Where the error left it, or was reported.
    pub location: Location,
    /// The message, in one line; at most 192 bytes.
    pub message: String,
}

impl StepMessage {
    pub(crate) fn new(context: &StepContext) -> Self {
        StepMessage {
            function: context.step.site.function(),
            location: Location::new(context.step.location),
            message: context.message.as_ref().to_owned(),
        }
    }
}

/// One entry of an error's `source()` chain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// The concrete type, if known; of a presumed cause the kind that its own line would have.
    pub kind: Option<Cow<'static, str>>,
    /// `Display` of the cause.
    pub message: String,
    /// Not a `source()`: the boundary held this error, and returned an unrelated one.
    pub is_presumed: bool,
    /// Number of causes left out between the one before and this one, which is the root cause.
    pub left_out_before: u32,
}

impl Cause {
    /// Its memory in bytes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.message.len() + self.kind.as_ref().map_or(0, |kind| kind.len())
    }
}

/// A place in the source code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The file, relative to its package or workspace if known.
    pub file: Cow<'static, str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1; 0 if unknown.
    pub column: u32,
}

/// `src/pay.rs:12:5`, without an unknown column.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.column != 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

impl Location {
    pub(crate) fn new(place: Place) -> Self {
        Location { file: place.path(), line: place.line(), column: place.column() }
    }
}
