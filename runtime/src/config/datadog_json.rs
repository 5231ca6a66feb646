//! The optional configuration file, `datadog.json` next to the program.
//!
//! One JSON object whose keys are the names of variables (`{"DD_TRACE_DEBUG": true}`) and whose values
//! are texts, numbers or booleans. A variable overrides the file. Source: Datadog, "Tracer Debug Logs",
//! section ".NET"; it also replaces the ini of section "PHP".
//!
//! Read once per process, at most 1 MiB. Its errors become rejected values; the rest is used.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tinyjson::JsonValue;

use super::rejected::{Problem, RejectedValue};
use super::resource::executable;
use crate::base::once_box::OnceBox;

pub(crate) const NAME: &str = "datadog.json";
const MAX_BYTES: u64 = 1024 * 1024;
/// The parser uses the stack for each list in a list.
const MAX_LISTS: usize = 128;
const ACCEPTED: &str =
    "an object of texts, numbers and booleans, such as {\"DD_TRACE_DEBUG\": true}";

#[derive(Debug, Default)]
struct Entries {
    values: HashMap<String, String>,
    rejected: Vec<RejectedValue>,
}

fn entries() -> &'static Entries {
    static ENTRIES: OnceBox<Entries> = OnceBox::new();
    ENTRIES.get_or_init(|| path().map(|path| read(&path)).unwrap_or_default())
}

/// The path of the file, whether it exists or not.
fn path() -> Option<PathBuf> {
    Some(executable()?.parent()?.join(NAME))
}

/// The value of a key, which is the name of a variable.
pub(crate) fn value(name: &str) -> Option<OsString> {
    entries().values.get(name).map(OsString::from)
}

/// The keys, sorted.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    let mut keys: Vec<_> = entries().values.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys.into_iter()
}

/// The errors of the file.
pub(super) fn rejected() -> &'static [RejectedValue] {
    &entries().rejected
}

fn read(path: &Path) -> Entries {
    let mut entries = Entries::default();
    let problem = match text(path) {
        Ok(None) => return entries,
        Ok(Some(text)) if has_many_lists(&text) => format!("has more than {MAX_LISTS} lists"),
        Ok(Some(text)) => match text.parse() {
            Ok(JsonValue::Object(object)) => {
                for (key, value) in object {
                    entries.add(key, value);
                }
                return entries;
            }
            Ok(_) => "is no JSON object".to_owned(),
            // The error's text may contain a part of the file.
            Err(error) => {
                format!("is no JSON (line {}, column {})", error.line(), error.column())
            }
        },
        Err(problem) => problem,
    };
    let problem = Problem::new(NAME, &path.display().to_string(), problem, ACCEPTED);
    entries.rejected.push(problem.using("nothing of it"));
    entries
}

/// Counts brackets in texts too: no setting has that many.
fn has_many_lists(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > MAX_LISTS
}

/// The text of the file; `None` if it does not exist.
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
    // Editors on Windows begin a file with this mark.
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

impl Entries {
    fn add(&mut self, key: String, value: JsonValue) {
        let value = match value {
            JsonValue::Null => return,
            JsonValue::String(text) => text,
            JsonValue::Boolean(value) => value.to_string(),
            JsonValue::Number(number) => number.to_string(),
            JsonValue::Array(_) | JsonValue::Object(_) => {
                let problem = Problem::new(NAME, &key, "has a list or an object", ACCEPTED);
                self.rejected.push(problem.using("its other keys"));
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

    fn read_text(text: &str) -> (Entries, Vec<String>) {
        let folder = TestFolder::new();
        let path = folder.join(NAME);
        std::fs::write(&path, text).unwrap();
        let entries = read(&path);
        let rejected = entries.rejected.iter().map(ToString::to_string).collect();
        (entries, rejected)
    }

    #[test]
    fn texts_numbers_and_booleans_have_the_form_that_a_variable_has() {
        let text = "\u{feff}{\"DD_TRACE_DEBUG\":true,\"DD_SERVICE\":\"shop\",\"A\":7,\"B\":null}";
        let (entries, rejected) = read_text(text);
        assert_eq!(rejected, [""; 0]);
        let value = |name: &str| entries.values.get(name).map(String::as_str);
        assert_eq!(value("DD_TRACE_DEBUG"), Some("true"));
        assert_eq!((value("DD_SERVICE"), value("A"), value("B")), (Some("shop"), Some("7"), None));
    }

    #[test]
    fn what_cannot_be_used_is_reported_and_the_rest_is_used() {
        let (entries, rejected) = read_text("{\"DD_TAGS\": [\"s3cret\"], \"DD_ENV\": \"prod\"}");
        assert_eq!(entries.values.len(), 1);
        assert!(
            rejected[0].starts_with("datadog.json is \"DD_TAGS\", which has a list"),
            "{rejected:?}"
        );
        assert!(!rejected[0].contains("s3cret"));

        for (text, problem) in [
            ("{\"DD_API_KEY\": \"s3cret\",", "is no JSON (line 1, column"),
            ("[1]", "is no JSON object"),
            ("", "is no JSON"),
            (&"[".repeat(100_000), "has more than 128 lists"),
        ] {
            let (entries, rejected) = read_text(text);
            assert!(entries.values.is_empty());
            assert!(
                rejected[0].contains(problem) && !rejected[0].contains("s3cret"),
                "{rejected:?}"
            );
            assert!(rejected[0].ends_with("; using nothing of it"), "{rejected:?}");
        }
    }

    #[test]
    fn a_missing_file_is_right_and_a_directory_is_wrong() {
        assert!(read(Path::new("/there/is/no/such/datadog.json")).rejected.is_empty());
        assert_eq!(read(&std::env::temp_dir()).rejected.len(), 1);
    }
}
