//! Call sites of events that are made at run time: one for each place of an error and set of field names.
//!
//! A call site of `tracing` is `'static` and has all names of its fields. So these are never freed, and their
//! number is bounded: at most 8 sets of names a place, and 4,096 call sites in all. An error beyond the first
//! bound has its fields in one text of JSON; one beyond the second has the call site of its level, without a
//! place.
//!
//! A list without a lock: a fork may come at any time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use ::tracing::callsite::{self, Callsite, Identifier};
use ::tracing::dispatcher::{self, Dispatch};
use ::tracing::field::FieldSet;
use ::tracing::metadata::Kind;
use ::tracing::subscriber::Interest;
use ::tracing::{Level, Metadata};

use crate::base::once_box::OnceBox;

/// Call sites in all, and sets of names of one place.
const MAX_CALLSITES: usize = 4096;
const MAX_SETS: usize = 8;
/// Bytes of the texts of one call site. Names of fields and modules are short.
const MAX_BYTES: usize = 16 * 1024;
const BUCKETS: usize = 256;

/// The name of all events: that of OpenTelemetry for an exception.
const NAME: &str = "exception";
/// A field that no other event has.
const ID: &str = "track_errors.id";
/// The target of events without a place.
const TARGET: &str = "track_errors";

/// The place of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    pub(super) level: Level,
    pub(super) module: &'a str,
    /// File and line.
    pub(super) location: Option<(&'a str, u32)>,
}

/// A call site, with the metadata of its events.
#[derive(Debug)]
pub(super) struct EventCallsite {
    place: Place<'static>,
    names: &'static [&'static str],
    metadata: OnceBox<Metadata<'static>>,
}

#[derive(Debug)]
struct Node {
    callsite: EventCallsite,
    next: OnceBox<Node>,
}

/// By the hash of the place.
static CALLSITES: [OnceBox<Node>; BUCKETS] = [const { OnceBox::new() }; BUCKETS];
/// Relaxed: a bound, on which no other memory depends.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The call site of this place with these names of fields, which is made if it is new. The subscriber of
/// `dispatch` gets to know it. `None` if there are too many.
pub(super) fn with_names(
    dispatch: &Dispatch,
    place: Place<'_>,
    names: &[&str],
) -> Option<&'static EventCallsite> {
    find(dispatch, place, names, MAX_SETS)
}

/// The same for names that are used where there are too many sets of names, or too many places.
pub(super) fn with_fallback_names(
    dispatch: &Dispatch,
    place: Place<'_>,
    names: &[&str],
) -> Option<&'static EventCallsite> {
    let anywhere = Place { level: place.level, module: TARGET, location: None };
    // One set more, so that there is room for this one. There are five levels.
    find(dispatch, place, names, MAX_SETS + 1)
        .or_else(|| find(dispatch, anywhere, names, usize::MAX))
}

fn find(
    dispatch: &Dispatch,
    place: Place<'_>,
    names: &[&str],
    max_sets: usize,
) -> Option<&'static EventCallsite> {
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    let mut link = &CALLSITES[hasher.finish() as usize % BUCKETS];
    let mut sets = 0;
    loop {
        let node = match link.get() {
            Some(node) => node,
            None => {
                let is_full =
                    COUNT.load(Ordering::Relaxed) >= MAX_CALLSITES && max_sets != usize::MAX;
                if is_full || sets >= max_sets {
                    return None;
                }
                let callsite = EventCallsite::leaked(place, names)?;
                match link.publish(Node { callsite, next: OnceBox::new() }) {
                    Ok(node) => {
                        COUNT.fetch_add(1, Ordering::Relaxed);
                        node.callsite.register(dispatch);
                        return Some(&node.callsite);
                    }
                    Err(others) => others,
                }
            }
        };
        if node.callsite.place == place {
            if node.callsite.names == names {
                return Some(&node.callsite);
            }
            sets += 1;
        }
        link = &node.next;
    }
}

