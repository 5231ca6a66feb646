//! Tracking makes a future little larger, and keeps its auto traits, borrows and laziness.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::marker::{PhantomData, PhantomPinned};
use std::panic::UnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use async_trait::async_trait;
use futures::future::{BoxFuture, FutureExt};
use tokio::task::yield_now;
use track_errors::{testing, track_errors};
use track_errors_tests::executors::poll_once;

// ------------------------------------------------------------------------------------------------
// Size

/// How many bytes larger than a plain future a tracked one may be.
const MORE: usize = 64;

/// A plain and a tracked function, and a test that compares the sizes of their futures.
macro_rules! sizes {
    ($(
        $name:ident($($arg:expr),*):
        $(#[$attr:meta])* async fn($($pat:pat => $ty:ty),*) -> $ret:ty $body:block
    )*) => {
        $(
            #[test]
            fn $name() {
                async fn plain($($pat: $ty),*) -> $ret $body
                #[track_errors(service = "futures")]
                async fn tracked($($pat: $ty),*) -> $ret $body

                let (plain, tracked) =
                    (size_of_val(&plain($($arg),*)), size_of_val(&tracked($($arg),*)));
                assert!(tracked <= plain + MORE, "{plain} and {tracked} bytes");
            }
        )*
    };
}

/// A kilobyte that is used, so that a future must store it.
type Large = [u8; 1024];

fn use_up(large: &Large) -> io::Result<()> {
    if large[0] == 1 { Err(io::Error::other("one")) } else { Ok(()) }
}

struct Order {
    id: u64,
    items: Large,
}

struct Wrapped(u64);

sizes! {
    a_future_that_does_nothing_is_little_larger():
        async fn() -> io::Result<()> { Ok(()) }

    a_future_that_waits_is_little_larger():
        async fn() -> io::Result<()> { yield_now().await; Ok(()) }

    a_future_with_a_small_parameter_is_little_larger(7):
        async fn(number => u64) -> io::Result<u64> { yield_now().await; Ok(number) }

    a_future_with_a_large_parameter_is_little_larger([0; 1024]):
        async fn(large => Large) -> io::Result<()> { yield_now().await; use_up(&large) }

    a_future_that_uses_a_large_parameter_only_at_once_is_little_larger([0; 1024]):
        async fn(large => Large) -> io::Result<()> { use_up(&large)?; yield_now().await; Ok(()) }

    a_future_with_a_large_parameter_by_reference_is_little_larger(&[0; 1024]):
        async fn(large => &Large) -> io::Result<()> { yield_now().await; use_up(large) }

    a_future_with_a_large_mutable_parameter_is_little_larger([0; 1024]):
        async fn(mut large => Large) -> io::Result<()> {
            large[0] = 2;
            yield_now().await;
            use_up(&large)
        }

    a_future_with_a_large_local_is_little_larger():
        async fn() -> io::Result<()> {
            let large = std::hint::black_box([0; 1024]);
            yield_now().await;
            use_up(&large)
        }

    a_future_with_many_parameters_is_little_larger(1, 2, String::new(), [0; 1024], None, 'x', 1.5):
        async fn(
            a => u8,
            b => u64,
            c => String,
            d => Large,
            e => Option<String>,
            f => char,
            g => f64
        ) -> io::Result<String> {
            yield_now().await;
            use_up(&d)?;
            Ok(format!("{a}{b}{c}{e:?}{f}{g}"))
        }

    a_future_with_a_parameter_without_a_name_is_little_larger([0; 1024], [0; 1024]):
        async fn(_ => Large, large => Large) -> io::Result<()> {
            yield_now().await;
            use_up(&large)
        }

    a_future_with_an_unused_parameter_is_little_larger(&7, [0; 1024], [0; 1024]):
        async fn(number => &u8, _unused => Large, large => Large) -> io::Result<u8> {
            yield_now().await;
            use_up(&large)?;
            Ok(*number)
        }

    a_future_with_a_small_pattern_is_little_larger((1, 2)):
        async fn((a, b) => (u32, u32)) -> io::Result<u32> { yield_now().await; Ok(a + b) }

    a_future_with_nested_patterns_is_little_larger(([0; 1024], (1, Some([0; 1024]))), Wrapped(7)):
        async fn(
            (mut large, (number, other)) => (Large, (u8, Option<Large>)),
            Wrapped(id) => Wrapped
        ) -> io::Result<u64> {
            large[0] = number;
            yield_now().await;
            use_up(&large)?;
            use_up(&other.unwrap_or([0; 1024]))?;
            Ok(id)
        }

    a_future_with_a_large_pattern_is_little_larger(Order { id: 7, items: [0; 1024] }):
        async fn(Order { id, items } => Order) -> io::Result<u64> {
            yield_now().await;
            use_up(&items)?;
            Ok(id)
        }
}

#[test]
fn a_future_with_a_large_receiver_is_little_larger() {
    struct Order {
        id: u64,
        items: Large,
    }
    impl Order {
        async fn plain(self) -> io::Result<u64> {
            yield_now().await;
            use_up(&self.items)?;
            Ok(self.id)
        }

        #[track_errors(service = "futures")]
        async fn tracked(self) -> io::Result<u64> {
            yield_now().await;
            use_up(&self.items)?;
            Ok(self.id)
        }
    }
    let order = || Order { id: 7, items: [0; 1024] };
    let (plain, tracked) = (size_of_val(&order().plain()), size_of_val(&order().tracked()));
    assert!(tracked <= plain + MORE, "{plain} and {tracked} bytes");
}

#[test]
fn a_returned_future_is_little_larger() {
    async fn plain(large: Large) -> io::Result<()> {
        yield_now().await;
        use_up(&large)
    }
    #[allow(clippy::manual_async_fn, reason = "it is the subject")]
    #[track_errors(service = "futures")]
    fn tracked(large: Large) -> impl Future<Output = io::Result<()>> {
        async move {
            yield_now().await;
            use_up(&large)
        }
    }
    let large = [0; 1024];
    let (plain, tracked) = (size_of_val(&plain(large)), size_of_val(&tracked(large)));
    assert!(tracked <= plain + MORE, "{plain} and {tracked} bytes");
}

#[test]
fn the_boxed_futures_of_a_trait_are_little_larger() {
    #[async_trait]
    trait Service {
        async fn plain(&self, large: Large) -> io::Result<()>;
        async fn tracked(&self, large: Large) -> io::Result<()>;
    }
    struct Shop;
    #[async_trait]
    impl Service for Shop {
        async fn plain(&self, large: Large) -> io::Result<()> {
            yield_now().await;
            use_up(&large)
        }

        #[track_errors(service = "futures")]
        async fn tracked(&self, large: Large) -> io::Result<()> {
            yield_now().await;
            use_up(&large)
        }
    }
    let (plain, tracked) = (Shop.plain([0; 1024]), Shop.tracked([0; 1024]));
    let (plain, tracked) = (size_of_val(&*plain), size_of_val(&*tracked));
    assert!(tracked <= plain + MORE, "{plain} and {tracked} bytes");
}

#[test]
fn nested_futures_grow_by_little_at_each_level() {
    async fn plain_three(large: Large) -> io::Result<()> {
        yield_now().await;
        use_up(&large)
    }
    async fn plain_two() -> io::Result<()> {
        plain_three([0; 1024]).await
    }
    async fn plain_one() -> io::Result<()> {
        plain_two().await
    }
    #[track_errors(service = "futures")]
    async fn three(large: Large) -> io::Result<()> {
        yield_now().await;
        use_up(&large)
    }
    #[track_errors(service = "futures")]
    async fn two() -> io::Result<()> {
        three([0; 1024]).await
    }
    #[track_errors(service = "futures")]
    async fn one() -> io::Result<()> {
        two().await
    }
    let (plain, tracked) = (size_of_val(&plain_one()), size_of_val(&one()));
    assert!(tracked <= plain + 3 * MORE, "{plain} and {tracked} bytes");
}

// ------------------------------------------------------------------------------------------------
// Depth

/// A function for each name, which awaits the next one; in this order in the file, or the other way round.
macro_rules! nested {
    (callers first: $name:ident $($next:ident $($deeper:ident)*)?) => {
        nested!(@function $name $($next)?);
        $(nested!(callers first: $next $($deeper)*);)?
    };
    (callees first: $name:ident $($next:ident $($deeper:ident)*)?) => {
        $(nested!(callees first: $next $($deeper)*);)?
        nested!(@function $name $($next)?);
    };
    (@function $name:ident $($next:ident)?) => {
        #[track_errors(service = "futures")]
        async fn $name(number: u32) -> io::Result<u32> {
            nested!(@await number $($next)?)
        }
    };
    (@await $number:ident) => { std::future::ready(Ok($number)).await };
    (@await $number:ident $next:ident) => { Ok($next($number).await? + 1) };
}

fn output_of_a_sent_future(future: impl Future<Output = io::Result<u32>> + Send) -> u32 {
    match poll_once(pin!(future)) {
        Poll::Ready(Ok(number)) => number,
        other => panic!("{other:?}"),
    }
}

// The numbers of `guide/limits.md`. With one function more neither compiles without `recursion_limit`.

nested!(callees first: u1 u2 u3 u4 u5 u6 u7 u8 u9 u10 u11 u12 u13 u14 u15 u16 u17 u18 u19 u20);

#[test]
fn twenty_functions_may_await_each_other_where_callees_come_first() {
    assert_eq!(output_of_a_sent_future(u1(0)), 19);
}

#[test]
fn fourteen_functions_may_await_each_other_where_callers_come_first() {
    assert_eq!(output_of_a_sent_future(d1(0)), 13);
}

nested!(callers first: d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 d13 d14);

// ------------------------------------------------------------------------------------------------
// Auto traits

/// Tells whether a type implements a trait, without requiring it: method resolution prefers the impl with
/// the bound, and falls back to that of the reference.
struct Ask<'a, T>(#[allow(dead_code, reason = "only its type matters")] &'a T);

