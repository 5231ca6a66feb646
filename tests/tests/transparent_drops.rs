//! A tracked function drops what it owns at the same time and in the same order as without the attribute: at
//! the end, at a `?`, in a panic, and when a future is dropped before it is ready.

#![allow(
    clippy::boxed_local,
    clippy::never_loop,
    clippy::toplevel_ref_arg,
    reason = "they are the subject"
)]

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use tokio::task::yield_now;
use track_errors::{testing, track_errors};

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn note(what: &'static str) {
    DROPPED.with_borrow_mut(|dropped| dropped.push(what));
}

/// Records its name when it is dropped.
struct Noted(&'static str);

impl Drop for Noted {
    fn drop(&mut self) {
        note(self.0);
    }
}

impl Noted {
    fn ok(&self) -> Result<&'static str, &'static str> {
        Ok(self.0)
    }

    fn fail(&self) -> Result<&'static str, &'static str> {
        Err(self.0)
    }
}

/// What is dropped while this runs, in order, with a mark at its end.
fn dropped_by(run: impl FnOnce()) -> Vec<&'static str> {
    DROPPED.take();
    let (panicked, _) = testing::capture(|| catch_unwind(AssertUnwindSafe(run)).is_err());
    if panicked {
        note("(panicked)");
    }
    DROPPED.take()
}

fn poll(future: Pin<&mut impl Future>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// What a future drops if it is dropped after this many polls.
fn dropped_after<F: Future>(polls: usize, make: impl FnOnce() -> F) -> Vec<&'static str> {
    dropped_by(|| {
        let future = make();
        note("(made)");
        {
            let mut future = pin!(future);
            for _ in 0..polls {
                if poll(future.as_mut()) {
                    note("(ready)");
                    break;
                }
                note("(pending)");
            }
        }
        note("(gone)");
    })
}

type Outcome = Result<&'static str, &'static str>;

fn ignore(_: Outcome) {}

/// A plain and a tracked function, sync and async, from one body (in which the async ones wait at
/// `wait!()`), and tests that the four drop the same values in the same order.
macro_rules! drops {
    ($($name:ident($($pat:pat => $ty:ty = $value:expr),*) $body:tt)*) => {
        $(
            mod $name {
                use super::*;

                mod sync {
                    use super::*;
                    #[allow(unused_macros, reason = "not every body waits")]
                    macro_rules! wait { () => { () }; }
                    pub(super) fn plain($($pat: $ty),*) -> Outcome $body
                    #[track_errors]
                    pub(super) fn tracked($($pat: $ty),*) -> Outcome $body
                }

                mod later {
                    use super::*;
                    #[allow(unused_macros, reason = "not every body waits")]
                    macro_rules! wait { () => { yield_now().await }; }
                    pub(super) async fn plain($($pat: $ty),*) -> Outcome $body
                    #[track_errors]
                    pub(super) async fn tracked($($pat: $ty),*) -> Outcome $body
                }

                #[test]
                fn when_it_returns() {
                    let plain = dropped_by(|| ignore(sync::plain($($value),*)));
                    let tracked = dropped_by(|| ignore(sync::tracked($($value),*)));
                    assert!(!plain.is_empty());
                    assert_eq!(plain, tracked);
                }

                #[test]
                fn when_a_future_is_dropped_before_its_first_poll_half_way_and_when_it_is_ready() {
                    for polls in 0..4 {
                        let plain = dropped_after(polls, || later::plain($($value),*));
                        let tracked = dropped_after(polls, || later::tracked($($value),*));
                        assert!(plain.len() > 2 + polls.min(1), "{plain:?}");
                        assert_eq!(plain, tracked, "after {polls} polls");
                    }
                }
            }
        )*
    };
}

struct Pair {
    left: Noted,
    right: Noted,
}

fn pair(left: &'static str, right: &'static str) -> Pair {
    Pair { left: Noted(left), right: Noted(right) }
}

