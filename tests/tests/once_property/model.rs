//! Runs a call tree in the model, which computes what it must log.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::collect::Line;
use super::errors::Value;
use super::tree::{Arrangement, Call, Child, Form, Node, OnError, Tracking};

/// What a tree must log.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) errors: Vec<Expected>,
    /// How often an error left a tracked call.
    pub(crate) exits: usize,
    pub(crate) tasks: usize,
    pub(crate) scopes: usize,
}

/// What one error must log.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Its texts, one per tracked call that it left. No other error has them.
    pub(crate) texts: BTreeSet<String>,
    /// How often it left a tracked call.
    pub(crate) exits: usize,
    /// How often nothing showed that it had already left one: it came from another task, or lost every
    /// trace.
    pub(crate) again: usize,
    /// How often `origin` logs it.
    pub(crate) logs: usize,
}

/// An error whose identity the model knows.
pub(crate) struct Known {
    pub(crate) number: usize,
    pub(crate) value: Value,
    /// When it last left a tracked call.
    pub(crate) last: Option<Exit>,
}

/// How an error left a tracked call.
pub(crate) struct Exit {
    /// Its text.
    pub(crate) text: String,
    pub(crate) task: usize,
    /// The boundary that holds it; `None` once it is decided.
    pub(crate) held: Option<usize>,
}

/// The context of a call.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings {
    pub(crate) task: usize,
    /// The nearest enclosing boundary in its task.
    pub(crate) scope: Option<Scope>,
}

#[derive(Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) number: usize,
    pub(crate) form: Form,
}

impl Surroundings {
    /// The boundary that holds errors which leave a tracked call of this form.
    pub(crate) fn holds(self, form: Form) -> Option<usize> {
        // A sync boundary may run a whole executor, whose tasks are not its own.
        let is_own = |scope: &Scope| !(scope.form == Form::Sync && form == Form::Async);
        self.scope.filter(is_own).map(|scope| scope.number)
    }
}

impl Model {
    pub(crate) fn of(tree: &Node) -> Self {
        let mut model = Model::default();
        let around = Surroundings { task: model.new_task(), scope: None };
        // The error that the root returns was counted when it left.
        let _: Result<(), Known> = model.run(tree, &Call::root(), around);
        model
    }

    pub(crate) fn new_task(&mut self) -> usize {
        self.tasks += 1;
        self.tasks
    }

    pub(crate) fn error(&mut self, value: Value) -> Known {
        self.errors.push(Expected::default());
        Known { number: self.errors.len() - 1, value, last: None }
    }

    pub(crate) fn run(
        &mut self,
        node: &Node,
        call: &Call,
        around: Surroundings,
    ) -> Result<(), Known> {
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

    pub(crate) fn leave(&mut self, mut error: Known, node: &Node, inside: Surroundings) -> Known {
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

    pub(crate) fn steps(
        &mut self,
        node: &Node,
        call: &Call,
        around: Surroundings,
    ) -> Result<(), Known> {
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
                            Arrangement::InTasks => {
                                Surroundings { task: self.new_task(), scope: None }
                            }
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

    pub(crate) fn attempts(
        &mut self,
        child: &Child,
        index: usize,
        call: &Call,
        around: Surroundings,
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

    pub(crate) fn act(
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
    pub(crate) fn assign<'l>(
        &self,
        lines: &'l [Line],
    ) -> Result<Vec<Vec<&'l Line>>, TestCaseError> {
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
