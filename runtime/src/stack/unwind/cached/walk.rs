//! Walks from frame to frame.
//!
//! Every read of the stack is between the start of the walk and the upper end of the thread's own stack, so
//! it cannot fault, whatever the stack contains. Each frame must be above the one that it called. A stack
//! that violates these rules is broken, and ends there. It does not go to the system walker, which checks
//! nothing.

use std::arch::asm;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};

use super::super::{StackMarker, Walked};
use super::last_walk::{End, LastWalk, Passed, Word};
use super::loaded::{self, Found};
use super::rule::{Rule, Step};
use super::rule_table::{Remembered, RuleTable};
use crate::stack::loader;

static RULES: RuleTable = RuleTable::new();

/// The registers that lead from a frame to its caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registers {
    pub(super) pc: u64,
    pub(super) sp: u64,
    pub(super) fp: u64,
    /// Link register: the return address until the function saves it. Zero on x86_64.
    pub(super) lr: u64,
}

/// Frames that are walked, and remembered, beyond the limit: the next stack may be less deep.
const BEYOND: usize = 32;

/// Walks from the marked function on, which is the calling one, into which this is inlined, or an outer one. `last`
/// has the addresses, of which `limit` count. `None` if this walker lacks a rule, and the system walker may continue.
#[inline(always)]
pub(in super::super) fn walk(
    marker: StackMarker,
    limit: usize,
    last: &mut LastWalk,
) -> Option<Walked> {
    walk_from(Registers::here(), marker, limit, last)
}

impl Registers {
    /// The registers of the function that this is inlined into, at the instruction at `pc`.
    #[inline(always)]
    fn here() -> Self {
        let (pc, sp, fp): (u64, u64, u64);
        #[cfg(target_arch = "x86_64")]
        let lr = 0;
        #[cfg(target_arch = "aarch64")]
        let lr;
        // SAFETY: only copies registers. The operands are never the stack or frame pointer, so both keep
        // their values through all instructions.
        unsafe {
            #[cfg(target_arch = "x86_64")]
            asm!(
                "lea {pc}, [rip]",
                "mov {sp}, rsp",
                "mov {fp}, rbp",
                pc = out(reg) pc,
                sp = out(reg) sp,
                fp = out(reg) fp,
                options(nomem, nostack, preserves_flags),
            );
            #[cfg(target_arch = "aarch64")]
            asm!(
                "adr x9, .",
                "mov x10, sp",
                "mov x11, x29",
                "mov x12, x30",
                out("x9") pc,
                out("x10") sp,
                out("x11") fp,
                out("x12") lr,
                options(nomem, nostack, preserves_flags),
            );
        }
        Registers { pc, sp, fp, lr }
    }
}

