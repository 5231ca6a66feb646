//! One error, one log: thousands of random call trees, run with the crate and in a model that knows the
//! identity of each error.
//!
//! A node of a tree is a call, sync or async; it is untracked, tracked, or a boundary. It runs its children
//! in order, joined, or in other tasks, and some of them several times. It returns, converts, handles or
//! replaces their errors, and may then fail itself. The model runs the same tree without the crate and
//! numbers the errors. It computes how often each must be logged: once, never if a boundary handled it, and
//! again if it came from another task or lost every trace of the original.

mod collect;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use tokio::runtime::{Builder as Tokio, Runtime};
use track_errors::{ReportPolicy, track_errors};

use collect::{Collector, Line, trail_only};

// ------------------------------------------------------------------------------------------------
// Trees

#[derive(Debug, Clone)]
struct Node {
    tracking: Tracking,
    form: Form,
    /// The kind of its errors.
    kind: Kind,
    /// How often it yields before its children and before its end; async only.
    yields: u8,
    children: Vec<Child>,
    arrangement: Arrangement,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tracking {
    Untracked,
    Tracked,
    Boundary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Sync,
    Async,
}

#[derive(Debug, Clone)]
struct Child {
    node: Arc<Node>,
    /// How often the parent calls it before its error counts.
    attempts: u32,
    on_error: OnError,
}

/// How the children of a node run.
#[derive(Debug, Clone, Copy)]
enum Arrangement {
    OneByOne,
    /// Together in the node's own task; in order in a sync node.
    Joined,
    /// Each in its own task, or its own thread in a sync node.
    InTasks,
}

/// What a node does with the error of a child.
#[derive(Debug, Clone, Copy)]
enum OnError {
    /// Returns it, through `From` if its own errors have another type.
    Propagate,
    /// Makes it the source of its own error, whose text does not mention it.
    Wrap,
    /// Turns it into a text.
    Mention,
    /// Returns the same failure as an error without any trace of it.
    Hide,
    /// Fails with a new error.
    Replace,
    Handle,
}

/// What a node does after its children succeeded or their errors were handled.
#[derive(Debug, Clone, Copy)]
enum End {
    Succeed,
    Fail,
    /// Fails when it is called for the first time.
    FailFirst,
}

/// `boundaries` of ten nodes are boundaries.
fn tree(boundaries: u32) -> impl Strategy<Value = Arc<Node>> {
    let leaf = node(boundaries, Just(Vec::new()).boxed());
    leaf.prop_recursive(6, 24, 4, move |inner| node(boundaries, vec(child(inner), 0..4).boxed()))
}

fn node(boundaries: u32, children: BoxedStrategy<Vec<Child>>) -> BoxedStrategy<Arc<Node>> {
    let form = prop_oneof![2 => Just(Form::Async), 1 => Just(Form::Sync)];
    let kind = prop::sample::select(Kind::ALL);
    let arrangement = prop_oneof![
        3 => Just(Arrangement::OneByOne),
        2 => Just(Arrangement::Joined),
        1 => Just(Arrangement::InTasks),
    ];
    let end = prop_oneof![1 => Just(End::Succeed), 2 => Just(End::Fail), 1 => Just(End::FailFirst)];
    let tracking = prop_oneof![
        3 => Just(Tracking::Untracked),
        7 - boundaries => Just(Tracking::Tracked),
        boundaries => Just(Tracking::Boundary),
    ];
    (tracking, form, kind, 0..3_u8, children, arrangement, end)
        .prop_map(|(tracking, form, kind, yields, children, arrangement, end)| {
            Arc::new(Node { tracking, form, kind, yields, children, arrangement, end })
        })
        .boxed()
}

fn child(inner: impl Strategy<Value = Arc<Node>>) -> impl Strategy<Value = Child> {
    let attempts = prop_oneof![3 => Just(1), 1 => 2..4_u32];
    let on_error = prop_oneof![
        6 => Just(OnError::Propagate),
        3 => Just(OnError::Wrap),
        3 => Just(OnError::Mention),
        1 => Just(OnError::Hide),
        2 => Just(OnError::Replace),
        4 => Just(OnError::Handle),
    ];
    (inner, attempts, on_error).prop_map(|(node, attempts, on_error)| Child {
        node,
        attempts,
        on_error,
    })
}

// ------------------------------------------------------------------------------------------------
// Errors

type Boxed = Box<dyn Error + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Io,
    App,
    Text,
    Boxed,
    Any,
}

