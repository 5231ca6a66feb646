//! Runs a call tree with the crate.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::future::join_all;
use track_errors::track_errors;

use super::errors::{AppError, Boxed, Kind, Value};
use super::tree::{Arrangement, Call, Child, Form, Node, Tracking};

/// The tracked functions and the boundaries that return one kind of error.
macro_rules! tracked {
    ($($attribute:tt $sync:ident $later:ident: $variant:ident($error:ty);)*) => {
        $(
            #[track_errors $attribute]
            fn $sync(node: &Node, call: &Call) -> Result<(), $error> {
                match steps(node, call) {
                    Ok(()) => Ok(()),
                    Err(Value::$variant(error)) => Err(error),
                    Err(other) => unreachable!("{other:?} of {:?}", node.kind),
                }
            }

            #[track_errors $attribute]
            async fn $later(node: &Node, call: &Call) -> Result<(), $error> {
                match steps_later(node, call).await {
                    Ok(()) => Ok(()),
                    Err(Value::$variant(error)) => Err(error),
                    Err(other) => unreachable!("{other:?} of {:?}", node.kind),
                }
            }
        )*
    };
}

tracked! {
    (service = "tree") fail_io fail_io_later: Io(io::Error);
    (service = "tree") fail_app fail_app_later: App(AppError);
    (service = "tree") fail_text fail_text_later: Text(String);
    (service = "tree") fail_boxed fail_boxed_later: Boxed(Boxed);
    (service = "tree") fail_any fail_any_later: Any(anyhow::Error);
    (report = "boundary") end_io end_io_later: Io(io::Error);
    (report = "boundary") end_app end_app_later: App(AppError);
    (report = "boundary") end_text end_text_later: Text(String);
    (report = "boundary") end_boxed end_boxed_later: Boxed(Boxed);
    (report = "boundary") end_any end_any_later: Any(anyhow::Error);
}

pub(crate) fn run(node: &Arc<Node>, call: &Call) -> Result<(), Value> {
    if node.form == Form::Async {
        let call = Call { in_threads: true, ..call.clone() };
        return block_on(run_later(Arc::clone(node), call));
    }
    match (node.tracking, node.kind) {
        (Tracking::Untracked, _) => steps(node, call),
        (Tracking::Tracked, Kind::Io) => fail_io(node, call).map_err(Value::Io),
        (Tracking::Tracked, Kind::App) => fail_app(node, call).map_err(Value::App),
        (Tracking::Tracked, Kind::Text) => fail_text(node, call).map_err(Value::Text),
        (Tracking::Tracked, Kind::Boxed) => fail_boxed(node, call).map_err(Value::Boxed),
        (Tracking::Tracked, Kind::Any) => fail_any(node, call).map_err(Value::Any),
        (Tracking::Boundary, Kind::Io) => end_io(node, call).map_err(Value::Io),
        (Tracking::Boundary, Kind::App) => end_app(node, call).map_err(Value::App),
        (Tracking::Boundary, Kind::Text) => end_text(node, call).map_err(Value::Text),
        (Tracking::Boundary, Kind::Boxed) => end_boxed(node, call).map_err(Value::Boxed),
        (Tracking::Boundary, Kind::Any) => end_any(node, call).map_err(Value::Any),
    }
}

pub(crate) type Later = Pin<Box<dyn Future<Output = Result<(), Value>> + Send>>;

pub(crate) fn run_later(node: Arc<Node>, call: Call) -> Later {
    Box::pin(async move {
        if node.form == Form::Sync {
            return run(&node, &call);
        }
        let (node, call) = (&*node, &call);
        match (node.tracking, node.kind) {
            (Tracking::Untracked, _) => steps_later(node, call).await,
            (Tracking::Tracked, Kind::Io) => fail_io_later(node, call).await.map_err(Value::Io),
            (Tracking::Tracked, Kind::App) => fail_app_later(node, call).await.map_err(Value::App),
            (Tracking::Tracked, Kind::Text) => {
                fail_text_later(node, call).await.map_err(Value::Text)
            }
            (Tracking::Tracked, Kind::Boxed) => {
                fail_boxed_later(node, call).await.map_err(Value::Boxed)
            }
            (Tracking::Tracked, Kind::Any) => fail_any_later(node, call).await.map_err(Value::Any),
            (Tracking::Boundary, Kind::Io) => end_io_later(node, call).await.map_err(Value::Io),
            (Tracking::Boundary, Kind::App) => end_app_later(node, call).await.map_err(Value::App),
            (Tracking::Boundary, Kind::Text) => {
                end_text_later(node, call).await.map_err(Value::Text)
            }
            (Tracking::Boundary, Kind::Boxed) => {
                end_boxed_later(node, call).await.map_err(Value::Boxed)
            }
            (Tracking::Boundary, Kind::Any) => end_any_later(node, call).await.map_err(Value::Any),
        }
    })
}

