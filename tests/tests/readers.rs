//! Other languages read a line as this crate means it.
//!
//! The lines of the program `corpus` go through the JSON parsers and the line splitters of Python, JavaScript
//! and jq, as far as these are installed. What they have to find is also tested without them, by their rules
//! in Rust.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use track_errors_tests::process;

/// A file with the lines of the corpus, and the lines.
fn corpus(test: &str, format: &str) -> (PathBuf, Vec<Value>) {
    let settings = [("TRACK_ERRORS_FORMAT", format)];
    let output = process::program(env!("CARGO_BIN_EXE_corpus"), settings).output();
    let lines = output.expect("the corpus starts").stdout;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}_{format}.jsonl"));
    fs::write(&path, &lines).expect("the folder of the tests is writable");
    let lines = String::from_utf8(lines).expect("UTF-8");
    let lines = lines.split_terminator('\n').map(serde_json::from_str);
    (path, lines.collect::<Result<_, _>>().expect("JSON"))
}

/// What the program prints, one JSON value a line; `None` if it is not installed.
fn read(program: &str, arguments: &[&str], path: &Path) -> Option<Vec<Value>> {
    let output = match Command::new(program).args(arguments).arg(path).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.expect("the reader starts"),
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    Some(text.lines().map(|line| serde_json::from_str(line).expect(line)).collect())
}

/// The fields of each line, by Python, JavaScript and jq, which write numbers as they have read them.
const CONTEXTS: [(&str, &[&str]); 3] = [
    (
        "python3",
        &[
            "-c",
            "import json,sys\nfor l in open(sys.argv[1]): print(json.dumps(json.loads(l).get('context')))",
        ],
    ),
    (
        "node",
        &[
            "-e",
            "require('fs').readFileSync(process.argv[1],'utf8').trimEnd().split('\\n').forEach(l => console.log(JSON.stringify(JSON.parse(l).context ?? null)))",
        ],
    ),
    ("jq", &["-c", ".context"]),
];

/// The stacks of all lines, each split into lines by Python and by JavaScript.
const STACKS: [(&str, &[&str]); 2] = [
    (
        "python3",
        &[
            "-c",
            "import json,sys\nfor l in open(sys.argv[1], encoding='utf-8', newline='\\n').read().splitlines(): print(json.dumps(json.loads(l)['error']['stack'].splitlines()))",
        ],
    ),
    (
        "node",
        &[
            "-e",
            "require('fs').readFileSync(process.argv[1],'utf8').trimEnd().split(/\\r\\n|[\\n\\r\\u2028\\u2029]/).forEach(l => console.log(JSON.stringify(JSON.parse(l).error.stack.split(/\\r\\n|[\\n\\r\\u2028\\u2029]/))))",
        ],
    ),
];

#[test]
fn every_reader_splits_the_log_and_its_stacks_into_the_lines_that_are_ours() {
    let (path, lines) = corpus("stacks", "datadog");
    let stacks: Vec<_> =
        lines.iter().map(|line| line["error"]["stack"].as_str().unwrap()).collect();
    for (program, arguments) in STACKS {
        let Some(found) = read(program, arguments, &path) else { continue };
        assert_eq!(found.len(), lines.len(), "{program}");
        for (found, stack) in found.iter().zip(&stacks) {
            let expected: Vec<_> = stack.split('\n').collect();
            assert_eq!(*found, json!(expected), "{program}");
        }
    }
    // The same for a reader that knows all of Unicode's line breaks, and for one that shows the text.
    for stack in stacks {
        let is_other = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
                || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        assert!(!stack.contains(is_other), "{stack:?}");
    }
}

#[test]
fn every_reader_has_the_numbers_of_the_fields_exactly() {
    let (path, lines) = corpus("numbers", "datadog");
    let of = |function: &str| {
        let name = format!("corpus::fields::{function}");
        let line = lines.iter().find(|line| line["logger"]["method_name"] == name.as_str());
        line.expect(function)["context"].clone()
    };
    assert_eq!(
        of("exact_integers"),
        json!({"zero": 0, "most": 9007199254740992_i64, "least": -9007199254740992_i64})
    );
    assert_eq!(
        of("large_integers"),
        json!({
            "above": "9007199254740993",
            "below": "-9007199254740993",
            "min": "-9223372036854775808",
            "max": "9223372036854775807",
            "unsigned": "18446744073709551615",
            "wide_min": i128::MIN.to_string(),
            "wide_max": u128::MAX.to_string(),
        })
    );
    assert_eq!(
        of("floats_that_are_not_finite"),
        json!({"nan": "NaN", "plus": "Infinity", "minus": "-Infinity"})
    );

    // JavaScript and jq write a float without a fraction as an integer.
    fn as_double(value: &mut Value) {
        match value {
            Value::Object(object) => object.values_mut().for_each(as_double),
            Value::Number(number) => *value = number.as_f64().expect("a double").into(),
            _ => {}
        }
    }
    for (program, arguments) in CONTEXTS {
        let Some(mut found) = read(program, arguments, &path) else { continue };
        assert_eq!(found.len(), lines.len(), "{program}");
        for (found, line) in found.iter_mut().zip(&lines) {
            let mut expected = line["context"].clone();
            as_double(&mut expected);
            as_double(found);
            assert_eq!(*found, expected, "{program}");
        }
    }
}