drops! {
    parameters(
        a => Noted = Noted("a"),
        b => Noted = Noted("b"),
        c => Noted = Noted("c")
    ) {
        wait!();
        b.ok()?;
        wait!();
        a.ok()?;
        c.ok()
    }

    parameters_that_are_mutable(
        mut a => Noted = Noted("a"),
        mut b => Noted = Noted("b")
    ) {
        a.ok()?;
        a = Noted("new a");
        wait!();
        std::mem::swap(&mut a, &mut b);
        a.ok()?;
        b.fail()
    }

    parameters_without_a_name(
        _ => Noted = Noted("a"),
        b => Noted = Noted("b"),
        _ => Noted = Noted("c"),
        _d => Noted = Noted("d"),
        _ => Noted = Noted("e")
    ) {
        let _local = Noted("local");
        wait!();
        b.fail()
    }

    unused_parameters(
        _ => Noted = Noted("a"),
        _ => Noted = Noted("b"),
        _c => Noted = Noted("c"),
        _d => Noted = Noted("d")
    ) {
        let _local = Noted("local");
        wait!();
        Err("e")
    }

    patterns_that_take_everything(
        a => Noted = Noted("a"),
        (b, (c, d)) => (Noted, (Noted, Noted)) = (Noted("b"), (Noted("c"), Noted("d"))),
        Pair { left, right } => Pair = pair("left", "right")
    ) {
        let _local = Noted("local");
        wait!();
        right.ok()?;
        b.ok()?;
        a.ok()?;
        d.ok()?;
        left.ok()?;
        c.fail()
    }

    patterns_that_leave_a_part(
        (a, _) => (Noted, Noted) = (Noted("a"), Noted("not a")),
        Pair { left, .. } => Pair = pair("left", "right"),
        [first, .., last] => [Noted; 4] = [Noted("1"), Noted("2"), Noted("3"), Noted("4")],
        _ => Noted = Noted("z")
    ) {
        let _local = Noted("local");
        wait!();
        last.ok()?;
        first.ok()?;
        left.ok()?;
        a.fail()
    }

    patterns_that_take_nothing(
        (_, _) => (Noted, Noted) = (Noted("a"), Noted("b")),
        Pair { .. } => Pair = pair("left", "right"),
        c => Noted = Noted("c")
    ) {
        let _local = Noted("local");
        wait!();
        c.fail()
    }

    patterns_with_a_name_for_the_whole(
        ref whole @ Pair { ref left, .. } => Pair = pair("left", "right"),
        ref other => Noted = Noted("other")
    ) {
        let _local = Noted("local");
        wait!();
        left.ok()?;
        whole.right.ok()?;
        other.fail()
    }

    a_parameter_that_was_moved_away(
        a => Noted = Noted("a"),
        b => Noted = Noted("b"),
        c => Noted = Noted("c")
    ) {
        drop(b);
        wait!();
        let moved = a;
        wait!();
        moved.ok()?;
        c.fail()
    }

    a_parameter_that_was_partly_moved_away(
        a => Pair = pair("a left", "a right"),
        b => Pair = pair("b left", "b right")
    ) {
        drop(a.right);
        wait!();
        let _moved = b.left;
        wait!();
        Err("e")
    }

    a_parameter_that_only_one_path_moves(
        a => Noted = Noted("a"),
        b => Noted = Noted("b")
    ) {
        if b.0 == "not b" {
            drop(a);
        }
        wait!();
        b.fail()?;
        Ok("not reached")
    }

    variables_and_temporaries_when_a_question_mark_returns(
        a => Noted = Noted("a"),
        _ => Noted = Noted("b")
    ) {
        let _first = Noted("first");
        {
            let _inner = Noted("inner");
            wait!();
            Noted("temporary").ok()?;
            let _second = Noted("second");
            Noted("failing temporary").fail()?;
        }
        a.ok()
    }

    temporaries_of_the_last_expression(
        a => Noted = Noted("a"),
        b => Noted = Noted("b")
    ) {
        let _local = Noted("local");
        wait!();
        match Noted("matched").ok() {
            Ok("matched") => Noted("temporary").fail().or(a.ok()).and(b.fail()),
            _ => unreachable!(),
        }
    }

    temporaries_of_a_return_expression(
        a => Noted = Noted("a"),
        flag => bool = true
    ) {
        let _local = Noted("local");
        wait!();
        if flag {
            return Noted("temporary").fail();
        }
        a.ok()
    }

    variables_that_a_condition_binds(
        a => Noted = Noted("a"),
        flag => bool = true
    ) {
        let _local = Noted("local");
        if let Ok(_name) = Noted("condition").ok() && flag {
            wait!();
            Noted("in the branch").ok()?;
        } else {
            Noted("in the other").ok()?;
        }
        while let Err(_name) = Noted("loop").fail() {
            wait!();
            break;
        }
        a.fail()
    }

    a_variable_that_shadows_a_parameter(
        a => Noted = Noted("a"),
        b => Noted = Noted("b")
    ) {
        let a = Noted(if a.0 == "a" { "shadow of a" } else { "?" });
        let _ = b;
        wait!();
        a.fail()
    }

    a_closure_that_takes_a_parameter(
        a => Noted = Noted("a"),
        b => Noted = Noted("b"),
        c => Noted = Noted("c")
    ) {
        let take = move || a.ok().map(|_| ());
        wait!();
        take()?;
        c.ok()?;
        b.fail()
    }

    values_that_a_panic_drops(
        a => Noted = Noted("a"),
        (b, _) => (Noted, Noted) = (Noted("b"), Noted("not b")),
        _ => Noted = Noted("c")
    ) {
        let _local = Noted("local");
        wait!();
        if a.0 == "a" {
            std::panic::resume_unwind(Box::new(b.0));
        }
        Ok("not reached")
    }
}

