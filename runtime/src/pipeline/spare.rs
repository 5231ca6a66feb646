//! The memory of records, used again.
//!
//! A record is made by the thread that fails and ends with the worker. Its memory goes back through the queue: a
//! push brings some for the thread's next error, under a lock that it takes anyway. So a thread that fails again
//! and again allocates nothing for its records, and memory does not move from one thread's allocator to another's.

use std::cell::Cell;
use std::mem::MaybeUninit;

use super::captured::CapturedError;
use super::late_steps::LateSteps;
use super::process;
use crate::base::sync::thread_local;

/// The memory of one record, and of the steps that are added to it.
#[derive(Debug, Default)]
pub(super) struct Spare {
    record: Option<Box<MaybeUninit<CapturedError>>>,
    steps: Option<LateSteps>,
}

thread_local! {
    /// What the thread's next error uses.
    static NEXT: Cell<Spare> = const { Cell::new(Spare { record: None, steps: None }) };
    /// The process that it is of. After a fork a thread that the child does not have may have locked the steps.
    static GENERATION: Cell<u32> = const { Cell::new(0) };
}

impl Spare {
    /// Takes a record out of its memory, which is [ready](Spare::ready) when the record is written.
    pub(super) fn empty(record: Box<CapturedError>) -> (CapturedError, Spare) {
        let steps = record.late.clone();
        let record = Box::into_raw(record);
        // SAFETY: `record` comes from `Box::into_raw`, and is read once; then its memory counts as not initialised,
        // so that the value is not dropped twice.
        let (value, memory) =
            unsafe { (record.read(), Box::from_raw(record.cast::<MaybeUninit<CapturedError>>())) };
        (value, Spare { record: Some(memory), steps })
    }

    /// Prepares it for another record.
    pub(super) fn ready(&mut self) {
        self.steps = self.steps.take().map(LateSteps::reused);
    }

    /// Has the next error of this thread use it.
    pub(super) fn keep(self) {
        GENERATION.set(process::generation());
        // Fails while the thread ends.
        let _: Result<(), _> = NEXT.try_with(|next| next.set(self));
    }
}

/// Takes a part of what is kept.
fn take<T>(part: impl FnOnce(&mut Spare) -> Option<T>) -> Option<T> {
    let take = |next: &Cell<Spare>| {
        let mut spare = next.take();
        let taken = part(&mut spare);
        next.set(spare);
        taken
    };
    NEXT.try_with(take).ok()?
}

/// A box with this record.
pub(crate) fn boxed(record: CapturedError) -> Box<CapturedError> {
    match take(|spare| spare.record.take()) {
        Some(memory) => Box::write(memory, record),
        None => Box::new(record),
    }
}

/// Steps for a log that begins to wait.
pub(super) fn steps() -> LateSteps {
    let is_own = GENERATION.get() == process::generation();
    take(|spare| spare.steps.take()).filter(|_| is_own).unwrap_or_else(LateSteps::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Site, Step};

    #[test]
    fn what_a_record_leaves_behind_is_the_memory_of_the_next_one() {
        static SITE: Site = Site::new("spare", 0, || ());
        let record = boxed(CapturedError::for_test(&SITE));
        let address = std::ptr::from_ref(&*record);
        let id = record.id;
        let (record, spare) = Spare::empty(record);
        assert_eq!(record.id, id);
        spare.keep();
        let next = boxed(CapturedError::for_test(&SITE));
        assert!(std::ptr::eq(&raw const *next, address));
        let other = boxed(CapturedError::for_test(&SITE));
        assert!(!std::ptr::eq(&raw const *other, address));
    }

    #[test]
    fn an_error_that_climbs_on_adds_nothing_to_the_log_of_another_one() {
        static SITE: Site = Site::new("spare", 0, || ());
        let step = Step { site: &SITE, location: SITE.location };
        let first = steps();
        let mut record = CapturedError::for_test(&SITE);
        record.late = Some(first.clone());
        assert!(first.is_wanted());
        first.close(|_| ());
        let (record, mut spare) = Spare::empty(Box::new(record));
        drop(record);
        spare.ready();
        spare.keep();

        let second = steps();
        first.add(step, Some("late"), None);
        assert!(!first.is_open() && !first.take_back());
        assert!(second.is_open());
        second.close(|added| panic!("{added:?}"));
    }

    #[test]
    fn a_forked_child_uses_no_steps_of_its_parent() {
        let parents = LateSteps::new();
        parents.close(|_| ());
        Spare { steps: Some(parents), ..Spare::default() }.keep();
        GENERATION.set(process::generation().wrapping_sub(1));
        assert!(steps().is_open());
    }
}