/// Whether events of this metadata are error logs of this crate.
pub(super) fn is_of_error_log(metadata: &Metadata<'_>) -> bool {
    metadata.name() == NAME && metadata.fields().field(ID).is_some()
}

impl EventCallsite {
    /// `None` if its texts are too long to keep them.
    fn leaked(place: Place<'_>, names: &[&str]) -> Option<Self> {
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let file = place.location.map_or("", |(file, _)| file);
        let bytes = names.iter().map(|name| name.len()).sum::<usize>();
        if bytes + place.module.len() + file.len() > MAX_BYTES {
            return None;
        }
        Some(EventCallsite {
            place: Place {
                level: place.level,
                module: leak(place.module),
                location: place.location.map(|(file, line)| (leak(file), line)),
            },
            names: Box::leak(names.iter().map(|name| leak(name)).collect()),
            metadata: OnceBox::new(),
        })
    }

    /// Tells all subscribers of it. While there is one dispatcher alone, `tracing` asks the one of this thread.
    fn register(&'static self, dispatch: &Dispatch) {
        self.metadata();
        dispatcher::with_default(dispatch, || callsite::register(self));
    }

    /// The metadata of its events: the target is the module.
    pub(super) fn metadata(&'static self) -> &'static Metadata<'static> {
        self.metadata.get_or_init(|| {
            let Place { level, module, location } = self.place;
            let (file, line) = location.unzip();
            let fields = FieldSet::new(self.names, Identifier(self));
            Metadata::new(NAME, module, level, file, line, Some(module), fields, Kind::EVENT)
        })
    }
}

impl Callsite for EventCallsite {
    /// Not kept: it is that of all subscribers of the process together, and of none where a thread has none.
    /// Each event asks its own subscriber.
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().expect("`register` makes it before it hands the call site on")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_line(line: u32) -> Place<'static> {
        Place { level: Level::WARN, module: "shop", location: Some(("src/pay.rs", line)) }
    }

    /// One test: the number of call sites is that of the process.
    #[test]
    fn call_sites_are_found_again_and_their_number_is_bounded() {
        let dispatch = Dispatch::none();
        let first = with_names(&dispatch, at_line(1), &["message", "context.a"]);
        let first = first.expect("a call site");
        let metadata = first.metadata();
        assert_eq!(metadata.callsite(), Identifier(first));
        assert_eq!((metadata.file(), metadata.line()), (Some("src/pay.rs"), Some(1)));
        assert!(metadata.is_event() && metadata.fields().field("context.a").is_some());

        let names: Vec<String> = (0..20).map(|number| format!("context.field{number}")).collect();
        let sets = || names.iter().map(|name| with_names(&dispatch, at_line(0), &[name]));
        assert_eq!(sets().flatten().count(), MAX_SETS, "of one place");
        assert_eq!(sets().flatten().count(), MAX_SETS, "those that are there are found again");
        let beyond =
            with_fallback_names(&dispatch, at_line(0), &["context"]).expect("one set more");
        assert_eq!(beyond.metadata().target(), "shop");

        let places = 0..2 * MAX_CALLSITES as u32;
        let made = places.filter_map(|line| with_names(&dispatch, at_line(line), &["context.a"]));
        assert!(made.count() < MAX_CALLSITES);
        let new = at_line(3 * MAX_CALLSITES as u32);
        assert!(with_names(&dispatch, new, &["context.a"]).is_none(), "of the process");
        let beyond = with_fallback_names(&dispatch, new, &["context"]).expect("that of the level");
        let metadata = beyond.metadata();
        assert_eq!((metadata.target(), *metadata.level()), (TARGET, Level::WARN));
        assert_eq!((metadata.file(), metadata.line()), (None, None));
    }

    #[test]
    fn a_name_of_many_kilobytes_is_not_kept() {
        let long = "x".repeat(MAX_BYTES);
        assert!(with_names(&Dispatch::none(), at_line(u32::MAX), &[&long]).is_none());
    }
}