macro_rules! ask {
    ($($yes:ident $no:ident $method:ident: $($bound:ident)::+;)*) => {
        $(
            trait $yes {
                fn $method(&self) -> bool;
            }
            impl<T: $($bound)::+> $yes for Ask<'_, T> {
                fn $method(&self) -> bool {
                    true
                }
            }
            trait $no {
                fn $method(&self) -> bool;
            }
            impl<T> $no for &Ask<'_, T> {
                fn $method(&self) -> bool {
                    false
                }
            }
        )*
    };
}

/// Whether the referenced type implements the trait.
macro_rules! whether {
    ($value:expr, $method:ident) => {{
        let ask = &Ask($value);
        ask.$method()
    }};
}

ask! {
    IsSend IsNotSend is_send: Send;
    IsSync IsNotSync is_sync: Sync;
    IsUnpin IsNotUnpin is_unpin: Unpin;
    IsUnwindSafe IsNotUnwindSafe is_unwind_safe: UnwindSafe;
}

/// A plain and a tracked function, and a test that both futures have exactly these auto traits.
macro_rules! auto_traits {
    ($(
        $name:ident: |$arg:ident: $ty:ty| $value:expr => Send: $send:literal, Sync: $sync:literal
    )*) => {
        $(
            #[test]
            fn $name() {
                async fn plain($arg: $ty) -> io::Result<()> {
                    yield_now().await;
                    std::hint::black_box(&$arg);
                    Ok(())
                }
                #[track_errors(service = "futures")]
                async fn tracked($arg: $ty) -> io::Result<()> {
                    yield_now().await;
                    std::hint::black_box(&$arg);
                    Ok(())
                }
                let (plain, tracked) = (plain($value), tracked($value));
                assert_eq!(whether!(&plain, is_send), $send);
                assert_eq!(whether!(&tracked, is_send), $send);
                assert_eq!(whether!(&plain, is_sync), $sync);
                assert_eq!(whether!(&tracked, is_sync), $sync);
                assert!(!whether!(&plain, is_unpin));
                assert!(!whether!(&tracked, is_unpin));
            }
        )*
    };
}

