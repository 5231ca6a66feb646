//! An error as the exception of a log record that the application makes.

use opentelemetry::logs::LogRecord;

use crate::base::reentrancy::ignoring;
use crate::describe;
use crate::report::by_hand::AnyError;
use crate::stack;

/// Adds an error to a log record as the attributes `exception.type`, `exception.message` and, if it has causes,
/// `exception.stacktrace`.
///
/// For log records that the application makes with the Logs API. The error is not logged by this crate.
///
/// The type is the public path of the error's, without a variant. A container such as `Box<dyn Error>` hides it, so there
/// it is that of the root cause if it is known, else a name of the container. The message has at most 8 KiB. The stack
/// trace has the causes, and no frames: their names take milliseconds to look up. Error logs have them.
///
/// Source: OpenTelemetry, "Semantic Conventions for Exceptions in Logs and Events", section "Recording an Exception
/// in logs".
///
/// ```
/// use opentelemetry::logs::{LogRecord, Logger, LoggerProvider};
///
/// fn log_late_payment(provider: &impl LoggerProvider, error: &std::io::Error) {
///     let logger = provider.logger("shop");
///     let mut record = logger.create_log_record();
///     record.set_event_name("shop.payment.late");
///     track_errors::opentelemetry::record_exception(&mut record, error);
///     logger.emit(record);
/// }
/// ```
pub fn record_exception<E, Kind>(record: &mut impl LogRecord, error: &E)
where
    E: AnyError<Kind> + ?Sized,
{
    let description = ignoring(|| error.view().with(|view| describe::describe(&view, None)));
    let error_type = description.kind.error_type();
    if !description.causes.is_empty() {
        let (message, causes) = (&description.message, &description.causes);
        let stack = stack::without_frames(&error_type, message, causes);
        record.add_attribute("exception.stacktrace", stack);
    }
    record.add_attribute("exception.type", error_type);
    record.add_attribute("exception.message", description.message.to_string());
}