impl Kind {
    const ALL: &[Kind] = &[Kind::Io, Kind::App, Kind::Text, Kind::Boxed, Kind::Any];
}

/// An error of any of the kinds.
#[derive(Debug)]
enum Value {
    Io(io::Error),
    App(AppError),
    Text(String),
    Boxed(Boxed),
    Any(anyhow::Error),
}

#[derive(Debug)]
enum AppError {
    Plain(String),
    Caused { place: String, source: Boxed },
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppError::Plain(text) => f.write_str(text),
            AppError::Caused { place, .. } => write!(f, "the app failed at {place}"),
        }
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AppError::Plain(_) => None,
            AppError::Caused { source, .. } => Some(&**source),
        }
    }
}

impl Value {
    fn new(kind: Kind, text: String) -> Self {
        match kind {
            Kind::Io => Value::Io(io::Error::other(text)),
            Kind::App => Value::App(AppError::Plain(text)),
            Kind::Text => Value::Text(text),
            Kind::Boxed => Value::Boxed(text.into()),
            Kind::Any => Value::Any(anyhow::Error::msg(text)),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Value::Io(_) => Kind::Io,
            Value::App(_) => Kind::App,
            Value::Text(_) => Kind::Text,
            Value::Boxed(_) => Kind::Boxed,
            Value::Any(_) => Kind::Any,
        }
    }

    fn boxed(self) -> Boxed {
        match self {
            Value::Io(error) => error.into(),
            Value::App(error) => error.into(),
            Value::Text(text) => text.into(),
            Value::Boxed(error) => error,
            Value::Any(error) => error.into(),
        }
    }

    /// Converts it as `?` does.
    fn into_kind(self, kind: Kind, place: &str) -> Self {
        if self.kind() == kind {
            return self;
        }
        match kind {
            Kind::Io => Value::Io(io::Error::other(self.boxed())),
            Kind::App => {
                Value::App(AppError::Caused { place: place.to_owned(), source: self.boxed() })
            }
            Kind::Text => Value::Text(self.to_string()),
            Kind::Boxed => Value::Boxed(self.boxed()),
            Kind::Any => Value::Any(anyhow::Error::from_boxed(self.boxed())),
        }
    }

    /// An error of this kind with it as source; a text mentions it instead.
    fn wrapped(self, kind: Kind, place: &str) -> Self {
        let caused = |source| AppError::Caused { place: place.to_owned(), source };
        match kind {
            Kind::Io => Value::Io(io::Error::other(caused(self.boxed()))),
            Kind::App => Value::App(caused(self.boxed())),
            Kind::Text => Value::Text(format!("{place} failed ({self})")),
            Kind::Boxed => Value::Boxed(caused(self.boxed()).into()),
            Kind::Any => {
                Value::Any(anyhow::Error::from_boxed(self.boxed()).context(format!("at {place}")))
            }
        }
    }

    /// The texts of its `source()` chain.
    fn causes(&self) -> Vec<String> {
        let mut next = match self {
            Value::Io(error) => error.source(),
            Value::App(error) => error.source(),
            Value::Text(_) => None,
            Value::Boxed(error) => error.source(),
            Value::Any(error) => error.source(),
        };
        let mut texts = Vec::new();
        while let Some(error) = next {
            texts.push(error.to_string());
            next = error.source();
        }
        texts
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Io(error) => error.fmt(f),
            Value::App(error) => error.fmt(f),
            Value::Text(text) => text.fmt(f),
            Value::Boxed(error) => error.fmt(f),
            Value::Any(error) => error.fmt(f),
        }
    }
}

