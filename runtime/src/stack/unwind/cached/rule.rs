//! The rule from a frame to its caller's, read from the unwind tables (`.eh_frame`, DWARF CFI), for one
//! return address.
//!
//! A rule covers the code of compilers for ordinary functions: the canonical frame address (CFA) is the stack
//! or frame pointer plus a constant; the return address and the caller's frame pointer lie at constant
//! distances from it. All else (signal frames, hand-written expressions) is `Unknown`, for the system walker.

use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EndianSlice, NativeEndian, Register, RegisterRule,
    UnwindContext, UnwindContextStorage, UnwindSection, UnwindTableRow,
};

use super::loaded::Image;

#[cfg(target_arch = "x86_64")]
mod registers {
    use gimli::{Register, X86_64};
    pub(super) const SP: Register = X86_64::RSP;
    pub(super) const FP: Register = X86_64::RBP;
    pub(super) const RA: Register = X86_64::RA;
}
#[cfg(target_arch = "aarch64")]
mod registers {
    use gimli::{AArch64, Register};
    pub(super) const SP: Register = AArch64::SP;
    pub(super) const FP: Register = AArch64::X29;
    pub(super) const RA: Register = AArch64::X30;
}
use registers::{FP, RA, SP};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// This frame has no caller.
    End,
    /// Only the system walker knows.
    Unknown,
    Step(Step),
}

/// The way to the caller's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// The CFA is relative to the frame pointer, not to the stack pointer.
    pub(super) base_is_fp: bool,
    /// Bytes from that register to the CFA.
    pub(super) cfa: i32,
    /// Bytes from the CFA to the saved frame pointer of the caller; zero: it is still in its register.
    pub(super) fp: i32,
    /// Bytes from the CFA to the return address; zero: it is still in its register.
    pub(super) ra: i32,
}

impl Rule {
    /// One word, never zero. From the low bits: kind (2), base (1), `fp` (14), `ra` (14), `cfa`
    /// (32), the distances in units of 8 bytes. The highest bit is free.
    pub(super) fn pack(self) -> u64 {
        match self {
            Rule::End => 1,
            Rule::Unknown => 2,
            Rule::Step(Step { base_is_fp, cfa, fp, ra }) => {
                let fields = (Self::field(fp), Self::field(ra), Self::exact(cfa));
                let (Some(fp), Some(ra), Some(cfa)) = fields else { return 2 };
                3 | u64::from(base_is_fp) << 2
                    | fp << 3
                    | ra << 17
                    | u64::from(cfa.cast_unsigned()) << 31
            }
        }
    }

    /// Ignores the bit that `pack` leaves free, the highest one.
    #[inline(always)]
    pub(super) fn unpack(word: u64) -> Self {
        match word & 3 {
            1 => Rule::End,
            3 => Rule::Step(Step {
                base_is_fp: word & 4 != 0,
                // Shifted up to the sign bit, and down again to units of one byte.
                cfa: (word >> 31) as i32 * 8,
                fp: ((word << 47) as i64 >> 50) as i32 * 8,
                ra: ((word << 33) as i64 >> 50) as i32 * 8,
            }),
            _ => Rule::Unknown,
        }
    }

    /// 14 bits of a distance.
    fn field(bytes: i32) -> Option<u64> {
        let units = Self::exact(bytes)?;
        (-8192..8192).contains(&units).then_some(u64::from(units.cast_unsigned()) & 0x3FFF)
    }

    fn exact(bytes: i32) -> Option<i32> {
        (bytes % 8 == 0).then_some(bytes / 8)
    }

    /// The rule for the instruction at `address` in `image`.
    pub(super) fn read(image: &Image<'_>, address: u64) -> Self {
        Self::try_read(image, address).unwrap_or(Rule::Unknown)
    }

