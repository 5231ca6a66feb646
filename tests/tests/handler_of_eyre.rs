//! `eyre` with the handler of `color-eyre`, which the process has for all its reports.

use color_eyre::eyre::{Result, WrapErr};
use color_eyre::{Section, SectionExt};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use track_errors::{ErrorRecord, testing, track_errors};
use track_errors_tests::process::program;

const LINE: u32 = line!() + 4;
#[inline(never)]
fn read() -> Result<String> {
    std::fs::read_to_string("/there/is/no/such/file")
        .wrap_err("reading prices")
        .note("prices change at midnight")
        .suggestion("run the import")
        .section("7 of 9".header("Shops:"))
}

#[track_errors(backtrace = "carried")]
fn carried() -> Result<String> {
    read()
}

#[track_errors]
fn native() -> Result<String> {
    read()
}

/// One test: the handler and the variable are those of the process.
#[test]
fn a_report_has_its_location_and_notes_and_with_a_backtrace_the_function_that_made_it() {
    const NAME: &str =
        "a_report_has_its_location_and_notes_and_with_a_backtrace_the_function_that_made_it";
    const CHILD: &str = "COLOR_EYRE_CHILD";
    if std::env::var_os(CHILD).is_none() {
        for backtrace in ["0", "1"] {
            let path = std::env::current_exe().expect("this test");
            let path = path.to_str().expect("UTF-8");
            let output = program(path, [("RUST_BACKTRACE", backtrace), (CHILD, "1")])
                .args(["--exact", NAME])
                .output()
                .expect("this test runs");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "RUST_BACKTRACE={backtrace}: {text}");
        }
        return;
    }
    tracing_subscriber::registry().with(tracing_error::ErrorLayer::default()).init();
    color_eyre::install().expect("the first handler");
    let _entered = tracing::info_span!("request", id = 7).entered();
    let (_, records) = testing::capture(|| [carried(), native()].map(|result| result.is_err()));
    let [carried, native] = &*records else { panic!("two records: {records:#?}") };
    for record in [carried, native] {
        assert_eq!((&*record.kind, &*record.message), ("std::io::Error", "reading prices"));
    }
    assert_eq!(native.attachments, [""; 0]);
    has_location_and_notes(carried);
    // Neither the spans nor colours are taken for frames.
    assert!(!carried.stack.contains("request") && !carried.stack.contains("u{1b}"));
    let is_made_in_read = carried.stack.contains("   0: handler_of_eyre::read\n");
    let has_backtrace = std::env::var("RUST_BACKTRACE").is_ok_and(|value| value == "1");
    assert_eq!(is_made_in_read, has_backtrace, "{}", carried.stack);
}

fn has_location_and_notes(record: &ErrorRecord) {
    let [location, note, suggestion] = &*record.attachments else {
        panic!("three attachments: {:?}", record.attachments);
    };
    assert!(
        location.starts_with(&format!("at tests/tests/handler_of_eyre.rs:{LINE}")),
        "{location}"
    );
    assert_eq!(note, "Note: prices change at midnight");
    assert_eq!(suggestion, "Suggestion: run the import");
}
