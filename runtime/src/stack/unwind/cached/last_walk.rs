//! The last walk of a thread, remembered by the words of the stack that it read.
//!
//! A walk depends on three things: the registers at which it begins, the words that it reads, and the rules. So if
//! a walk comes to a frame that the last one passed with the same registers, and the words that the last one read
//! from there on are what they were, the rest of both is the same. Errors come in bursts, mostly from one place:
//! then the whole walk is the last one. If two places fail in turn, all but the innermost frames is.
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

    /// Begins a walk at this stack pointer. `holds` tells how many of the words, from the first one on, the stack still
    /// holds; they belong to frames that begin at or above that.
    #[inline(always)]
    pub(super) fn begin(
        &mut self,
        sp: u64,
        marker: StackMarker,
        holds: impl Fn(&[Word]) -> usize,
    ) -> Walk<'_> {
        let mut candidates = if self.end == End::Broken { 0 } else { self.frames.len() };
        // What was below the stack pointer is gone.
        while candidates > 0 && self.frames[candidates - 1].registers.sp < sp {
            candidates -= 1;
        }
        let words = self.frames[..candidates].last().map_or(0, |innermost| innermost.words);
        let held = holds(&self.words[..words]);
        if held < words {
            candidates = self.frames[..candidates].partition_point(|frame| frame.words <= held);
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
    /// from there on.
    #[inline(always)]
    pub(super) fn joins(&mut self, registers: &Registers) -> Option<usize> {
        while let Some(at) = self.candidates.checked_sub(1) {
            let Frame { registers: Registers { pc, sp, fp, .. }, needs_fp, .. } =
                self.last.frames[at];
            if sp > registers.sp {
                return None;
            }
            if sp == registers.sp && pc == registers.pc && (fp == registers.fp || !needs_fp) {
                return Some(self.candidates);
            }
            self.candidates = at;
        }
        None
    }

    /// Has the walk join the last one nowhere.
    #[cold]
    pub(super) fn stay_apart(&mut self) {
        self.candidates = 0;
    }

    /// Whether the last walk ended before the stack did.
    pub(super) fn is_last_cut(&self) -> bool {
        self.last.end == End::Cut
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