/// Methods that take `self` by value, each in four forms as above.
macro_rules! methods {
    ($($name:ident($($self:tt)+) $body:tt)*) => {
        $(
            mod $name {
                use super::*;

                #[allow(dead_code, reason = "not every body reads both")]
                struct Owner {
                    first: Noted,
                    second: Noted,
                }

                impl Owner {
                    fn new() -> Self {
                        Self { first: Noted("first"), second: Noted("second") }
                    }
                }

                mod sync {
                    use super::*;
                    #[allow(unused_macros, reason = "not every body waits")]
                    macro_rules! wait { () => { () }; }
                    impl Owner {
                        pub(super) fn plain($($self)+, _a: Noted, _: Noted) -> Outcome $body
                        #[track_errors]
                        pub(super) fn tracked($($self)+, _a: Noted, _: Noted) -> Outcome $body
                    }
                }

                mod later {
                    use super::*;
                    #[allow(unused_macros, reason = "not every body waits")]
                    macro_rules! wait { () => { yield_now().await }; }
                    impl Owner {
                        pub(super) async fn plain_later($($self)+, _a: Noted, _: Noted) -> Outcome $body
                        #[track_errors]
                        pub(super) async fn tracked_later($($self)+, _a: Noted, _: Noted) -> Outcome $body
                    }
                }

                #[test]
                fn when_it_returns() {
                    let arguments = || (Owner::new().into(), Noted("a"), Noted("b"));
                    let plain = dropped_by(|| {
                        let (owner, a, b): (Box<Owner>, _, _) = arguments();
                        ignore(Owner::plain((*owner).into(), a, b));
                    });
                    let tracked = dropped_by(|| {
                        let (owner, a, b): (Box<Owner>, _, _) = arguments();
                        ignore(Owner::tracked((*owner).into(), a, b));
                    });
                    assert_eq!(plain.len(), 4 + usize::from(plain.contains(&"local")), "{plain:?}");
                    assert_eq!(plain, tracked);
                }

                #[test]
                fn when_a_future_is_dropped_before_its_first_poll_half_way_and_when_it_is_ready() {
                    for polls in 0..4 {
                        let plain = dropped_after(polls, || {
                            Owner::plain_later(Owner::new().into(), Noted("a"), Noted("b"))
                        });
                        let tracked = dropped_after(polls, || {
                            Owner::tracked_later(Owner::new().into(), Noted("a"), Noted("b"))
                        });
                        assert!(plain.len() > 5, "{plain:?}");
                        assert_eq!(plain, tracked, "after {polls} polls");
                    }
                }
            }
        )*
    };
}

