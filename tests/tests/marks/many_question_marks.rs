//! A function with so many `?` that their marks must not add to its stack frame.

use std::cell::Cell;
use std::task::Poll;

use super::*;

/// The first line of this file that ends with this comment.
fn line_of(comment: &str) -> u32 {
    let line = source().lines().position(|line| line.ends_with(comment)).unwrap();
    u32::try_from(line).unwrap() + 1
}

fn one() -> Result<u32, ParseIntError> {
    Ok(1)
}

#[track_errors]
fn boxed(text: &str) -> Result<u32, Box<dyn Error>> {
    let sum = one()? + one()? + one()? + one()? + one()? + one()? + one()? + one()?;
    let sum = sum + one()? + one()? + one()? + one()? + one()? + one()? + one()? + one()?;
    let number = parse(text)?; // fails in `boxed`
    Ok(sum + number)
}

#[test]
fn the_last_of_many_has_its_place_and_the_type_that_was_boxed() {
    let (_, record) = one_record(|| boxed("x"));
    let line = line_of("// fails in `boxed`");
    assert_eq!((&*record.kind, place(&record)), ("std::num::ParseIntError", at(line, "?;")));
}

#[track_errors]
async fn later(text: &str) -> Result<u32, Box<dyn Error>> {
    let sum = one()? + one()? + one()? + one()? + one()? + one()? + one()? + one()?;
    let sum = sum + one()? + one()? + one()? + one()? + one()? + one()? + one()? + one()?;
    let both = std::future::ready(one()).await? + std::future::ready(parse(text)).await?; // later
    Ok(sum + both)
}

#[test]
fn one_of_many_in_an_async_function_has_its_place() {
    let (_, record) = one_record_of(later("x"));
    let line = line_of("// later");
    assert_eq!((&*record.kind, place(&record)), ("std::num::ParseIntError", at_last(line, "?;")));
}

type Streamed = Option<Result<u32, ParseIntError>>;

#[track_errors]
fn polled(poll: Poll<Result<u32, ParseIntError>>, stream: Poll<Streamed>) -> Poll<Streamed> {
    let sum = one()? + one()? + one()? + one()? + one()? + one()? + one()? + one()?;
    let sum = sum + one()? + one()? + one()? + one()? + one()? + one()? + one()? + one()?;
    let poll = poll?; // fails in `polled`
    let stream = stream?; // fails in `polled` as a stream
    match (poll, stream) {
        (Poll::Ready(number), Poll::Ready(Some(other))) => {
            Poll::Ready(Some(Ok(sum + number + other)))
        }
        (_, Poll::Ready(None)) => Poll::Ready(None),
        _ => Poll::Pending,
    }
}

#[test]
fn one_of_many_may_follow_a_poll() {
    let place_of = |poll, stream| place(&one_record(|| polled(poll, stream)).1);
    let (poll, stream) =
        (line_of("// fails in `polled`"), line_of("// fails in `polled` as a stream"));
    assert_eq!(place_of(Poll::Ready(parse("x")), Poll::Pending), at(poll, "?;"));
    assert_eq!(place_of(Poll::Pending, Poll::Ready(Some(parse("x")))), at(stream, "?;"));
    let three = Poll::Ready(Some(Ok(3)));
    assert_eq!(polled(Poll::Ready(Ok(1)), three), Poll::Ready(Some(Ok(20))));
    assert_eq!(polled(Poll::Ready(Ok(1)), Poll::Ready(None)), Poll::Ready(None));
    assert!(polled(Poll::Pending, Poll::Pending).is_pending());
}

thread_local! {
    /// The address of a local of the last call of `measure`.
    static DEEPEST: Cell<usize> = const { Cell::new(0) };
}

/// An address on the stack.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    std::hint::black_box(&raw const local).addr()
}

#[inline(never)]
fn measure<T: Default, E>() -> Result<T, E> {
    DEEPEST.set(here());
    Ok(T::default())
}

/// How many bytes are on the stack between the caller of a function and what it calls.
#[inline(never)]
fn frame<T>(function: impl FnOnce() -> T) -> usize {
    let start = here();
    function();
    start - DEEPEST.get()
}

/// Asserts that a function with a hundred `?` has a frame of at most 1.2 times the size of a plain one's.
macro_rules! frames {
    ($($name:ident: $ok:ty, $error:ty => $returned:ty;)*) => {
        $(
            #[test]
            fn $name() {
                frames!(@ten [measure::<$ok, $error>()?;] $returned);
                let (plain, tracked) = (frame(plain), frame(tracked));
                assert!(tracked * 10 <= plain * 12, "{plain} and {tracked} bytes");
            }
        )*
    };
    (@ten [$($one:tt)*] $returned:ty) => {
        frames!(@hundred
            [$($one)* $($one)* $($one)* $($one)* $($one)* $($one)* $($one)* $($one)* $($one)* $($one)*]
            $returned
        );
    };
    (@hundred [$($ten:tt)*] $returned:ty) => {
        frames!(@functions
            [$($ten)* $($ten)* $($ten)* $($ten)* $($ten)* $($ten)* $($ten)* $($ten)* $($ten)* $($ten)*]
            $returned
        );
    };
    (@functions [$($hundred:tt)*] $returned:ty) => {
        #[inline(never)]
        fn plain() -> Result<(), $returned> {
            $($hundred)*
            Ok(())
        }
        #[track_errors]
        #[inline(never)]
        fn tracked() -> Result<(), $returned> {
            $($hundred)*
            Ok(())
        }
    };
}

// An optimised function has no slot for each value.
#[cfg(debug_assertions)]
frames! {
    a_hundred_converted_errors_need_little_more_stack: u64, ParseIntError => Box<dyn Error>;
    a_hundred_texts_need_little_more_stack: String, std::io::Error => std::io::Error;
    a_hundred_large_errors_need_little_more_stack: u64, [u64; 15] => [u64; 15];
    a_hundred_large_values_need_little_more_stack: [u64; 16], String => String;
}