#[inline(never)]
fn walk_from(
    mut registers: Registers,
    marker: StackMarker,
    limit: usize,
    last: &mut LastWalk,
) -> Option<Walked> {
    let Some(stack) = ThreadStack::of_this_thread(registers.sp) else {
        last.forget();
        return None;
    };
    // Before any rule of the last walk is relied on.
    if last.unloads().is_some_and(|known| forget_unloaded() != Some(known)) {
        last.forget();
    }
    let mut walk = last.begin(registers.sp, marker);
    let mut lookup = registers.pc;
    let (mut count, mut is_innermost, mut is_past_marker) = (0, true, false);
    let mut unloads = None;
    // Terminates: each step goes up, within the stack; and the loader is read once.
    loop {
        // SAFETY: `last` is this thread's, and `begin` left out frames below the start.
        let holds = |word: &Word| unsafe { ThreadStack::holds(word) };
        if let Some(frames) = walk.joins(&registers, holds) {
            // The last walk may have ended too early for this one; and no list grows with each call of a recursion.
            let is_whole = walk.has_more_than(limit.saturating_sub(count));
            if is_whole && walk.passed() + frames <= limit + 4 * BEYOND {
                return Some(walk.end_joined(unloads));
            }
            walk.stay_apart();
        }
        let mut frame = Passed { registers, base_is_fp: false, ra: None, saved_fp: None };
        if count >= limit + BEYOND {
            return Some(walk.end(frame, End::Cut, unloads));
        }
        let remembered = match RULES.get(lookup) {
            Some(remembered) => remembered,
            None if !stack.has_room_to_learn => return walk.give_up(),
            None => match learn(lookup) {
                Found::Code(learned) => learned,
                Found::Unknown => {
                    return Some(walk.end(frame, End::Broken, Some(loader::UNKNOWN)));
                }
                Found::NoImage if is_readable(lookup) => return walk.give_up(),
                Found::NoImage => return Some(walk.end(frame, End::Broken, unloads)),
            },
        };
        if !remembered.stays() && unloads.is_none() {
            let known = forget_unloaded();
            unloads = Some(known.unwrap_or(loader::UNKNOWN));
            if known.is_none() {
                return Some(walk.end(frame, End::Broken, unloads));
            }
            continue;
        }
        let step = match remembered.rule() {
            Rule::End => return Some(walk.end(frame, End::Outermost, unloads)),
            Rule::Unknown => return walk.give_up(),
            Rule::Step(step) => step,
        };
        let Some(caller) = registers.caller(&stack, step, is_innermost, &mut frame) else {
            return Some(walk.end(frame, End::Broken, unloads));
        };
        if caller.pc == 0 {
            return Some(walk.end(frame, End::Outermost, unloads));
        }
        walk.pass(frame);
        registers = caller;
        is_innermost = false;
        is_past_marker |= !marker.covers(registers.sp as usize);
        count += usize::from(is_past_marker);
        // A call that never returns may be a function's last instruction: the address one lower is still in
        // the function.
        lookup = registers.pc - 1;
    }
}

/// How many images were unloaded; forgets rules that may be theirs. `None` if that is not known.
#[cold]
fn forget_unloaded() -> Option<u64> {
    /// Up to here, rules of unloaded images were forgotten.
    static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

    let unloads = loader::unloads();
    if unloads == loader::UNKNOWN {
        return None;
    }
    // Release and Acquire: a thread that finds its number here finds no rule from before. Rules are put under
    // the loader's lock, so all of an unloaded image were there when its number was read.
    if FORGOTTEN.load(Acquire) != unloads {
        RULES.forget_those_that_may_go();
        FORGOTTEN.store(unloads, Release);
    }
    Some(unloads)
}

impl Registers {
    /// The registers of the caller, or `None` if the stack is broken. `passed` takes what they were found by.
    #[inline(always)]
    fn caller(
        &self,
        stack: &ThreadStack,
        step: Step,
        is_innermost: bool,
        passed: &mut Passed,
    ) -> Option<Self> {
        let Step { base_is_fp, cfa, fp, ra } = step;
        passed.base_is_fp = base_is_fp;
        let base = if base_is_fp { self.fp } else { self.sp };
        let cfa = base.wrapping_add_signed(i64::from(cfa));
        // Only a function that has called nothing can have an empty frame, or the return address still in the
        // link register.
        let is_above = cfa > self.sp || (is_innermost && cfa == self.sp);
        if !is_above {
            return None;
        }
        let read = |offset: i32| stack.read(self.sp, cfa.wrapping_add_signed(i64::from(offset)));
        let pc = match ra {
            0 if is_innermost => self.lr,
            0 => return None,
            ra => passed.ra.insert(read(ra)?).value,
        };
        // Signed return addresses (aarch64) have the signature above the address.
        let pc = if cfg!(target_arch = "aarch64") { pc & ((1 << 48) - 1) } else { pc };
        let fp = match fp {
            0 => self.fp,
            fp => passed.saved_fp.insert(read(fp)?).value,
        };
        Some(Registers { pc, sp: cfa, fp, lr: 0 })
    }
}

#[cold]
fn learn(address: u64) -> Found<Remembered> {
    loaded::find(address, |image, stays| {
        let remembered = Remembered::new(Rule::read(image, address), stays);
        RULES.put(address, remembered);
        remembered
    })
}