auto_traits! {
    a_future_of_plain_data_stays_send_and_sync:
        |value: String| String::new() => Send: true, Sync: true
    a_future_that_is_send_and_not_sync_stays_so:
        |value: Cell<u8>| Cell::new(0) => Send: true, Sync: false
    a_future_that_is_neither_send_nor_sync_stays_so:
        |value: Rc<u8>| Rc::new(0) => Send: false, Sync: false
    a_future_with_a_raw_pointer_stays_neither:
        |value: PhantomData<*const u8>| PhantomData => Send: false, Sync: false
}

#[test]
fn an_unwind_safe_future_stays_unwind_safe() {
    async fn plain(text: String) -> io::Result<usize> {
        Ok(text.len())
    }
    #[track_errors(service = "futures")]
    fn tracked(text: String) -> impl Future<Output = io::Result<usize>> {
        plain(text)
    }
    assert!(whether!(&plain(String::new()), is_unwind_safe));
    assert!(whether!(&tracked(String::new()), is_unwind_safe));
    assert!(!whether!(&&mut 7, is_unwind_safe));
}

#[test]
fn a_future_that_holds_a_value_for_a_while_is_send_as_before() {
    #[track_errors(service = "futures")]
    async fn before_the_wait() -> io::Result<()> {
        {
            let local = Rc::new(0);
            drop(local);
        }
        yield_now().await;
        Ok(())
    }
    #[track_errors(service = "futures")]
    async fn over_the_wait() -> io::Result<()> {
        let local = Rc::new(0);
        yield_now().await;
        drop(local);
        Ok(())
    }
    assert!(whether!(&before_the_wait(), is_send));
    assert!(!whether!(&over_the_wait(), is_send));
}

