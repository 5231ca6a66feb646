use std::fmt::{self, Debug, Display};
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use track_errors::track_errors;

struct Cart<T>(T);

impl<T> Cart<T> {
    #[track_errors(service = "corpus")]
    fn associated() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_reference(&self) -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_mutable_reference(&mut self) -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_value(mut self, other: T) -> fmt::Result {
        self.0 = other;
        drop(self);
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_box(self: Box<Self>) -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_arc(self: Arc<Self>) -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_rc(self: &Rc<Self>) -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_pin(self: Pin<&mut Self>) -> fmt::Result {
        Err(fmt::Error)?
    }
}

trait Basket {
    fn in_a_trait(&self) -> fmt::Result;
    #[track_errors(service = "corpus")]
    fn by_default(&self) -> fmt::Result {
        Err(fmt::Error)?
    }
}
impl<T> Basket for Cart<T> {
    #[track_errors(service = "corpus")]
    fn in_a_trait(&self) -> fmt::Result {
        Err(fmt::Error)?
    }
}
impl Basket for &mut [u8] {
    #[track_errors(service = "corpus")]
    fn in_a_trait(&self) -> fmt::Result {
        Err(fmt::Error)?
    }
}

#[track_errors(service = "corpus")]
fn generic<T: Display, const N: usize>(values: [T; N]) -> Result<T, String> {
    Err(format!("{}", values[0]))
}
#[track_errors(service = "corpus")]
fn generic_error<E: Debug + Clone>(error: &E) -> Result<(), E> {
    Err(error.clone())
}
#[track_errors(service = "corpus")]
fn impl_argument(value: impl Display) -> Result<impl Display, String> {
    if black_box(true) { Err(value.to_string()) } else { Ok(1) }
}
/// # Safety
///
/// It does nothing.
#[track_errors(service = "corpus")]
#[allow(unsafe_code, reason = "a shape of function")]
unsafe fn unsafe_function() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
#[allow(improper_ctypes_definitions, reason = "a shape of function")]
extern "C" fn foreign() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
fn patterns((a, _): (u8, u8), [b, ..]: [u8; 3], mut c: u8, _: u8) -> Result<u8, String> {
    c += a + b;
    Err(format!("{c}"))
}
#[track_errors(service = "corpus")]
fn r#match() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
fn größe() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
fn by_return() -> fmt::Result {
    if black_box(true) {
        return Err(fmt::Error);
    }
    Ok(())
}
#[track_errors(service = "corpus")]
fn by_a_macro() -> fmt::Result {
    macro_rules! fail {
        () => {
            return Err(fmt::Error)
        };
    }
    fail!()
}
#[track_errors(service = "corpus")]
fn in_a_loop() -> Result<u32, std::num::ParseIntError> {
    let mut sum = 0;
    for number in ["1", "2", "three"] {
        sum += number.parse::<u32>()?;
    }
    Ok(sum)
}
#[track_errors(service = "corpus")]
fn option_of_result() -> Option<fmt::Result> {
    Some(Err(fmt::Error))
}
#[track_errors(service = "corpus")]
fn poll_of_result() -> Poll<fmt::Result> {
    Poll::Ready(Err(fmt::Error))
}
#[track_errors(service = "corpus")]
fn poll_of_option_of_result() -> Poll<Option<fmt::Result>> {
    Poll::Ready(Some(Err(fmt::Error)))
}

/// Calls a tracked function below 200 frames.
#[inline(never)]
fn below(depth: usize) -> fmt::Result {
    #[track_errors(service = "corpus")]
    fn deep_down() -> fmt::Result {
        Err(fmt::Error)?
    }
    black_box(if depth == 0 { deep_down() } else { below(black_box(depth - 1)) })
}

pub(super) fn raise() {
    use super::raised;

    raised(Cart::<u8>::associated());
    raised(Cart("").by_reference());
    raised(Cart(vec![1]).by_mutable_reference());
    raised(Cart(1).by_value(2));
    raised(Box::new(Cart([1; 7])).by_box());
    raised(Arc::new(Cart((1, 'x'))).by_arc());
    raised(Rc::new(Cart(|| 1)).by_rc());
    raised(Pin::new(&mut Cart(Some(1))).by_pin());
    raised(Cart(1).in_a_trait());
    raised((&Cart(1) as &dyn Basket).by_default());
    let list: &mut [u8] = &mut [1];
    raised(list.in_a_trait());
    raised(generic(["one", "two"]));
    raised(generic_error(&vec!["one"]));
    raised(impl_argument('x'));
    // SAFETY: it has no requirements.
    #[allow(unsafe_code, reason = "a shape of function")]
    raised(unsafe { unsafe_function() });
    raised(foreign());
    raised(patterns((1, 2), [3, 4, 5], 6, 7));
    raised(r#match());
    raised(größe());
    raised(by_return());
    raised(by_a_macro());
    raised(in_a_loop());
    raised(option_of_result().expect("some"));
    let Poll::Ready(result) = poll_of_result() else { panic!("it is ready") };
    raised(result);
    let Poll::Ready(Some(result)) = poll_of_option_of_result() else { panic!("it is ready") };
    raised(result);
    raised(below(200));
}
