//! `Common`: what all lines of a program have in common, made once.

use std::cell::Cell;
use std::time::{Duration, UNIX_EPOCH};

use super::{datadog, otlp};
use crate::base::json::Entries;
use crate::config::{Format, Resource, Shape};

/// The shape of a program's lines, and their common parts.
#[derive(Debug)]
pub(crate) struct Common {
    pub(super) shape: Shape,
    /// The program's identity, for lines without a service of their own.
    pub(super) identity: Identity,
    second: Cell<Second>,
}

/// The program's identity as the entries of two objects of a line.
#[derive(Debug)]
pub(super) struct Identity {
    /// `datadog`: of the root. `otlp`: of the resource.
    pub(super) outer: Entries,
    /// `datadog`: of `dd`. `otlp`: none.
    pub(super) inner: Entries,
}

/// A second since the epoch, as RFC 3339 has it, without a time zone.
#[derive(Debug, Clone, Copy)]
struct Second {
    number: u64,
    text: [u8; Second::LENGTH],
}

impl Second {
    const LENGTH: usize = "2023-11-14T22:13:20".len();
}

impl Common {
    pub(crate) fn new(shape: impl Into<Shape>, resource: &Resource) -> Self {
        let shape = shape.into();
        let identity = match shape.format {
            Format::Datadog => Identity {
                outer: Entries::new(|root| datadog::write_identity(None, resource, root)),
                inner: Entries::new(|dd| datadog::write_inner_identity(None, resource, dd)),
            },
            Format::Otlp => Identity {
                outer: Entries::new(|object| otlp::write_resource(None, resource, object)),
                inner: Entries::new(|_| ()),
            },
        };
        let second = Cell::new(Second { number: u64::MAX, text: [0; Second::LENGTH] });
        Common { shape, identity, second }
    }

    /// A time with milliseconds, as RFC 3339 has it: `2023-11-14T22:13:20.123Z`. Until the end of the year 9999. Times of
    /// one second have the same beginning, which is kept.
    pub(super) fn rfc_3339(&self, since_epoch: Duration) -> [u8; Second::LENGTH + ".123Z".len()] {
        let mut second = self.second.get();
        if second.number != since_epoch.as_secs() {
            let time = UNIX_EPOCH + since_epoch;
            let text = humantime::format_rfc3339_seconds(time).to_string();
            let text = text.as_bytes().first_chunk().copied().unwrap_or(second.text);
            second = Second { number: since_epoch.as_secs(), text };
            self.second.set(second);
        }
        let millis = since_epoch.subsec_millis();
        let digit = |place: u32| b'0' + (millis / place % 10) as u8;
        let mut out = *b"1970-01-01T00:00:00.000Z";
        out[..Second::LENGTH].copy_from_slice(&second.text);
        out[Second::LENGTH + 1..][..3].copy_from_slice(&[digit(100), digit(10), digit(1)]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{record, resource};
    use super::super::write_line;
    use super::*;

    #[test]
    fn a_service_in_the_attribute_that_is_the_programs_gives_the_same_line() {
        let resource = resource();
        for format in Format::ALL {
            let common = Common::new(format, &resource);
            let line = |service: Option<&str>| {
                let mut record = record();
                record.service = service.map(|name| name.to_owned().into());
                let mut out = Vec::new();
                assert!(write_line(&common, &record, &resource, &mut out));
                String::from_utf8(out).expect("a line is UTF-8")
            };
            let line_without = line(None);
            assert_eq!(line_without, line(Some(resource.service(format))));
            assert_eq!(line_without, line(Some(" ")));
            assert_ne!(line_without, line(Some("checkout")));
        }
    }

    #[test]
    fn times_are_those_of_humantime_in_any_order() {
        let common = Common::new(Format::Datadog, &resource());
        for nanos in [
            0_i128,
            999_999_999,
            1_000_000_000,
            951_782_399_999_000_000,
            951_782_399_001_000_000,
            1_700_000_000_123_456_789,
            253_402_300_799_999_999_999,
            1_700_000_000_120_000_000,
        ] {
            let time =
                Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32);
            let expected = humantime::format_rfc3339_millis(UNIX_EPOCH + time).to_string();
            assert_eq!(common.rfc_3339(time), expected.as_bytes(), "{nanos}");
        }
    }
}
