//! The last walk of a thread, remembered by the words of the stack that it read.
//!
//! A walk depends on three things: the registers at which it begins, the words that it reads, and the rules. So if
//! a walk comes to a frame that the last one passed with the same registers, and the words that the last one read
//! from there on are what they were, the rest of both is the same. Errors come in bursts, mostly from one place:
//! then the whole walk is the last one. If two places fail in turn, all but the innermost frames is.
//!
//! The words are compared from that frame outwards, up to the first that has changed. So this reads only what the walk
//! itself would read: elsewhere on the stack are other functions' locals, which a sanitizer may guard.
//!
//! The frame pointer is a register like any other in most code, so its value is compared only where a frame is
//! found by it. Rules of libraries change when one is unloaded: a walk that needed such rules is remembered with
//! the [loader](crate::stack::loader)'s count of unloads, which its next user compares.

use super::super::{StackMarker, Walked};
use super::walk::Registers;

/// A word of the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    /// Aligned.
    pub(super) at: u64,
    pub(super) value: u64,
}

/// A frame, and what its caller was found by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    pub(super) registers: Registers,
    /// The frame pointer, and not the stack pointer.
    pub(super) base_is_fp: bool,
    /// The return address; `None` if it was in a register, or in the outermost frame.
    pub(super) ra: Option<Word>,
    /// The caller's frame pointer; `None` if it is still in its register.
    pub(super) saved_fp: Option<Word>,
}

/// A frame of the last walk.
#[derive(Debug, Clone, Copy)]
struct Frame {
    registers: Registers,
    /// Whether the rest of the walk depends on the frame pointer.
    needs_fp: bool,
    /// The number of words that were read in this frame and in all further out.
    words: usize,
}

/// Where a walk ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Outermost,
    /// The stack goes on.
    Cut,
    /// Nothing follows from this walk for the next one.
    Broken,
}

/// The last walk. Its lists have the outermost frame first, so that the next walk only replaces their ends.
#[derive(Debug)]
pub(in super::super) struct LastWalk {
    frames: Vec<Frame>,
    words: Vec<Word>,
    /// The new frames of a walk, the innermost first.
    passed: Vec<Passed>,
    end: End,
    marker: StackMarker,
    unloads: Option<u64>,
}

impl LastWalk {
    pub(in super::super) const fn new() -> Self {
        LastWalk {
            frames: Vec::new(),
            words: Vec::new(),
            passed: Vec::new(),
            end: End::Broken,
            marker: StackMarker::NOWHERE,
            unloads: None,
        }
    }

    pub(super) fn forget(&mut self) {
        self.end = End::Broken;
    }

    /// The count of unloads that it is remembered with.
    pub(super) fn unloads(&self) -> Option<u64> {
        self.unloads.filter(|_| self.end != End::Broken)
    }

    /// Begins a walk at this stack pointer.
    #[inline(always)]
    pub(super) fn begin(&mut self, sp: u64, marker: StackMarker) -> Walk<'_> {
        let mut candidates = if self.end == End::Broken { 0 } else { self.frames.len() };
        // What was below the stack pointer is gone.
        while candidates > 0 && self.frames[candidates - 1].registers.sp < sp {
            candidates -= 1;
        }
        let is_marked_so = std::mem::replace(&mut self.marker, marker) == marker;
        self.passed.clear();
        Walk { candidates, is_marked_so, last: self }
    }

    #[cfg(test)]
    pub(in super::super) fn frames(&self) -> usize {
        self.frames.len()
    }

    /// The return addresses of the callers of the marked function, the innermost first.
    pub(in super::super) fn addresses(&self) -> impl Iterator<Item = usize> {
        // The first frame is the walker's own, whose `pc` is no return address.
        let callers = self.frames.iter().rev().skip(1).map(|frame| frame.registers);
        let callers = callers.skip_while(|registers| self.marker.covers(registers.sp as usize));
        callers.map(|registers| registers.pc as usize)
    }
}

/// A walk, beside the last one.
pub(super) struct Walk<'a> {
    last: &'a mut LastWalk,
    /// Frames of the last walk, from the outermost on, that this one may come to.
    candidates: usize,
    /// Both begin at the same marker.
    is_marked_so: bool,
}

