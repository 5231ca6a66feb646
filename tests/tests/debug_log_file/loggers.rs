//! Loggers of the application's that misbehave, and forks.

use crate::debug_log::{Directory, about, lines, reports, run, text};
use crate::{DIRECTORY, FILE, ON, QUIET_START};

#[test]
fn a_logger_that_panics() {
    let run = run("panics", &[ON]);
    assert_eq!(run.logged(), 3);
    assert_eq!(
        reports(&run.stderr),
        ["[track_errors] the debug logger panicked; its lines go to stderr"]
    );
    let panics = run.stderr.matches("on purpose: a logger that panics").count();
    assert_eq!(panics, 1, "it is not called again: {}", run.stderr);
    let lines = run.lines();
    // The line at which it panicked is there as well.
    assert_eq!(about(&lines, "DATADOG TRACER CONFIGURATION").len(), 1, "{lines:#?}");
    assert_eq!(about(&lines, "error #").len(), 3, "{lines:#?}");
    assert_eq!(about(&lines, "the program ends; ").len(), 1, "{lines:#?}");
}

#[test]
fn a_logger_that_calls_a_tracked_function_and_this_log() {
    let run = run("nests", &[ON]);
    // The error of `main`, and none of those that the logger brought about.
    assert_eq!(run.logged(), 1, "{}", run.stdout);
    let lines: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("debug: ")).collect();
    assert!(lines.len() > 4, "{}", run.stdout);
    assert!(lines.iter().any(|line| line.ends_with(" - from outside")), "{lines:#?}");
    assert!(!run.stdout.contains("- from within the logger"));
    assert_eq!(run.stderr, "");
    let left_out: Vec<_> =
        lines.iter().filter_map(|line| line.split_once("from within it: ")).collect();
    assert!(left_out[0].1.parse::<u32>().is_ok_and(|count| count > 0), "{left_out:?}");
}

#[test]
fn a_logger_that_waits_for_a_thread_that_fails() {
    for scenario in ["waits", "waits-while-it-writes"] {
        let run = run(scenario, &[ON]);
        assert_eq!(run.logged(), 2, "{scenario}: {}", run.stdout);
        assert!(run.stdout.contains(", dropped: 0;"), "{scenario}: {}", run.stdout);
    }
}

#[test]
fn a_logger_that_comes_back_when_it_is_dropped() {
    let run = run("returns", &[]);
    assert_eq!(run.logged(), 2, "{run:?}");
    assert_eq!(run.stderr, "[track_errors] the logger is dropped\n");
}

#[cfg(unix)]
#[test]
fn a_child_after_a_fork_has_a_file_of_its_own() {
    let directory = Directory::new("forks");
    let run = run("forks", &[ON, (DIRECTORY, text(directory.path()))]);
    assert_eq!((run.logged(), &*run.stderr), (3, ""));
    let names = directory.names();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in names {
        let lines = lines(&directory.text(&name));
        let is_child = about(&lines, "DATADOG TRACER CONFIGURATION").is_empty();
        assert_eq!(about(&lines, &format!("child: {is_child}")).len(), 1, "{name} {lines:#?}");
        let errors = if is_child { 1 } else { 2 };
        assert_eq!(about(&lines, "sent ").len(), errors, "{name} {lines:#?}");
    }
}

#[cfg(unix)]
#[test]
fn forks_are_noticed_also_if_nothing_fails_and_debug_mode_is_off() {
    let directory = Directory::new("forks-off");
    let run = run("forks-while-lines-are-written", &[(DIRECTORY, text(directory.path()))]);
    assert_eq!(run.stderr, "", "no lock of a thread that the child does not have");
    let names = directory.names();
    let of_children: Vec<_> =
        names.iter().map(|name| directory.text(name)).filter(|log| log.contains("child")).collect();
    // Each child has a file of its own, by its own number.
    assert_eq!(of_children.len(), 20, "{names:?}");
    assert!(of_children.iter().all(|log| lines(log).len() == 1), "{of_children:?}");
}

#[cfg(unix)]
#[test]
fn children_that_are_forked_under_load_come_to_their_end() {
    let directory = Directory::new("forks-load");
    let file = directory.join("a.log");
    let abandoned = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
    let run = run("forks-under-load", &[ON, QUIET_START, abandoned, (FILE, text(&file))]);
    assert_eq!(run.stderr, "");
    // The file may have been rotated.
    let all: Vec<_> =
        directory.names().iter().flat_map(|name| lines(&directory.text(name))).collect();
    assert!(about(&all, "in the child").len() <= 20);
    assert!(!about(&all, "in the child").is_empty());
}