    fn try_read(image: &Image<'_>, address: u64) -> Option<Self> {
        let index = EhFrameHdr::new(image.index, NativeEndian);
        let bases = BaseAddresses::default().set_eh_frame_hdr(image.index.as_ptr().addr() as u64);
        let index = index.parse(&bases, 8).ok()?;
        let start = index.eh_frame_ptr().direct().ok()?;
        let table = index.table()?;

        let eh_frame = image.bytes_from(start)?;
        let eh_frame = EhFrame::from(EndianSlice::new(eh_frame, NativeEndian));
        let bases = bases.set_eh_frame(start);
        let entry = table.lookup(address, &bases).ok()?.direct().ok()?;
        let entry = usize::try_from(entry.checked_sub(start)?).ok()?;
        let entry =
            eh_frame.fde_from_offset(&bases, entry.into(), EhFrame::cie_from_offset).ok()?;
        if !entry.contains(address) {
            return Some(Self::uncovered(image, address));
        }
        if entry.is_signal_trampoline() {
            return None;
        }
        let mut context = UnwindContext::<_, Few>::new_in();
        let row = entry.unwind_info_for_address(&eh_frame, &bases, &mut context, address).ok()?;
        Self::of_row(row)
    }

    fn of_row(row: &UnwindTableRow<usize, Few>) -> Option<Self> {
        let ra = match row.register(RA) {
            // The start code of libc marks the first frame of a thread this way.
            Some(RegisterRule::Undefined) => return Some(Rule::End),
            saved => distance(saved)?,
        };
        // On x86_64 the call instruction itself stores the return address below the CFA.
        if cfg!(target_arch = "x86_64") && ra != -8 {
            return None;
        }
        let CfaRule::RegisterAndOffset { register, offset } = *row.cfa() else { return None };
        if register != SP && register != FP {
            return None;
        }
        Some(Rule::Step(Step {
            base_is_fp: register == FP,
            cfa: i32::try_from(offset).ok()?,
            fp: distance(row.register(FP))?,
            ra,
        }))
    }

    /// The system walker ends at code without unwind information. Exception: the code to which the kernel
    /// lets a signal handler return (in musl no table describes it).
    fn uncovered(image: &Image<'_>, address: u64) -> Self {
        #[cfg(target_arch = "x86_64")]
        // mov $15, %rax (rt_sigreturn); syscall
        const RETURN_FROM_SIGNAL: &[u8] = &[0x48, 0xC7, 0xC0, 0x0F, 0, 0, 0, 0x0F, 0x05];
        #[cfg(target_arch = "aarch64")]
        // mov x8, #139 (rt_sigreturn); svc #0
        const RETURN_FROM_SIGNAL: &[u8] = &[0x68, 0x11, 0x80, 0xD2, 0x01, 0, 0, 0xD4];
        // `address` is one less than the handler's return address.
        match image.bytes_from(address.wrapping_add(1)) {
            Some(code) if !code.starts_with(RETURN_FROM_SIGNAL) => Rule::End,
            _ => Rule::Unknown,
        }
    }
}

/// Distance from the CFA to the saved register of the caller; zero: not saved.
fn distance(rule: Option<RegisterRule<usize>>) -> Option<i32> {
    match rule {
        None | Some(RegisterRule::Undefined | RegisterRule::SameValue) => Some(0),
        Some(RegisterRule::Offset(bytes)) if bytes != 0 => i32::try_from(bytes).ok(),
        Some(_) => None,
    }
}

/// Space on the stack for one row, instead of on the heap. The tables of x86_64 have 17 registers; a callee
/// on aarch64 saves at most 20 (and the signing state).
struct Few;

impl UnwindContextStorage<usize> for Few {
    type Rules = [(Register, RegisterRule<usize>); 24];
    type Stack = [UnwindTableRow<usize, Self>; 4];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_fits_in_a_word_or_is_unknown() {
        for base_is_fp in [false, true] {
            for cfa in [8, 16, 128, 1 << 30, -16] {
                for fp in [0, -16, -65_536, 65_528] {
                    for ra in [0, -8, -120] {
                        let rule = Rule::Step(Step { base_is_fp, cfa, fp, ra });
                        assert_eq!(Rule::unpack(rule.pack()), rule);
                    }
                }
            }
        }
        for rule in [Rule::End, Rule::Unknown] {
            assert_eq!(Rule::unpack(rule.pack()), rule);
        }
        for (cfa, fp) in [(16, -65_544), (16, -4), (12, -16)] {
            let rule = Rule::Step(Step { base_is_fp: true, cfa, fp, ra: -8 });
            assert_eq!(Rule::unpack(rule.pack()), Rule::Unknown);
        }
    }
}