impl Walk<'_> {
    /// If the last walk passed these registers, and none of the words behind has changed: the number of its frames
    /// from there on. `holds` tells whether the stack still holds a word, of a frame at or above the start of the walk.
    #[inline(always)]
    pub(super) fn joins(
        &mut self,
        registers: &Registers,
        holds: impl Fn(&Word) -> bool,
    ) -> Option<usize> {
        while let Some(at) = self.candidates.checked_sub(1) {
            let Frame { registers: Registers { pc, sp, fp, lr }, needs_fp, words } =
                self.last.frames[at];
            if sp > registers.sp {
                return None;
            }
            let is_same = sp == registers.sp && pc == registers.pc && lr == registers.lr;
            if !is_same || (needs_fp && fp != registers.fp) {
                self.candidates = at;
                continue;
            }
            // The innermost one is the last one.
            let changed = self.last.words[..words].iter().rposition(|word| !holds(word));
            let Some(changed) = changed else { return Some(self.candidates) };
            self.candidates =
                self.last.frames[..at].partition_point(|frame| frame.words <= changed);
        }
        None
    }

    /// Has the walk join the last one nowhere.
    #[cold]
    pub(super) fn stay_apart(&mut self) {
        self.candidates = 0;
    }

    /// Whether the frames from the joined one on have more callers of the marked function than that, or all that the
    /// stack has.
    pub(super) fn has_more_than(&self, callers: usize) -> bool {
        let LastWalk { frames, end, marker, .. } = &*self.last;
        let is_caller = |frame: &Frame| !marker.covers(frame.registers.sp as usize);
        *end != End::Cut || frames[..self.candidates].partition_point(is_caller) > callers
    }

    #[inline(always)]
    pub(super) fn pass(&mut self, frame: Passed) {
        self.last.passed.push(frame);
    }

    /// The number of new frames.
    pub(super) fn passed(&self) -> usize {
        self.last.passed.len()
    }

    /// The walk goes on as the last one did.
    #[inline(always)]
    pub(super) fn end_joined(self, unloads: Option<u64>) -> Walked {
        let is_same = self.last.passed.is_empty()
            && self.candidates == self.last.frames.len()
            && self.is_marked_so;
        if !is_same {
            self.last.unloads = self.last.unloads.or(unloads);
            self.last.replace_from(self.candidates);
        }
        Walked { unloads: self.last.unloads, is_same }
    }

    /// The walk ends in this frame.
    pub(super) fn end(mut self, frame: Passed, end: End, unloads: Option<u64>) -> Walked {
        self.pass(frame);
        self.last.replace_from(0);
        self.last.end = end;
        self.last.unloads = unloads;
        Walked { unloads, is_same: false }
    }

    /// The walk lacks a rule.
    pub(super) fn give_up<T>(self) -> Option<T> {
        self.last.forget();
        None
    }
}

impl LastWalk {
    /// Puts the new frames in place of all but the outermost ones.
    fn replace_from(&mut self, kept: usize) {
        let LastWalk { frames, words, passed, .. } = self;
        frames.truncate(kept);
        let (mut needs_fp, kept) =
            frames.last().map_or((false, 0), |last| (last.needs_fp, last.words));
        words.truncate(kept);
        while let Some(Passed { registers, base_is_fp, ra, saved_fp }) = passed.pop() {
            words.extend(saved_fp.filter(|_| needs_fp));
            words.extend(ra);
            needs_fp = base_is_fp || (needs_fp && saved_fp.is_none());
            frames.push(Frame { registers, needs_fp, words: words.len() });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn registers(sp: u64, pc: u64) -> Registers {
        Registers { pc, sp, fp: 0, lr: 0 }
    }

    fn passed(sp: u64, pc: u64) -> Passed {
        let ra = Some(Word { at: sp + 8, value: pc + 1 });
        Passed { registers: registers(sp, pc), base_is_fp: false, ra, saved_fp: None }
    }

    #[test]
    fn no_word_is_read_that_the_walk_itself_would_not_read() {
        let mut last = LastWalk::new();
        let mut walk = last.begin(16, StackMarker::NOWHERE);
        for (sp, pc) in [(16, 1), (32, 2), (48, 3)] {
            walk.pass(passed(sp, pc));
        }
        walk.end(passed(64, 4), End::Outermost, None);

        let read = RefCell::new(Vec::new());
        let holds = |word: &Word| {
            read.borrow_mut().push(word.at);
            // Another function called the one at 32.
            word.at != 40
        };
        let mut walk = last.begin(16, StackMarker::NOWHERE);
        assert_eq!(walk.joins(&registers(16, 1), holds), None);
        assert_eq!(read.take(), [24, 40]);
        assert_eq!(walk.joins(&registers(48, 3), holds), Some(2));
        assert_eq!(read.take(), [56, 72]);
    }
}