impl OnError {
    /// What a node of this kind returns for the error of a child; `None` if it continues. `place` names the
    /// node and the child.
    fn apply(self, error: Value, kind: Kind, place: &str) -> Option<Value> {
        Some(match self {
            OnError::Propagate => error.into_kind(kind, place),
            OnError::Wrap => error.wrapped(kind, place),
            OnError::Mention => Value::new(kind, format!("{place} did not work: {error}")),
            OnError::Hide => Value::new(kind, format!("something went wrong at {place}")),
            OnError::Replace => Value::new(kind, format!("another reason to fail at {place}")),
            OnError::Handle => return None,
        })
    }
}

/// One call of a node. Its path is unique in the tree, and no path contains another.
#[derive(Debug, Clone)]
struct Call {
    path: String,
    attempt: u32,
    /// Whether other tasks are threads: a sync function that waits for a future must not block the runtime
    /// on which it runs.
    in_threads: bool,
}

impl Call {
    fn root() -> Self {
        Call { path: String::new(), attempt: 0, in_threads: false }
    }

    fn of_child(&self, index: usize, attempt: u32) -> Self {
        Call { path: format!("{}/{index}.{attempt}", self.path), attempt, ..*self }
    }

    fn place(&self, index: usize) -> String {
        format!("<{}/{index}>", self.path)
    }

    /// How the node ends when no child made it fail.
    fn end(&self, node: &Node) -> Result<(), Value> {
        let fails = match node.end {
            End::Succeed => false,
            End::Fail => true,
            End::FailFirst => self.attempt == 0,
        };
        if fails {
            Err(Value::new(node.kind, format!("a reason to fail at <{}>", self.path)))
        } else {
            Ok(())
        }
    }
}

// ------------------------------------------------------------------------------------------------
// Run with the crate

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