#[test]
fn a_future_with_an_error_that_is_not_send_is_send_as_before() {
    #[track_errors(service = "futures")]
    async fn local_error() -> Result<(), Rc<str>> {
        yield_now().await;
        Err("only here".into())
    }
    assert!(whether!(&local_error(), is_send));
}

#[test]
fn a_returned_unpin_future_stays_unpin() {
    #[track_errors(service = "futures")]
    fn ready() -> impl Future<Output = io::Result<u8>> + Unpin {
        std::future::ready(Ok(7))
    }
    #[track_errors(service = "futures")]
    fn pinned() -> impl Future<Output = io::Result<()>> {
        async {
            let here = PhantomPinned;
            yield_now().await;
            std::hint::black_box(&here);
            Ok(())
        }
    }
    let mut future = ready();
    assert!(whether!(&future, is_unpin));
    assert!(matches!(poll_once(Pin::new(&mut future)), Poll::Ready(Ok(7))));
    assert!(!whether!(&pinned(), is_unpin));
}

#[test]
fn a_runtime_can_spawn_it() {
    #[track_errors(service = "futures")]
    fn boxed<'a>(text: &'a str) -> BoxFuture<'a, Result<usize, Box<dyn std::error::Error + Send>>> {
        async move {
            yield_now().await;
            Ok(text.len())
        }
        .boxed()
    }
    fn spawnable<T: Send + 'static, F: Future<Output = T> + Send + 'static>(_: &F) {}
    spawnable(&boxed("text"));
}

// ------------------------------------------------------------------------------------------------
// Borrows and laziness

#[test]
fn a_future_borrows_what_its_parameters_borrow_and_no_longer() {
    #[track_errors(service = "futures")]
    async fn append<'a>(to: &'a mut String, text: &str) -> io::Result<&'a str> {
        yield_now().await;
        to.push_str(text);
        Ok(to)
    }
    let mut text = String::from("a");
    {
        let more = String::from("b");
        let mut future = pin!(append(&mut text, &more));
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(matches!(poll_once(future.as_mut()), Poll::Ready(Ok("ab"))));
    }
    text.push('c');
    assert_eq!(text, "abc");
}

#[test]
fn a_future_may_return_what_it_borrows_from_itself() {
    struct Cache(Vec<String>);
    impl Cache {
        #[track_errors(service = "futures")]
        async fn last(&mut self) -> io::Result<&mut String> {
            yield_now().await;
            self.0.last_mut().ok_or_else(|| io::Error::other("empty"))
        }
    }
    let mut cache = Cache(vec![String::from("a")]);
    let mut future = Box::pin(cache.last());
    assert!(poll_once(future.as_mut()).is_pending());
    let Poll::Ready(Ok(last)) = poll_once(future.as_mut()) else { panic!("not ready") };
    last.push('b');
    drop(future);
    assert_eq!(cache.0, ["ab"]);
}

#[test]
fn a_future_that_is_not_polled_does_nothing() {
    #[track_errors(service = "futures")]
    async fn count(calls: &Cell<u32>) -> io::Result<()> {
        calls.set(calls.get() + 1);
        Ok(())
    }
    let calls = Cell::new(0);
    drop(count(&calls));
    assert_eq!(calls.get(), 0);
    assert!(poll_once(pin!(count(&calls))).is_ready());
    assert_eq!(calls.get(), 1);
}

#[test]
fn a_future_that_is_dropped_drops_what_it_holds_once() {
    struct Counts<'a>(&'a Cell<u32>);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    #[track_errors(service = "futures")]
    async fn hold(_held: Counts<'_>) -> io::Result<()> {
        yield_now().await;
        Ok(())
    }
    let drops = Cell::new(0);
    drop(hold(Counts(&drops)));
    assert_eq!(drops.get(), 1);
    {
        let mut half_way = pin!(hold(Counts(&drops)));
        assert!(poll_once(half_way.as_mut()).is_pending());
        assert_eq!(drops.get(), 1);
    }
    assert_eq!(drops.get(), 2);
    {
        let mut ready = pin!(hold(Counts(&drops)));
        while poll_once(ready.as_mut()).is_pending() {}
        assert_eq!(drops.get(), 3, "dropped with the end of the body, not with the future");
    }
    assert_eq!(drops.get(), 3);
}

