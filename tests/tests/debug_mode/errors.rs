//! Lines about an error, about its record, and about the same failure: sections "Node.js", "Go" and "Review
//! debug logs".

use crate::debug_log::{MESSAGE, about, id, run};
use crate::{ON, QUIET_START, configuration};

#[test]
fn an_error_has_a_line_for_each_function_and_one_for_its_record() {
    let lines = run("climbs", &[ON]).lines();
    let errors = about(&lines, "error #");
    assert_eq!(errors.len(), 2, "{lines:#?}");
    let id = id(&errors[0]);
    assert!(
        errors[0].starts_with(&format!(
            "error #{id} of kind String left debug_mode::pay at tests/src/bin/debug_mode.rs:"
        )),
        "{}",
        errors[0]
    );
    assert!(errors[0].ends_with(": logged, because it was not seen before (policy origin)"));
    assert!(errors[1].contains(" left debug_mode::order at "), "{}", errors[1]);
    let same = format!(
        ": not logged, because it is the same error as #{id}, logged further in (policy origin)"
    );
    assert!(errors[1].ends_with(&same), "{}", errors[1]);

    let kind = &about(&run("has-fields", &[ON]).lines(), "error #")[0];
    assert!(kind.contains(" of kind payment left debug_mode::with_fields at "), "{kind}");

    let written = about(&lines, "sent ");
    assert_eq!(written.len(), 1, "{lines:#?}");
    assert!(written[0].starts_with("sent 1 record, "), "{}", written[0]);
    assert!(written[0].ends_with(&format!(" µs to stdout: #{id}")), "{}", written[0]);
}

#[test]
fn the_line_of_a_batch_has_its_size() {
    let run = run("fails", &[ON]);
    let written = about(&run.lines(), "sent ");
    let bytes = run.stdout.len();
    assert!(bytes < 1000, "else there is a comma in it");
    assert!(written[0].contains(&format!(", {bytes} bytes in ")), "{}", written[0]);
}

#[test]
fn the_line_of_a_batch_has_the_ids_of_all_its_records() {
    let lines = run("fails-twice-in-one-batch", &[ON]).lines();
    let written = about(&lines, "sent ").concat();
    for error in about(&lines, "error #") {
        assert!(written.contains(&format!("#{}", id(&error))), "{error} in {written}");
    }
}

#[test]
fn the_line_of_an_error_that_is_not_logged_has_the_reason() {
    let lines = run("climbs-to-the-boundary", &[ON]).lines();
    let errors = about(&lines, "error #");
    assert!(
        errors[0].ends_with(": held, because a boundary around it decides (policy boundary)"),
        "{errors:?}"
    );
    assert!(
        errors[1].ends_with(": logged, because it leaves the boundary (policy boundary)"),
        "{errors:?}"
    );

    let lines = run("is-expected", &[ON]).lines();
    let errors = about(&lines, "error #");
    assert!(errors[0].contains(": not logged, because it is expected: "), "{errors:?}");

    let lines = run("climbs-as-expected", &[ON]).lines();
    let errors = about(&lines, "error #");
    let decided = ": not logged, because that was decided further in: it is expected: ";
    assert!(errors[1].contains(decided), "{errors:?}");

    let lines = run("is-limited", &[ON]).lines();
    let limited: Vec<_> = about(&lines, "error #");
    let reason = "logs more of this kind than the rate limit allows";
    let limited = limited.iter().filter(|line| line.contains(reason));
    assert_eq!(limited.count(), 2, "a burst of two is logged: {lines:#?}");

    let lines = run("fails", &[ON, ("OTEL_SDK_DISABLED", "true")]).lines();
    let disabled =
        about(&lines, "an error left debug_mode::unlimited (tests/src/bin/debug_mode.rs:");
    assert!(disabled[0].ends_with(": not logged, because nothing is: OTEL_SDK_DISABLED=true"));

    let lines = run("fails", &[ON, ("TRACK_ERRORS_OUTPUT", "none")]).lines();
    let id = id(&about(&lines, "error #")[0]).to_owned();
    assert_eq!(about(&lines, "not written: "), [format!("not written: the output is none, #{id}")]);
}

