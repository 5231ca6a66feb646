//! The switch: sections "Java", "Go", ".NET", and "Python" from code.

use crate::debug_log::{about, run};
use crate::{ON, configuration};

#[test]
fn off_by_default_nothing_is_written() {
    for scenario in ["fails", "climbs", "succeeds", "off-by-the-builder"] {
        assert_eq!(run(scenario, &[]).stderr, "", "{scenario}");
    }
}

#[test]
fn the_variable_switches_it_on_and_the_start_up_line_says_so() {
    let run = run("fails", &[ON]);
    assert_eq!(run.logged(), 1);
    let configuration = configuration(&run.lines());
    assert_eq!(configuration["debug"], true);
    assert_eq!(configuration["debug_decided_by"], "DD_TRACE_DEBUG");
}

#[test]
fn the_builder_switches_it_on_and_overrides_the_variable() {
    let on = configuration(&run("on-by-the-builder", &[]).lines());
    assert_eq!(on["debug_decided_by"], "Builder::debug");
    let on = configuration(&run("on-by-the-builder", &[("DD_TRACE_DEBUG", "false")]).lines());
    assert_eq!(on["debug_decided_by"], "Builder::debug");
    assert_eq!(run("off-by-the-builder", &[ON]).stderr, "");
}

#[test]
fn it_is_switched_on_and_off_at_run_time() {
    let lines = run("switched", &[]).lines();
    assert_eq!(configuration(&lines)["debug_decided_by"], "debug::set_enabled");
    assert_eq!(about(&lines, "switched on").len(), 1);
    assert_eq!(about(&lines, "error #").len(), 1, "of three errors: {lines:#?}");
    assert_eq!(about(&lines, "sent ").len(), 1);
    assert_eq!(lines.last().expect("a line").message, "is switched off");
}

#[test]
fn a_switch_at_run_time_holds_when_the_settings_are_installed() {
    let lines = run("switched-on-before-init", &[]).lines();
    assert_eq!(configuration(&lines)["env"], "built");
    assert_eq!(about(&lines, "error #").len(), 1);
}

#[test]
fn eight_threads_switch_it_under_load_and_the_error_logs_go_on() {
    let run = run("switched-by-eight-threads", &[]);
    assert_eq!(run.logged(), 1600);
    // Each line that was written is whole.
    let whole = run.lines().len();
    assert_eq!(whole, run.stderr.lines().count(), "{}", run.stderr);
}