fn run(node: &Arc<Node>, call: &Call) -> Result<(), Value> {
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

type Later = Pin<Box<dyn Future<Output = Result<(), Value>> + Send>>;

fn run_later(node: Arc<Node>, call: Call) -> Later {
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
fn steps(node: &Node, call: &Call) -> Result<(), Value> {
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
async fn steps_later(node: &Node, call: &Call) -> Result<(), Value> {
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
async fn yield_times(mut times: u8) {
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
fn block_on<F: Future>(future: F) -> F::Output {
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

// ------------------------------------------------------------------------------------------------
// Run in the model

/// What a tree must log.
#[derive(Debug, Default)]
struct Model {
    errors: Vec<Expected>,
    /// How often an error left a tracked call.
    exits: usize,
    tasks: usize,
    scopes: usize,
}

/// What one error must log.
#[derive(Debug, Default)]
struct Expected {
    /// Its texts, one per tracked call that it left. No other error has them.
    texts: BTreeSet<String>,
    /// How often it left a tracked call.
    exits: usize,
    /// How often nothing showed that it had already left one: it came from another task, or lost every
    /// trace.
    again: usize,
    /// How often `origin` logs it.
    logs: usize,
}

/// An error whose identity the model knows.
struct Known {
    number: usize,
    value: Value,
    /// When it last left a tracked call.
    last: Option<Exit>,
}

/// How an error left a tracked call.
struct Exit {
    /// Its text.
    text: String,
    task: usize,
    /// The boundary that holds it; `None` once it is decided.
    held: Option<usize>,
}

/// The context of a call.
#[derive(Clone, Copy)]
struct Around {
    task: usize,
    /// The nearest boundary around it in its task.
    scope: Option<Scope>,
}

#[derive(Clone, Copy)]
struct Scope {
    number: usize,
    form: Form,
}

impl Around {
    /// The boundary that holds errors which leave a tracked call of this form.
    fn holds(self, form: Form) -> Option<usize> {
        // A sync boundary may run a whole executor, whose tasks are not its own.
        let is_own = |scope: &Scope| !(scope.form == Form::Sync && form == Form::Async);
        self.scope.filter(is_own).map(|scope| scope.number)
    }
}

impl Model {
    fn of(tree: &Node) -> Self {
        let mut model = Model::default();
        let around = Around { task: model.new_task(), scope: None };
        // The error that the root returns was counted when it left.
        let _: Result<(), Known> = model.run(tree, &Call::root(), around);
        model
    }

    fn new_task(&mut self) -> usize {
        self.tasks += 1;
        self.tasks
    }

    fn error(&mut self, value: Value) -> Known {
        self.errors.push(Expected::default());
        Known { number: self.errors.len() - 1, value, last: None }
    }

    fn run(&mut self, node: &Node, call: &Call, around: Around) -> Result<(), Known> {
        let mut inside = around;
        if node.tracking == Tracking::Boundary {
            self.scopes += 1;
            inside.scope = Some(Scope { number: self.scopes, form: node.form });
        }
        let result = self.steps(node, call, inside);
        match result {
            Err(error) if node.tracking != Tracking::Untracked => {
                Err(self.leave(error, node, inside))
            }
            result => result,
        }
    }

    fn leave(&mut self, mut error: Known, node: &Node, inside: Around) -> Known {
        let text = error.value.to_string();
        self.exits += 1;
        let expected = &mut self.errors[error.number];
        expected.exits += 1;
        let causes = error.value.causes();
        let known = error.last.as_ref().filter(|last| {
            last.task == inside.task && (text.contains(&last.text) || causes.contains(&last.text))
        });
        expected.again += usize::from(error.last.is_some() && known.is_none());
        let is_decided = known.is_some_and(|last| last.held.is_none());
        // A boundary decides, and so does a function outside any boundary.
        let held = match node.tracking {
            Tracking::Boundary => None,
            _ => inside.holds(node.form),
        };
        expected.logs += usize::from(!is_decided && held.is_none());
        expected.texts.insert(text.clone());
        let held = if is_decided { None } else { held };
        error.last = Some(Exit { text, task: inside.task, held });
        error
    }

    fn steps(&mut self, node: &Node, call: &Call, around: Around) -> Result<(), Known> {
        let children = node.children.iter().enumerate();
        match node.arrangement {
            Arrangement::OneByOne => {
                for (index, child) in children {
                    let result = self.attempts(child, index, call, around);
                    self.act(node, index, call, result)?;
                }
            }
            Arrangement::Joined | Arrangement::InTasks => {
                let results: Vec<_> = children
                    .map(|(index, child)| {
                        let around = match node.arrangement {
                            Arrangement::InTasks => Around { task: self.new_task(), scope: None },
                            _ => around,
                        };
                        self.attempts(child, index, call, around)
                    })
                    .collect();
                for (index, result) in results.into_iter().enumerate() {
                    self.act(node, index, call, result)?;
                }
            }
        }
        call.end(node).map_err(|value| self.error(value))
    }

    fn attempts(
        &mut self,
        child: &Child,
        index: usize,
        call: &Call,
        around: Around,
    ) -> Result<(), Known> {
        let mut last = Ok(());
        for attempt in 0..child.attempts {
            last = self.run(&child.node, &call.of_child(index, attempt), around);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn act(
        &mut self,
        node: &Node,
        index: usize,
        call: &Call,
        result: Result<(), Known>,
    ) -> Result<(), Known> {
        let Err(Known { number, value, last }) = result else { return Ok(()) };
        let on_error = node.children[index].on_error;
        match on_error.apply(value, node.kind, &call.place(index)) {
            None => Ok(()),
            Some(value) if matches!(on_error, OnError::Replace) => Err(self.error(value)),
            Some(value) => Err(Known { number, value, last }),
        }
    }

    /// The lines of each error, and each line once.
    fn assign<'l>(&self, lines: &'l [Line]) -> Result<Vec<Vec<&'l Line>>, TestCaseError> {
        let mut by_text = BTreeMap::new();
        for (number, error) in self.errors.iter().enumerate() {
            for text in &error.texts {
                prop_assert_eq!(by_text.insert(text, number), None, "not unique: {}", text);
            }
        }
        let mut assigned = vec![Vec::new(); self.errors.len()];
        for line in lines {
            let number = by_text.get(&line.message);
            let Some(number) = number else {
                return Err(TestCaseError::fail(format!("no such error: {line:#?}")));
            };
            assigned[*number].push(line);
        }
        Ok(assigned)
    }
}

// ------------------------------------------------------------------------------------------------
// The properties

/// The crate compares at most this many errors per call (`MAX_ENTRIES`).
const ENTRIES: usize = 16;

fn check_origin(model: &Model, lines: &[Line]) -> Result<(), TestCaseError> {
    let mut ids = BTreeSet::new();
    for (error, lines) in model.errors.iter().zip(model.assign(lines)?) {
        let logged = lines.len();
        prop_assert!(logged >= error.logs.min(1), "lost: {:?}", error);
        if model.exits <= ENTRIES {
            prop_assert!(logged <= error.logs, "{} times: {:?}", logged, error);
        }
        for line in lines {
            prop_assert!(ids.insert(&line.id), "an id that another error has: {:#?}", line);
        }
    }
    Ok(())
}

fn check_every(model: &Model, lines: &[Line]) -> Result<(), TestCaseError> {
    let mut others = BTreeSet::new();
    for (error, lines) in model.errors.iter().zip(model.assign(lines)?) {
        prop_assert_eq!(lines.len(), error.exits, "{:?}", error);
        let ids: BTreeSet<_> = lines.iter().map(|line| &line.id).collect();
        if model.exits <= ENTRIES {
            let most = usize::from(error.exits > 0) + error.again;
            prop_assert!(ids.len() <= most, "{} ids, and not {}: {:?}", ids.len(), most, error);
        }
        for id in ids {
            prop_assert!(others.insert(id), "an id that another error has: {:?}", error);
        }
    }
    Ok(())
}

type Check = fn(&Model, &[Line]) -> Result<(), TestCaseError>;

/// Runs random trees, and checks the logs of each. A failing tree is shrunk and printed.
fn check_trees(
    cases: u32,
    boundaries: u32,
    report: ReportPolicy,
    check: Check,
    run: impl Fn(&Arc<Node>),
) {
    let collector = Collector::install(trail_only().report(report));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&tree(boundaries), |tree| {
        let model = Model::of(&tree);
        drop(collector.drain());
        run(&tree);
        check(&model, &collector.drain())
    });
    // Not `unwrap`: only `Display` shows the tree with line breaks.
    if let Err(error) = result {
        drop(collector);
        panic!("{error}");
    }
}

fn run_sync(tree: &Arc<Node>) {
    // The model already counted the error that the root returns.
    let _: Result<(), Value> = run(tree, &Call::root());
}

fn run_on(runtime: &Runtime) -> impl Fn(&Arc<Node>) {
    |tree| {
        let root = run_later(Arc::clone(tree), Call::root());
        let _: Result<(), Value> =
            runtime.block_on(async { tokio::spawn(root).await.expect("no panic") });
    }
}

fn multi_thread() -> Runtime {
    Tokio::new_multi_thread().worker_threads(3).build().expect("a runtime")
}

fn current_thread() -> Runtime {
    Tokio::new_current_thread().build().expect("a runtime")
}

#[test]
fn no_error_of_a_call_tree_is_lost_and_none_is_logged_twice_without_a_reason() {
    check_trees(1_500, 0, ReportPolicy::Origin, check_origin, run_sync);
}

#[test]
fn no_error_of_a_task_is_lost_and_none_is_logged_twice_without_a_reason() {
    check_trees(1_500, 0, ReportPolicy::Origin, check_origin, run_on(&multi_thread()));
}

#[test]
fn no_error_of_a_task_on_one_thread_is_lost_and_none_is_logged_twice_without_a_reason() {
    check_trees(1_500, 0, ReportPolicy::Origin, check_origin, run_on(&current_thread()));
}

#[test]
fn a_boundary_logs_the_error_that_it_returns_and_no_other() {
    check_trees(1_000, 2, ReportPolicy::Origin, check_origin, run_sync);
    check_trees(1_000, 2, ReportPolicy::Origin, check_origin, run_on(&multi_thread()));
    check_trees(1_000, 2, ReportPolicy::Origin, check_origin, run_on(&current_thread()));
}

#[test]
fn under_every_each_level_logs_with_the_same_id() {
    check_trees(500, 0, ReportPolicy::Every, check_every, run_sync);
    check_trees(500, 0, ReportPolicy::Every, check_every, run_on(&multi_thread()));
    check_trees(500, 0, ReportPolicy::Every, check_every, run_on(&current_thread()));
}