methods! {
    an_unused_receiver(self) {
        let _local = Noted("local");
        wait!();
        Err("e")
    }

    a_receiver_whose_field_is_used(self) {
        let _local = Noted("local");
        wait!();
        self.second.fail()
    }

    a_receiver_whose_field_is_moved_away(self) {
        let _local = Noted("local");
        drop(self.second);
        wait!();
        Err("e")
    }

    a_receiver_whose_field_is_kept(self) {
        let _kept = self.first;
        let _local = Noted("local");
        wait!();
        Err("e")
    }

    a_receiver_that_is_taken_apart(self) {
        let _local = Noted("local");
        let Owner { second, .. } = self;
        wait!();
        second.fail()
    }

    a_receiver_that_is_moved_away(self) {
        let _local = Noted("local");
        wait!();
        let owner = self;
        wait!();
        owner.first.fail()
    }

    a_mutable_receiver(mut self) {
        let _local = Noted("local");
        std::mem::swap(&mut self.first, &mut self.second);
        wait!();
        self.second.ok()?;
        self.first.fail()
    }

    a_receiver_in_a_box(self: Box<Self>) {
        let _local = Noted("local");
        wait!();
        self.first.fail()
    }

    an_unused_receiver_in_a_box(self: Box<Self>) {
        let _local = Noted("local");
        wait!();
        Err("e")
    }

    a_receiver_in_a_box_whose_field_is_moved_away(self: Box<Self>) {
        let _local = Noted("local");
        drop(self.first);
        wait!();
        Err("e")
    }
}

/// A unit struct: as a pattern its name binds nothing.
struct Token;

impl Drop for Token {
    fn drop(&mut self) {
        note("token");
    }
}

#[test]
fn a_unit_struct_that_is_its_own_pattern_is_dropped_once() {
    fn plain(Token: Token, (Token, _b): (Token, Noted), _c: Noted) -> Result<(), &'static str> {
        Err("no")
    }
    #[track_errors]
    fn tracked(Token: Token, (Token, _b): (Token, Noted), _c: Noted) -> Result<(), &'static str> {
        Err("no")
    }
    async fn plain_later(
        Token: Token,
        (Token, _b): (Token, Noted),
        _c: Noted,
    ) -> Result<(), &'static str> {
        Err("no")
    }
    #[track_errors]
    async fn later(
        Token: Token,
        (Token, _b): (Token, Noted),
        _c: Noted,
    ) -> Result<(), &'static str> {
        Err("no")
    }

    let arguments = || (Token, (Token, Noted("b")), Noted("c"));
    let expected = dropped_by(|| {
        let (a, b, c) = arguments();
        let _ = plain(a, b, c);
    });
    assert_eq!(expected.len(), 4);
    let seen = dropped_by(|| {
        let (a, b, c) = arguments();
        let _ = tracked(a, b, c);
    });
    assert_eq!(seen, expected);
    let expected = dropped_by(|| {
        let (a, b, c) = arguments();
        poll(pin!(plain_later(a, b, c)));
    });
    let seen = dropped_by(|| {
        let (a, b, c) = arguments();
        poll(pin!(later(a, b, c)));
    });
    assert_eq!(seen, expected);
}
