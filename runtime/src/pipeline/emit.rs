//! Where a record goes: through the hooks to a sink of records, else into a line.

use std::io;
use std::time::SystemTime;

use super::sink_call::{in_sink, is_panic};
use crate::config::{Config, ErrorLog, Handover, Keep, Output, RecordSink, UnloggedErrors};
use crate::diagnostics::{Deferred, defer};
use crate::model::{ErrorId, ErrorRecord, Level, Location, Losses, Site};
use crate::output::format::{self, Common, readable};
use crate::output::sink::LineInfo;

/// What became of a record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Emitted {
    /// The line was appended.
    AsLine(LineInfo),
    /// The sink of records took it.
    ToSink,
    /// A hook refused it.
    Filtered,
    /// Even the shortened line is too long.
    TooLong,
}

/// Hands an error to the hooks and to a sink of records; `None` if it becomes a line.
pub(super) fn to_hooks(
    config: &Config,
    record: &mut ErrorRecord,
    deferred: &mut Deferred,
) -> Option<Emitted> {
    let Config { format, resource, hooks, .. } = config;
    if !hooks.see_records() {
        return None;
    }
    if !in_sink(|| Ok(hooks.before_emit(record))).is_ok_and(|keep| keep != Keep::No) {
        return Some(Emitted::Filtered);
    }
    let taken = hand_over(config, deferred, |sink| {
        sink.write(&ErrorLog {
            record,
            service: &format::service(record.service.as_deref(), resource, *format),
            env: resource.env(*format),
            version: resource.version(*format),
            datadog_attributes: config.datadog_attributes,
        })
    });
    (taken == Handover::Taken).then_some(Emitted::ToSink)
}

/// Appends the line of an error.
pub(super) fn line(
    config: &Config,
    common: &Common,
    record: &ErrorRecord,
    lines: &mut Vec<u8>,
) -> Emitted {
    let info = LineInfo { id: record.id, level: record.level, timestamp: record.timestamp };
    if config.output == Output::Test {
        readable::write_line(record, lines);
        return Emitted::AsLine(info);
    }
    as_line(info, format::write_line(common, record, &config.resource, lines))
}

/// Emits the counts of a function's unlogged errors.
pub(super) fn losses(
    config: &Config,
    common: &Common,
    site: &'static Site,
    losses: &Losses,
    lines: &mut Vec<u8>,
    deferred: &mut Deferred,
) -> Emitted {
    let Config { format, resource, .. } = config;
    let id = ErrorId::next();
    let taken = hand_over(config, deferred, |sink| {
        let (function, module, own) = (site.function(), site.module_path(), site.service_name());
        let (counts, kinds) = (losses.total(), losses.kinds());
        sink.write_unlogged(&UnloggedErrors {
            id,
            function: &function,
            module: &module,
            location: &Location::new(site.location),
            service: &format::service(own.as_deref(), resource, *format),
            message: &format::losses_message(&site.display_name(), counts, &kinds),
            suppressed: counts.suppressed,
            dropped: counts.dropped,
            handled: counts.handled,
            kinds: &kinds,
        })
    });
    let info = LineInfo { id, level: Level::Info, timestamp: SystemTime::now() };
    match taken {
        Handover::Taken => Emitted::ToSink,
        Handover::Refused if config.output == Output::Test => {
            let (function, counts, kinds) = (site.function(), losses.total(), losses.kinds());
            readable::write_losses(&format::losses_message(&function, counts, &kinds), lines);
            Emitted::AsLine(info)
        }
        Handover::Refused => {
            as_line(info, format::write_losses(common, id, site, losses, resource, lines))
        }
    }
}

/// Flushes the sink of records; with its name.
pub(super) fn flush(config: &Config) -> Option<(io::Result<()>, String)> {
    let sink = config.hooks.record_sink()?;
    Some((in_sink(|| sink.flush()), name(sink)))
}

/// What diagnostics call the sink.
pub(super) fn name(sink: &dyn RecordSink) -> String {
    in_sink(|| Ok(sink.name().to_owned())).unwrap_or_else(|_| "the record sink".to_owned())
}

fn as_line(info: LineInfo, is_written: bool) -> Emitted {
    if is_written { Emitted::AsLine(info) } else { Emitted::TooLong }
}

/// Offers something to the sink of records, if there is one. A panic counts as a refusal.
fn hand_over(
    config: &Config,
    deferred: &mut Deferred,
    offer: impl FnOnce(&dyn RecordSink) -> Handover,
) -> Handover {
    let Some(sink) = config.hooks.record_sink() else { return Handover::Refused };
    in_sink(|| Ok(offer(sink))).unwrap_or_else(|error| {
        debug_assert!(is_panic(&error), "{error}");
        let name = name(sink);
        defer!(deferred, Error, "the record sink {name:?} panicked; its errors go to the output");
        Handover::Refused
    })
}
