//! What the lines say, wherever they are.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use serde_json::Value;
use track_errors_tests::admission;

/// By the lines of one function.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) logged: u64,
    pub(crate) handled_aloud: u64,
    /// Without a log.
    pub(crate) handled: u64,
    pub(crate) suppressed: u64,
    pub(crate) dropped: u64,
}

impl Told {
    pub(crate) fn sum(&self) -> u64 {
        self.logged + self.handled_aloud + self.handled + self.suppressed + self.dropped
    }
}

/// Where a line is.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// Lines that came before, here or elsewhere.
    pub(crate) repeated: u64,
    /// Lines that end in the middle.
    pub(crate) cut: u64,
    /// Of the crate, for people.
    pub(crate) others: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) functions: BTreeMap<String, Told>,
    /// Lines without an error.
    pub(crate) info: u64,
    /// Two lines with one id that differ, two ids of one number, lines that no back end accepts.
    pub(crate) problems: Vec<String>,
    /// Hashes of the lines, by id.
    ids: HashMap<String, u64>,
    numbers: HashSet<u64>,
    hasher: RandomState,
}

impl Lines {
    /// Adds the lines of a file.
    pub(crate) fn add(&mut self, path: &Path) -> io::Result<Place> {
        let mut place = Place::default();
        for line in BufReader::with_capacity(1024 * 1024, File::open(path)?).split(b'\n') {
            let line = line?;
            place.bytes += line.len() as u64 + 1;
            if line.first() != Some(&b'{') {
                place.others += u64::from(!line.is_empty());
                continue;
            }
            let line = String::from_utf8_lossy(&line);
            let Ok(json) = serde_json::from_str(&line) else {
                place.cut += 1;
                continue;
            };
            place.lines += 1;
            if !self.add_line(&line, &json) {
                place.repeated += 1;
            }
        }
        Ok(place)
    }

    /// Whether the line is new.
    fn add_line(&mut self, line: &str, json: &Value) -> bool {
        let own = &json["track_errors"];
        let hash = self.hasher.hash_one(line);
        let is_error = json.get("error").is_some();
        let id = own["id"].as_str().unwrap_or_default();
        if let Some(before) = self.ids.insert(id.to_owned(), hash) {
            if before != hash {
                self.problems.push(format!("two lines differ, and have the id {id}"));
            }
            return false;
        }
        if is_error {
            self.check(line, json);
        } else {
            self.info += 1;
        }
        let name = json["logger"]["method_name"].as_str().unwrap_or_default();
        let told = self.functions.entry(name.to_owned()).or_default();
        if is_error {
            *(if own["handled"] == true { &mut told.handled_aloud } else { &mut told.logged }) += 1;
        }
        let count = |name: &str| own[name].as_u64().unwrap_or(0);
        told.suppressed += count("suppressed");
        told.dropped += count("dropped");
        told.handled += count("handled_count");
        true
    }

    /// Of an error that is new.
    fn check(&mut self, line: &str, json: &Value) {
        // A handled error has a level of its own.
        if json["track_errors"]["handled"] != true
            && let Err(problem) = admission::check_datadog(line)
        {
            self.problems.push(format!("{problem:?}"));
        }
        let message = json["message"].as_str().unwrap_or_default();
        let number = message.rsplit_once("number ").and_then(|(_, number)| number.parse().ok());
        if !number.is_some_and(|number| self.numbers.insert(number)) {
            self.problems.push(format!("an error was logged before: {message}"));
        }
    }

    pub(crate) fn sum(&self, count: fn(&Told) -> u64) -> u64 {
        self.functions.values().map(count).sum()
    }
}
