//! The threats of SECURITY.md that no other file tests.

mod collect;

use std::path::Path;
use std::process::Command;

use track_errors::track_errors;
use track_errors_tests::process;

#[test]
fn a_text_that_looks_like_lines_stays_in_its_own_line() {
    const FORGED: &str = "no\n{\"status\":\"emergency\",\"service\":\"bank\",\"message\":\"forged\"}\r\n\
                          \u{1b}[2K{\"error\":{\"kind\":\"Forged\"}}\u{85}\u{2028}\u{0}\"}}\n";

    #[track_errors(service = "shop", fields(text))]
    fn refuse(text: &str) -> Result<(), String> {
        Err(text.to_owned())
    }

    let collector = collect::Collector::install(collect::trail_only());
    assert!(refuse(FORGED).is_err());
    // Each line is read as JSON, and all of them are counted.
    let lines = collector.drain();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0].json["service"], "shop");
    assert_eq!(lines[0].json["status"], "error");
    assert_eq!(lines[0].kind, "String");
}

#[test]
fn keys_and_passwords_of_the_environment_are_in_no_line() {
    const SECRET: &str = "a key, of any form";
    let url = "https://user:hunter2@example.com/shop.git";
    for format in ["datadog", "otlp"] {
        let settings = [
            ("TRACK_ERRORS_FORMAT", format),
            ("DD_TRACE_DEBUG", "true"),
            ("DD_API_KEY", SECRET),
            ("DD_APP_KEY", SECRET),
            ("DD_GIT_REPOSITORY_URL", url),
            // A wrong value is shown, unless it is a key.
            ("TRACK_ERRORS_RATE_LIMIT", SECRET),
        ];
        let mut command = process::program(env!("CARGO_BIN_EXE_scenario"), settings);
        let output = command.arg("once").output().expect("the program starts");
        assert!(output.status.success(), "{output:?}");
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.is_empty());
            assert!(!text.contains(SECRET) && !text.contains("hunter2"), "{text}");
        }
    }
}

/// All that a user of the default features compiles on Linux.
#[cfg(target_os = "linux")]
const DEFAULT_DEPENDENCIES: &[&str] = &[
    "addr2line",
    "adler2",
    "backtrace",
    "cfg-if",
    "gimli",
    "humantime",
    "libc",
    "memchr",
    "miniz_oxide",
    "object",
    "pin-project-lite",
    "proc-macro2",
    "quote",
    "rustc-demangle",
    "strsim",
    "syn",
    "tinyjson",
    "track_errors",
    "track_errors_macros",
    "unicode-ident",
];

#[test]
#[cfg(target_os = "linux")]
fn the_default_dependencies_are_these() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--package", "track_errors", "--edges", "normal,build", "--prefix", "none"])
        .args(["--locked", "--offline", "--format", "{p}"])
        .current_dir(&workspace);
    let output = tree.output().expect("cargo starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut names: Vec<_> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, DEFAULT_DEPENDENCIES);
}
