//! One error, one log: thousands of random call trees, run with the crate and in a model that knows the
//! identity of each error.
//!
//! A node of a tree is a call, sync or async; it is untracked, tracked, or a boundary. It runs its children
//! in order, joined, or in other tasks, and some of them several times. It returns, converts, handles or
//! replaces their errors, and may then fail itself. The model runs the same tree without the crate and
//! numbers the errors. It computes how often each must be logged: once, never if a boundary handled it, and
//! again if it came from another task or lost every trace of the original.

#[path = "../collect/mod.rs"]
mod collect;
mod errors;
mod model;
mod run;
mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use tokio::runtime::Runtime;
use track_errors::ReportPolicy;
use track_errors_tests::executors::{current_thread, multi_thread};

use collect::{Collector, Line, trail_only};
use errors::Value;
use model::Model;
use run::{run, run_later};
use tree::{Call, Node, tree};

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
