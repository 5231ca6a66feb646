//! Lines of the debug mode about errors that boundaries hold.

mod debug_log;

use std::path::Path;

use debug_log::{Run, about, command_of, finish, id};

/// A scenario of the program with boundaries, in debug mode.
fn run(scenario: &str) -> Run {
    let settings = [("DD_TRACE_DEBUG", "true"), ("DD_TRACE_STARTUP_LOGS", "false")];
    let program = Path::new(env!("CARGO_BIN_EXE_boundary"));
    finish(&mut command_of(program, scenario, &settings))
}

/// The two lines about the one error: that it is held, and what became of it.
fn held_and_resolved(run: &Run) -> [String; 2] {
    let about = about(&run.lines(), "error #");
    let [held, resolved] = &about[..] else { panic!("two lines: {about:#?}") };
    assert!(held.contains(" left boundary::fail"), "{held}");
    assert!(
        held.ends_with(": held, because a boundary around it decides (policy boundary)"),
        "{held}"
    );
    assert_eq!(id(held), id(resolved));
    [held.clone(), resolved.clone()]
}

#[test]
fn an_error_that_was_held_and_handled_has_a_line_that_says_so() {
    let run = run("handles");
    let [_, resolved] = held_and_resolved(&run);
    let expected =
        "was held, and boundary::swallows returned something else, so it was handled: counted";
    assert!(resolved.ends_with(expected), "{resolved}");
    assert_eq!(run.stdout.matches("\"error\"").count(), 0, "{}", run.stdout);
}

#[test]
fn an_error_whose_boundary_was_cancelled_has_a_line_that_says_so() {
    let run = run("cancels");
    let [_, resolved] = held_and_resolved(&run);
    let expected = "was held, and boundary::holds_for_ever was cancelled: logged";
    assert!(resolved.ends_with(expected), "{resolved}");
    assert_eq!(run.logged(), 1);
}