/// The body of a sync node.
pub(crate) fn steps(node: &Node, call: &Call) -> Result<(), Value> {
    let attempts = |index: usize, child: &Child| {
        let attempts = 0..child.attempts;
        let mut results = attempts.map(|attempt| run(&child.node, &call.of_child(index, attempt)));
        let mut last = Ok(());
        // Until one succeeds, or the last.
        let _: Option<()> = results.find_map(|result| {
            last = result;
            last.is_ok().then_some(())
        });
        last
    };
    let act = |index: usize, result: Result<(), Value>| match result {
        Ok(()) => Ok(()),
        Err(error) => node.children[index]
            .on_error
            .apply(error, node.kind, &call.place(index))
            .map_or(Ok(()), Err),
    };
    let children = node.children.iter().enumerate();
    match node.arrangement {
        Arrangement::OneByOne => {
            for (index, child) in children {
                act(index, attempts(index, child))?;
            }
        }
        Arrangement::Joined => {
            let results: Vec<_> = children.map(|(index, child)| attempts(index, child)).collect();
            for (index, result) in results.into_iter().enumerate() {
                act(index, result)?;
            }
        }
        Arrangement::InTasks => {
            let results: Vec<_> = thread::scope(|scope| {
                let attempts = &attempts;
                let threads: Vec<_> = children
                    .map(|(index, child)| scope.spawn(move || attempts(index, child)))
                    .collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
            });
            for (index, result) in results.into_iter().enumerate() {
                act(index, result)?;
            }
        }
    }
    call.end(node)
}

/// The body of an async node.
pub(crate) async fn steps_later(node: &Node, call: &Call) -> Result<(), Value> {
    let attempts = |index: usize, child: &Child| {
        let (child, call) = (child.clone(), call.clone());
        async move {
            let mut last = Ok(());
            for attempt in 0..child.attempts {
                let call = call.of_child(index, attempt);
                last = run_later(Arc::clone(&child.node), call).await;
                if last.is_ok() {
                    break;
                }
            }
            last
        }
    };
    let act = |index: usize, result: Result<(), Value>| match result {
        Ok(()) => Ok(()),
        Err(error) => node.children[index]
            .on_error
            .apply(error, node.kind, &call.place(index))
            .map_or(Ok(()), Err),
    };
    yield_times(node.yields).await;
    let children = node.children.iter().enumerate();
    let results = match node.arrangement {
        Arrangement::OneByOne => {
            for (index, child) in children {
                act(index, attempts(index, child).await)?;
            }
            Vec::new()
        }
        Arrangement::Joined => {
            join_all(children.map(|(index, child)| attempts(index, child))).await
        }
        Arrangement::InTasks if call.in_threads => {
            let threads = children.map(|(index, child)| {
                let future = attempts(index, child);
                thread::spawn(move || block_on(future))
            });
            // All of them run before the first is waited for.
            let threads: Vec<_> = threads.collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        }
        Arrangement::InTasks => {
            let tasks = children.map(|(index, child)| tokio::spawn(attempts(index, child)));
            let results = join_all(tasks.collect::<Vec<_>>()).await;
            results.into_iter().map(|result| result.expect("no panic")).collect()
        }
    };
    for (index, result) in results.into_iter().enumerate() {
        act(index, result)?;
    }
    yield_times(node.yields).await;
    call.end(node)
}

/// Yields this many times.
pub(crate) async fn yield_times(mut times: u8) {
    std::future::poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Waits for a future on this thread. It may run inside a task of a runtime and inside itself, so each call
/// has its own flag for wake-ups.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, Ordering::Release);
            self.0.unpark();
        }
    }
    let unpark = Arc::new(Unpark(thread::current(), AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        while !unpark.1.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}
