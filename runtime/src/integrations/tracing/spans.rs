//! The open spans: their names, parents and fields.
//!
//! Kept here and not in the extensions of the spans. A layer such as `fmt` holds the lock of a span's extensions
//! while it formats a recorded value; a `Debug` of the user's that fails in a tracked function would wait for that
//! lock for ever. The locks here are held for a lookup or a copy, never while the user's code runs, and a fork
//! takes them.
//!
//! Bounded: 32 MiB in all. A span without room is left out.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ::tracing::Metadata;
use ::tracing::span::Id;

use super::values::Values;
use crate::base::lock::lock_within;
use crate::base::once_box::OnceBox;
use crate::base::sync::Mutex;
use crate::diagnostics::say;

const SHARDS: usize = 16;
/// Bytes of a shard's spans.
const SHARD_LIMIT: usize = 2 * 1024 * 1024;
/// Locks are held for less than a microsecond. A thread waits longer only if the one that holds the lock does not
/// get a processor.
const PATIENCE: Duration = Duration::from_secs(1);
/// Spans around a span that are looked at: a chain without end is a fault of the subscriber.
const MAX_DEPTH: usize = 64;

/// A layer: its subscriber numbers the spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LayerId(u64);

impl LayerId {
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        LayerId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A span of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) layer: LayerId,
    span: u64,
}

impl Key {
    pub(super) fn new(layer: LayerId, span: &Id) -> Self {
        Key { layer, span: span.into_u64() }
    }

    /// A number that stands for it.
    pub(super) fn hash(self) -> u64 {
        let mut hasher = KeyHasher::default();
        std::hash::Hash::hash(&self, &mut hasher);
        hasher.finish()
    }

    fn shard(self) -> &'static OnceBox<Mutex<Shard>> {
        // `HashMap` uses the upmost and the lowest bits.
        &SPANS[(self.hash() >> 40) as usize % SHARDS]
    }

    /// Calls `then` with the spans of the shard; `None` if another thread keeps the lock.
    fn with<T>(self, then: impl FnOnce(&mut Shard) -> T) -> Option<T> {
        lock_within(self.shard().get_or_init(Mutex::default), PATIENCE)
            .map(|mut shard| then(&mut shard))
    }
}

/// Numbers that a registry gives out, not an attacker.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// An open span.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) metadata: &'static Metadata<'static>,
    /// The span around it, of the same layer.
    pub(super) parent: Option<Key>,
    pub(super) values: Values,
}

impl Span {
    fn bytes(&self) -> usize {
        size_of::<(Key, Span)>() + self.values.bytes()
    }
}

#[derive(Default)]
struct Shard {
    spans: HashMap<Key, Span, BuildHasherDefault<KeyHasher>>,
    bytes: usize,
}

static SPANS: [OnceBox<Mutex<Shard>>; SHARDS] = [const { OnceBox::new() }; SHARDS];

/// Keeps a span, if there is room.
pub(super) fn open(key: Key, span: Span) {
    let bytes = span.bytes();
    let is_kept = key.with(|shard| {
        if shard.bytes + bytes > SHARD_LIMIT {
            return false;
        }
        shard.bytes += bytes;
        // One of the same number, whose end was missed.
        if let Some(earlier) = shard.spans.insert(key, span) {
            shard.bytes -= earlier.bytes();
        }
        true
    });
    static IS_REPORTED: AtomicBool = AtomicBool::new(false);
    if is_kept != Some(true) && !IS_REPORTED.swap(true, Ordering::Relaxed) {
        say!(
            Warn,
            "no room for a span of tracing (32 MiB are taken): errors in it are logged without its fields"
        );
    }
}

/// Sets newer values of a span's fields.
pub(super) fn record(key: Key, newer: Values) {
    key.with(|shard| {
        let Some(span) = shard.spans.get_mut(&key) else { return };
        shard.bytes -= span.bytes();
        span.values.update(newer);
        shard.bytes += span.bytes();
    });
}

pub(super) fn close(key: Key) {
    let closed = key.with(|shard| {
        let closed = shard.spans.remove(&key)?;
        shard.bytes -= closed.bytes();
        Some(closed)
    });
    // Not under the lock.
    drop(closed);
}

/// Forgets the spans of a layer that is gone.
pub(super) fn close_all(layer: LayerId) {
    for shard in SPANS.iter().filter_map(OnceBox::get) {
        let Some(mut shard) = lock_within(shard, PATIENCE) else { continue };
        let closed: Vec<_> = shard.spans.extract_if(|key, _| key.layer == layer).collect();
        shard.bytes -= closed.iter().map(|(_, span)| span.bytes()).sum::<usize>();
    }
}

/// What the program knows of a span.
pub(super) fn metadata(key: Key) -> Option<&'static Metadata<'static>> {
    key.with(|shard| Some(shard.spans.get(&key)?.metadata)).flatten()
}

/// Visits a span and those around it, the innermost first. Returns whether the span is known.
pub(super) fn visit(key: Key, mut look: impl FnMut(Key, &Span)) -> bool {
    let mut next = Some(key);
    let mut depth = 0;
    while let Some(key) = next.filter(|_| depth < MAX_DEPTH) {
        let found = key.with(|shard| {
            let span = shard.spans.get(&key)?;
            look(key, span);
            Some(span.parent)
        });
        let Some(parent) = found.flatten() else { break };
        next = parent;
        depth += 1;
    }
    depth > 0
}

#[cfg(unix)]
mod at_fork {
    use std::sync::MutexGuard;
    use std::time::Instant;

    use super::{SHARDS, SPANS, Shard};
    use crate::base::lock::{WhileForking, lock_until};
    use crate::base::once_box::OnceBox;

    type Guards = [Option<MutexGuard<'static, Shard>>; SHARDS];

    thread_local! {
        static GUARDS: WhileForking<Guards> = const { WhileForking::new() };
    }

    /// Locks all spans, so that the child has them whole.
    pub(in super::super) fn before_fork(deadline: Instant) {
        let lock = |shard: &OnceBox<_>| lock_until(shard.get()?, Some(deadline));
        let guards = std::array::from_fn(|at| lock(&SPANS[at]));
        GUARDS.with(|kept| kept.keep(guards));
    }

    /// Unlocks them. The child forgets spans that could not be locked in time.
    pub(in super::super) fn after_fork(is_child: bool) {
        let guards: Guards = GUARDS.with(WhileForking::take).unwrap_or_default();
        for (shard, guard) in SPANS.iter().zip(guards) {
            if is_child && guard.is_none() {
                shard.forget();
            }
        }
    }
}

#[cfg(unix)]
pub(super) use at_fork::{after_fork, before_fork};
