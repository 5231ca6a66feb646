//! Both walkers are compared on more stacks by `tests/unwind`.

use super::*;

type Walker = fn(StackMarker, usize) -> Vec<usize>;

/// The cached walker, where there is one.
#[inline(never)]
fn walk(marker: StackMarker, limit: usize) -> Vec<usize> {
    let mut last = LastWalk::new();
    last.walk(marker, limit);
    last.addresses().take(limit).collect()
}

#[inline(never)]
fn by_system(marker: StackMarker, limit: usize) -> Vec<usize> {
    let mut addresses = Vec::new();
    walk_by_system(marker, limit, &mut addresses);
    addresses
}

/// The addresses of both walkers for the calls of this test, from the same function.
#[inline(never)]
fn both(depth: usize, limit: usize) -> (Vec<usize>, Vec<usize>) {
    if depth > 0 {
        return black_box(both(depth - 1, limit));
    }
    StackMarker::here(|marker| (walk(marker, limit), by_system(marker, limit)))
}

#[test]
#[cfg_attr(miri, ignore = "Miri has a walker of its own")]
fn the_first_address_lies_in_the_caller_of_the_marked_function() {
    #[inline(never)]
    fn address_of_caller() -> [usize; 2] {
        StackMarker::here(|marker| {
            [walk as Walker, by_system].map(|walk| black_box(walk)(marker, 1)[0])
        })
    }
    #[inline(never)]
    fn caller() -> [usize; 2] {
        black_box(address_of_caller())
    }
    for address in black_box(caller as fn() -> [usize; 2])() {
        let mut names = Vec::new();
        backtrace::resolve((address - 1) as *mut _, |symbol| {
            names.extend(symbol.name().map(|name| format!("{name:#}")));
        });
        assert!(names.iter().any(|name| name.ends_with("::caller")), "{names:?}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri has a walker of its own")]
fn both_walkers_give_the_same_callers() {
    for depth in [0, 1, 30, 300] {
        let (ours, theirs) = both(depth, 1000);
        assert!(ours.len() > depth);
        // On musl the system walker omits the frames of libc, which has no unwind tables.
        assert_eq!(ours[..theirs.len()], theirs);
        assert!(ours.len() - theirs.len() <= usize::from(cfg!(target_env = "musl")));
    }
}

/// The other tests would also pass if the system walker took every stack.
#[test]
#[cfg(all(feature = "cached-unwind", target_os = "linux", target_arch = "x86_64", not(miri)))]
fn an_ordinary_stack_needs_no_help_of_the_system_walker() {
    for _ in 0..2 {
        let mut last = LastWalk::new();
        let Walked { unloads, .. } = StackMarker::here(|marker| last.walk(marker, 64));
        assert!(last.by_system.is_none(), "every rule is known");
        assert!(last.addresses().count() > 3);
        assert_eq!(unloads, None, "all images stay");
    }
}

#[test]
fn no_more_addresses_are_given_than_the_limit() {
    let (whole, _) = both(20, 1000);
    for limit in [0, 1, 7] {
        let (ours, theirs) = both(20, limit);
        assert_eq!((ours.len(), theirs.len()), (limit, limit));
        assert_eq!(ours[..], theirs[..]);
        // The last address is the call of the other function here, at another place.
        let inner = limit.min(20);
        assert_eq!(ours[..inner], whole[..inner]);
    }
}

#[cfg(all(feature = "cached-unwind", target_os = "linux", target_arch = "x86_64", not(miri)))]
mod a_walk_after_another {
    use super::*;

    /// Walks at the end of a stack that depends on the bits of `path`, and compares with the system walker. Returns
    /// whether the walk was the last one.
    #[inline(never)]
    fn walk_at(path: u32, depth: usize, last: &mut LastWalk) -> bool {
        if depth > 0 {
            // Two places of a call, and a frame of another size for a third one.
            return match path & 3 {
                0 => black_box(walk_at(path >> 2, depth - 1, last)),
                1 => black_box(walk_at(path >> 2, depth - 1, last)),
                _ => large(path >> 2, depth - 1, last),
            };
        }
        StackMarker::here(|marker| compare(marker, 128, last))
    }

    #[inline(never)]
    fn large(path: u32, depth: usize, last: &mut LastWalk) -> bool {
        let kept = black_box([path; 25]);
        let is_same = black_box(walk_at(path, depth, last));
        black_box(kept);
        is_same
    }

    #[inline(never)]
    fn compare(marker: StackMarker, limit: usize, last: &mut LastWalk) -> bool {
        let Walked { is_same, .. } = last.walk(marker, limit);
        let ours: Vec<_> = last.addresses().take(limit).collect();
        assert_eq!(ours, by_system(marker, limit));
        is_same
    }

    #[test]
    fn from_the_same_place_is_the_same() {
        let mut last = LastWalk::new();
        let is_same: Vec<_> = (0..3).map(|_| walk_at(0, 5, &mut last)).collect();
        assert_eq!(is_same, [false, true, true]);
    }

    #[test]
    fn gives_the_same_addresses_as_a_walk_without_another_before() {
        let mut last = LastWalk::new();
        let mut number: u32 = 7;
        for round in 0..2_000 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Stacks that differ at either end, some deeper than the limit.
            let depth = if round % 3 == 0 { (number >> 8) as usize % 200 } else { 20 };
            let path = if round % 2 == 0 { number } else { (number % 4) << 24 };
            walk_at(path, depth, &mut last);
        }
    }

    #[test]
    fn has_as_many_callers_of_a_function_further_out() {
        #[inline(never)]
        fn each(depth: usize, outer: Option<StackMarker>, last: &mut LastWalk) {
            StackMarker::here(|marker| {
                let outer = outer.or((depth == 100).then_some(marker));
                if depth > 0 {
                    return each(depth - 1, outer, last);
                }
                for marker in [Some(marker), outer].into_iter().flatten() {
                    compare(marker, 128, last);
                }
            });
        }
        each(300, None, &mut LastWalk::new());
    }

    #[test]
    fn of_each_call_of_a_recursion_keeps_a_bounded_number_of_frames() {
        fn each(depth: usize, last: &mut LastWalk) -> usize {
            let marked =
                |last: &mut LastWalk| StackMarker::here(|marker| compare(marker, 16, last));
            marked(last);
            let most = last.cached.frames();
            if depth > 0 { black_box(each(depth - 1, last)).max(most) } else { most }
        }
        let most = each(500, &mut LastWalk::new());
        assert!((16..200).contains(&most), "{most}");
    }
}
