//! `file`: the optional configuration file, `datadog.json` next to the program.
//!
//! One JSON object whose keys are the names of the variables (`{"DD_TRACE_DEBUG": true}`) and whose
//! values are texts, numbers or booleans. A variable that is set stands before the file. Source:
//! Datadog, "Tracer Debug Logs", section ".NET"; it also stands for the ini of section "PHP".
//!
//! Read once a process, at most 1 MiB of it. What is wrong with it becomes a diagnostic, and the rest
//! of it is used.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tinyjson::JsonValue;

use super::builder::executable;
use super::diagnostic::Diagnostic;
use super::env::Problem;

/// The name of the file, and of it in diagnostics.
pub(crate) const NAME: &str = "datadog.json";
const MAX_BYTES: u64 = 1024 * 1024;
/// The parser takes room on the stack for each list in a list.
const MAX_LISTS: usize = 128;
const ACCEPTED: &str =
    "an object of texts, numbers and booleans, such as {\"DD_TRACE_DEBUG\": true}";

#[derive(Debug, Default)]
struct Settings {
    values: HashMap<String, String>,
    diagnostics: Vec<Diagnostic>,
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| match path() {
    Some(path) => read(&path),
    None => Settings::default(),
});

/// Where the file would be.
fn path() -> Option<PathBuf> {
    Some(executable()?.parent()?.join(NAME))
}

/// The value that stands under the name of a variable.
pub(crate) fn value(name: &str) -> Option<OsString> {
    SETTINGS.values.get(name).map(OsString::from)
}

/// The names that stand in the file, in an order of its own.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> = SETTINGS.values.keys().map(String::as_str).collect();
    names.sort_unstable();
    names.into_iter()
}

/// What is wrong with the file.
pub(crate) fn diagnostics() -> &'static [Diagnostic] {
    &SETTINGS.diagnostics
}

fn read(path: &Path) -> Settings {
    let mut settings = Settings::default();
    let problem = match text(path) {
        Ok(None) => return settings,
        Ok(Some(text)) if has_many_lists(&text) => format!("has more than {MAX_LISTS} lists"),
        Ok(Some(text)) => match text.parse() {
            Ok(JsonValue::Object(entries)) => {
                for (key, value) in entries {
                    settings.add(key, value);
                }
                return settings;
            }
            Ok(_) => "is no JSON object".to_owned(),
            // The text of the error may hold a part of the file.
            Err(error) => {
                format!("is no JSON (line {}, column {})", error.line(), error.column())
            }
        },
        Err(problem) => problem,
    };
    let problem = Problem::new(NAME, &path.display().to_string(), problem, ACCEPTED);
    settings.diagnostics.push(problem.using("nothing of it"));
    settings
}

/// Counted in texts too: none of ours has that many.
fn has_many_lists(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > MAX_LISTS
}

/// The text of the file; `None` if there is no file.
fn text(path: &Path) -> Result<Option<String>, String> {
    let data = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        data => data.map_err(|error| format!("cannot be read ({error})"))?,
    };
    // Opening a pipe may wait for ever.
    if !data.is_file() {
        return Err("is no file".to_owned());
    }
    if data.len() > MAX_BYTES {
        return Err(format!("has more than {MAX_BYTES} bytes"));
    }
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
    read.map_err(|error| format!("cannot be read ({error})"))?;
    // Editors of Windows put a mark in front.
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

impl Settings {
    fn add(&mut self, key: String, value: JsonValue) {
        let value = match value {
            JsonValue::Null => return,
            JsonValue::String(text) => text,
            JsonValue::Boolean(value) => value.to_string(),
            JsonValue::Number(number) => number.to_string(),
            JsonValue::Array(_) | JsonValue::Object(_) => {
                let problem = Problem::new(NAME, &key, "has a list or an object", ACCEPTED);
                self.diagnostics.push(problem.using("its other keys"));
                return;
            }
        };
        self.values.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::test_folder::TestFolder;

    fn read_text(text: &str) -> (Settings, Vec<String>) {
        let folder = TestFolder::new();
        let path = folder.join(NAME);
        std::fs::write(&path, text).unwrap();
        let settings = read(&path);
        let said = settings.diagnostics.iter().map(ToString::to_string).collect();
        (settings, said)
    }

    #[test]
    fn texts_numbers_and_booleans_are_taken_as_a_variable_would_say_them() {
        let text = "\u{feff}{\"DD_TRACE_DEBUG\":true,\"DD_SERVICE\":\"shop\",\"A\":7,\"B\":null}";
        let (settings, said) = read_text(text);
        assert_eq!(said, [""; 0]);
        let value = |name: &str| settings.values.get(name).map(String::as_str);
        assert_eq!(value("DD_TRACE_DEBUG"), Some("true"));
        assert_eq!((value("DD_SERVICE"), value("A"), value("B")), (Some("shop"), Some("7"), None));
    }

    #[test]
    fn what_cannot_be_used_is_said_and_the_rest_is_used() {
        let (settings, said) = read_text("{\"DD_TAGS\": [\"s3cret\"], \"DD_ENV\": \"prod\"}");
        assert_eq!(settings.values.len(), 1);
        assert!(said[0].starts_with("datadog.json is \"DD_TAGS\", which has a list"), "{said:?}");
        assert!(!said[0].contains("s3cret"));

        for (text, problem) in [
            ("{\"DD_API_KEY\": \"s3cret\",", "is no JSON (line 1, column"),
            ("[1]", "is no JSON object"),
            ("", "is no JSON"),
            (&"[".repeat(100_000), "has more than 128 lists"),
        ] {
            let (settings, said) = read_text(text);
            assert!(settings.values.is_empty());
            assert!(said[0].contains(problem) && !said[0].contains("s3cret"), "{said:?}");
            assert!(said[0].ends_with("; using nothing of it"), "{said:?}");
        }
    }

    #[test]
    fn no_file_is_no_mistake_and_a_directory_is_one() {
        assert!(read(Path::new("/there/is/no/such/datadog.json")).diagnostics.is_empty());
        assert_eq!(read(&std::env::temp_dir()).diagnostics.len(), 1);
    }
}