/// Records its number when it is dropped.
struct Noted<'a>(u8, &'a RefCell<Vec<u8>>);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

/// A plain and a tracked function, and a test that both drop what they hold in the same order, at the end
/// and half way.
macro_rules! drop_orders {
    ($($name:ident($($pat:pat => $ty:ty = |$note:ident| $value:expr),*) $body:block)*) => {
        $(
            #[test]
            fn $name() {
                async fn plain($($pat: $ty),*) -> io::Result<()> $body
                #[track_errors(service = "futures")]
                async fn tracked($($pat: $ty),*) -> io::Result<()> $body

                for polls in 0..3 {
                    let orders = [RefCell::new(Vec::new()), RefCell::new(Vec::new())];
                    {
                        let noted = |number| Noted(number, &orders[0]);
                        let mut future = Box::pin(plain($({ let $note = noted; $value }),*));
                        (0..polls).for_each(|_| drop(poll_once(future.as_mut())));
                    }
                    {
                        let noted = |number| Noted(number, &orders[1]);
                        let mut future = Box::pin(tracked($({ let $note = noted; $value }),*));
                        (0..polls).for_each(|_| drop(poll_once(future.as_mut())));
                    }
                    let [plain, tracked] = orders.map(RefCell::into_inner);
                    assert!(!plain.is_empty());
                    assert_eq!(plain, tracked, "after {polls} polls");
                }
            }
        )*
    };
}

fn look(_: &Noted<'_>) {}

drop_orders! {
    parameters_are_dropped_in_their_order(
        a => Noted<'_> = |n| n(1),
        b => Noted<'_> = |n| n(2)
    ) { yield_now().await; look(&a); look(&b); Ok(()) }

    unused_parameters_are_dropped_in_their_order(
        _ => Noted<'_> = |n| n(1),
        _a => Noted<'_> = |n| n(2),
        b => Noted<'_> = |n| n(3),
        _ => Noted<'_> = |n| n(4),
        c => Noted<'_> = |n| n(5),
        _d => Noted<'_> = |n| n(6)
    ) { yield_now().await; look(&c); look(&b); Ok(()) }

    parts_of_parameters_are_dropped_in_their_order(
        a => Noted<'_> = |n| n(1),
        (b, (c, d)) => (Noted<'_>, (Noted<'_>, Noted<'_>)) = |n| (n(2), (n(3), n(4))),
        _ => Noted<'_> = |n| n(5),
        e => Noted<'_> = |n| n(6)
    ) { yield_now().await; look(&d); look(&a); look(&b); look(&c); look(&e); Ok(()) }

    parts_of_parameters_without_a_name_are_dropped_in_their_order(
        a => Noted<'_> = |n| n(1),
        (b, _, _c) => (Noted<'_>, Noted<'_>, Noted<'_>) = |n| (n(2), n(3), n(4)),
        [d, ..] => [Noted<'_>; 2] = |n| [n(5), n(6)]
    ) { yield_now().await; look(&a); look(&b); look(&d); Ok(()) }

    a_part_that_the_body_drops_is_dropped_then(
        (a, b) => (Noted<'_>, Noted<'_>) = |n| (n(1), n(2)),
        c => Noted<'_> = |n| n(3)
    ) { drop(b); yield_now().await; look(&a); look(&c); Ok(()) }
}

#[test]
fn a_generic_future_needs_no_further_bounds() {
    #[track_errors(service = "futures")]
    async fn first<T, E>(values: Vec<Result<T, E>>) -> Result<Option<T>, E> {
        values.into_iter().next().transpose()
    }
    #[derive(PartialEq)]
    struct Nothing;
    fn debug<T: Debug>(value: T) -> String {
        format!("{value:?}")
    }
    let future = pin!(first(vec![Err::<u8, _>(Nothing)]));
    let (poll, _) = testing::capture(|| poll_once(future));
    let Poll::Ready(result) = poll else { panic!("not ready") };
    assert!(result == Err(Nothing));
    assert_eq!(debug(result.is_err()), "true");
}
