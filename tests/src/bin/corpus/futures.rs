use std::error::Error;
use std::future::{Future, poll_fn, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::{fmt, fs, io};

use track_errors::track_errors;

/// Pending once, so that the error comes with a later poll.
async fn later() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

#[track_errors(service = "corpus")]
async fn at_once() -> fmt::Result {
    Err(fmt::Error)?
}
#[track_errors(service = "corpus")]
async fn after_a_while(path: &str) -> io::Result<Vec<u8>> {
    later().await;
    ready(fs::read(path)).await
}
#[track_errors(service = "corpus")]
async fn erased_after_a_while() -> Result<u8, Box<dyn Error + Send + Sync>> {
    later().await;
    Ok("x".parse::<u8>()?)
}
#[track_errors(service = "corpus")]
fn returned() -> impl Future<Output = fmt::Result> {
    async {
        later().await;
        Err(fmt::Error)?
    }
}
#[track_errors(service = "corpus")]
fn boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<u8, &'a str>> + Send + 'a>> {
    Box::pin(async move {
        later().await;
        Err(text)
    })
}
struct Client;
trait Fetch {
    async fn in_a_trait(&self) -> fmt::Result;
}
impl Fetch for Client {
    #[track_errors(service = "corpus")]
    async fn in_a_trait(&self) -> fmt::Result {
        later().await;
        Err(fmt::Error)?
    }
}
impl Client {
    #[track_errors(service = "corpus")]
    async fn of_a_type(self, _: u8) -> fmt::Result {
        later().await;
        Err(fmt::Error)?
    }
}

pub(super) fn raise() {
    use super::raised;

    raised(block_on(at_once()));
    raised(block_on(after_a_while("/there/is/no/such/file")));
    raised(block_on(erased_after_a_while()));
    raised(block_on(returned()));
    raised(block_on(boxed("a text of the argument")));
    raised(block_on(Client.in_a_trait()));
    raised(block_on(Client.of_a_type(1)));
    // A future that moves to another thread between two polls.
    let mut moved = Box::pin(after_a_while("/there/is/no/such/file"));
    assert!(moved.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let thread = std::thread::Builder::new().name("second poll".to_owned());
    let thread = thread.spawn(move || raised(block_on(moved))).expect("the thread starts");
    thread.join().expect("no panic");
    // A future that is dropped before it fails is no error.
    drop(at_once());
}