#[test]
fn an_error_that_the_queue_does_not_take_has_a_line_that_it_is_dropped() {
    // The lines go to a sink that is fast.
    let run = run("overflows", &[QUIET_START, ("TRACK_ERRORS_OUTPUT", "/dev/null")]);
    let lines = run.lines();
    let errors = about(&lines, "error #");
    assert_eq!(errors.len(), 20_000);
    let dropped = errors.iter().filter(|line| line.contains("it is counted as dropped")).count();
    let end = about(&lines, "the program ends; ");
    assert!(end[0].contains(&format!(", dropped: {dropped};")), "{}", end[0]);
    let logged = errors.iter().filter(|line| line.contains(": logged, ")).count();
    assert!(end[0].contains(&format!("errors logged: {logged},")), "{}", end[0]);
}

#[test]
fn a_record_that_reaches_no_sink_has_a_line_too() {
    let run = run("is-refused", &[ON]);
    let lines = run.lines();
    let (errors, failed) = (about(&lines, "error #"), about(&lines, "failed to send 1 record, "));
    assert_eq!((errors.len(), failed.len()), (4, 4), "{lines:#?}");
    for (error, failed) in errors.iter().zip(&failed) {
        // The reason of the sink, which may hold a part of the batch, is at this level alone.
        let end =
            format!(" µs to refuses: #{}: no reason for card 4711 of Erika {MESSAGE}", id(error));
        assert!(failed.ends_with(&end), "{failed}");
    }
}

#[test]
fn without_both_lines_no_error_was_tracked() {
    for scenario in ["succeeds-after-init", "succeeds", "calls-nothing"] {
        let lines = run(scenario, &[ON]).lines();
        assert!(about(&lines, "error #").is_empty() && about(&lines, "sent ").is_empty());
        // A program that neither fails nor calls `init` never reads the settings.
        assert_eq!(lines.is_empty(), scenario != "succeeds-after-init", "{lines:#?}");
    }
    let lines = run("succeeds-after-init", &[ON]).lines();
    assert_eq!(configuration(&lines)["service"], "debug_mode");
    assert!(about(&lines, "the program ends; errors logged: 0,").len() == 1, "{lines:#?}");
}

#[test]
fn the_same_failure_is_written_once_a_minute_and_the_rest_is_counted() {
    let lines = run("is-refused", &[ON]).lines();
    let failures = about(&lines, "failed to send to ");
    assert_eq!(failures.len(), 2, "the first, and at the end the rest: {lines:#?}");
    assert_eq!(
        failures[0],
        "failed to send to \"refuses\": other error; records that were written to stderr instead: 1"
    );
    let (_, rest) = failures[1].split_once("instead: 3, ").expect("the number of the others");
    assert!(rest.starts_with("2 additional messages skipped (first occurrence: 20"), "{rest}");
    assert!(rest.ends_with(" UTC)"), "{rest}");
    assert!(
        lines.iter().filter(|line| line.message.starts_with("cannot")).all(|l| l.level == "ERROR")
    );
}

#[test]
fn failures_are_counted_also_while_debug_mode_is_off_and_loggers_change() {
    for scenario in ["is-refused-in-batches", "is-refused-by-two-logs"] {
        let stderr = run(scenario, &[]).stderr;
        let failures: Vec<_> =
            stderr.lines().filter(|line| line.starts_with("[track_errors] ")).collect();
        let numbers = failures.iter().map(|line| {
            let (_, number) = line.split_once("instead: ").expect(line);
            number.split(',').next().and_then(|number| number.parse::<u64>().ok()).expect(line)
        });
        assert_eq!(numbers.sum::<u64>(), 9, "all lines that went to stderr: {stderr}");
        assert_eq!(failures.len(), 2, "{stderr}");
        assert!(!failures.concat().contains(MESSAGE), "{failures:?}");
    }
}

#[test]
fn with_a_logging_rate_of_zero_each_failure_is_written() {
    let lines = run("is-refused", &[ON, ("DD_LOGGING_RATE", "0")]).lines();
    let failures = about(&lines, "failed to send to ");
    assert_eq!(failures.len(), 4, "{lines:#?}");
    assert!(failures.iter().all(|failure| !failure.contains("additional")));
}
