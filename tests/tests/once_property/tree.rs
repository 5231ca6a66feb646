//! Random call trees.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::errors::{Kind, Value};

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) tracking: Tracking,
    pub(crate) form: Form,
    /// The kind of its errors.
    pub(crate) kind: Kind,
    /// How often it yields before its children and before its end; async only.
    pub(crate) yields: u8,
    pub(crate) children: Vec<Child>,
    pub(crate) arrangement: Arrangement,
    pub(crate) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracking {
    Untracked,
    Tracked,
    Boundary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Sync,
    Async,
}

#[derive(Debug, Clone)]
pub(crate) struct Child {
    pub(crate) node: Arc<Node>,
    /// How often the parent calls it before its error counts.
    pub(crate) attempts: u32,
    pub(crate) on_error: OnError,
}

/// How the children of a node run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arrangement {
    OneByOne,
    /// Together in the node's own task; in order in a sync node.
    Joined,
    /// Each in its own task, or its own thread in a sync node.
    InTasks,
}

/// What a node does with the error of a child.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnError {
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
pub(crate) enum End {
    Succeed,
    Fail,
    /// Fails when it is called for the first time.
    FailFirst,
}

/// `boundaries` of ten nodes are boundaries.
pub(crate) fn tree(boundaries: u32) -> impl Strategy<Value = Arc<Node>> {
    let leaf = node(boundaries, Just(Vec::new()).boxed());
    leaf.prop_recursive(6, 24, 4, move |inner| node(boundaries, vec(child(inner), 0..4).boxed()))
}

pub(crate) fn node(
    boundaries: u32,
    children: BoxedStrategy<Vec<Child>>,
) -> BoxedStrategy<Arc<Node>> {
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

pub(crate) fn child(inner: impl Strategy<Value = Arc<Node>>) -> impl Strategy<Value = Child> {
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

/// One call of a node. Its path is unique in the tree, and no path contains another.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) attempt: u32,
    /// Whether other tasks are threads: a sync function that waits for a future must not block the runtime
    /// on which it runs.
    pub(crate) in_threads: bool,
}

impl Call {
    pub(crate) fn root() -> Self {
        Call { path: String::new(), attempt: 0, in_threads: false }
    }

    pub(crate) fn of_child(&self, index: usize, attempt: u32) -> Self {
        Call { path: format!("{}/{index}.{attempt}", self.path), attempt, ..*self }
    }

    pub(crate) fn place(&self, index: usize) -> String {
        format!("<{}/{index}>", self.path)
    }

    /// How the node ends when no child made it fail.
    pub(crate) fn end(&self, node: &Node) -> Result<(), Value> {
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