/// Whether sixteen bytes of code are readable there, because the system walker will read them. For addresses
/// outside of all images: code made at run time or, on a broken stack, anything.
#[cold]
fn is_readable(address: u64) -> bool {
    const NO_SUCH_OPERATION: libc::c_int = -1;
    /// The size of the kernel's signal sets.
    const SIZE: usize = 8;
    let first = address & !7;
    [first, first.wrapping_add(8), first.wrapping_add(16)].into_iter().all(|word| {
        // SAFETY: the kernel copies the set from the address before it checks the operation, which does not
        // exist. So the call changes nothing: it fails with EFAULT or EINVAL.
        unsafe {
            let none = std::ptr::null_mut::<libc::c_void>();
            libc::syscall(libc::SYS_rt_sigprocmask, NO_SUCH_OPERATION, word, none, SIZE);
            *libc::__errno_location() != libc::EFAULT
        }
    })
}

/// The stack of this thread. All of it above the start of the walk was in use then, so it is mapped.
struct ThreadStack {
    high: u64,
    /// Whether reading unwind tables fits a small stack: it takes 8 KB, without optimization 26 KB
    /// (measured); the system walker takes 5.
    has_room_to_learn: bool,
}

impl ThreadStack {
    /// `None` if `sp` is outside of the thread's original stack: a coroutine, a signal handler with its own
    /// stack.
    #[inline(always)]
    fn of_this_thread(sp: u64) -> Option<Self> {
        thread_local! {
            /// Lower and upper end; zero: not known yet. It has no destructor, so it exists until the very
            /// end of the thread.
            static RANGE: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
        }
        let (mut bottom, mut high) = RANGE.get();
        if high == 0 {
            (bottom, high) = stack_range();
            RANGE.set((bottom, high));
        }
        const ROOM: u64 = 32 * 1024;
        let left = sp.checked_sub(bottom)?;
        (sp < high).then_some(ThreadStack { high, has_room_to_learn: left > ROOM })
    }

    /// The word there, if it is not below `lowest`, which is at or above the start of the walk.
    #[inline(always)]
    fn read(&self, lowest: u64, address: u64) -> Option<Word> {
        if address < lowest || address > self.high - 8 || !address.is_multiple_of(8) {
            return None;
        }
        // SAFETY: checked above.
        Some(Word { at: address, value: unsafe { Self::value(address) } })
    }

    /// Whether the stack still holds the word.
    ///
    /// # Safety
    /// The word is of a walk of this thread, and of a frame that begins at or above the start of the walk that is
    /// running.
    #[inline(always)]
    unsafe fn holds(word: &Word) -> bool {
        // SAFETY: a word of a frame is not below the beginning of the frame (`Registers::caller`), and `read`
        // checked the rest.
        word.value == unsafe { Self::value(word.at) }
    }

    /// # Safety
    /// The address is aligned, and in the stack of this thread, between the stack pointer of a running function
    /// and the upper end.
    #[inline(always)]
    unsafe fn value(address: u64) -> u64 {
        let word = std::ptr::with_exposed_provenance::<u64>(address as usize);
        // SAFETY: by the contract it is mapped, and during the walk this thread neither unmaps nor writes it.
        // The read is volatile: the words are other functions' locals, and the compiler may know more about
        // them than this code does.
        unsafe { word.read_volatile() }
    }
}

/// This thread's original stack: `(1, 1)`, which contains no address, if unknown.
#[cold]
fn stack_range() -> (u64, u64) {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut lowest = std::ptr::null_mut();
    let mut size = 0;
    // SAFETY: `pthread_getattr_np` makes the attributes of the running thread (0: success). They are then
    // read and destroyed, once each.
    let known = unsafe {
        libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) == 0 && {
            let attributes = attributes.as_mut_ptr();
            let known = libc::pthread_attr_getstack(attributes, &raw mut lowest, &raw mut size);
            libc::pthread_attr_destroy(attributes);
            known == 0
        }
    };
    let low = lowest.addr() as u64;
    match low.checked_add(size as u64) {
        Some(high) if known && low != 0 && size >= 8 => (low, high & !7),
        _ => (1, 1),
    }
}
