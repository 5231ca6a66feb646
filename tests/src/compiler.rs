//! Sources that are compiled twice, with and without the attribute, to compare the diagnostics of the
//! compiler and of clippy.
//!
//! A source names the attribute by its path (`#[track_errors::track_errors(…)]`). The plain source has as
//! many blanks in its place, so that all other positions stay the same.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The tool to run on a [`Package`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    /// `cargo check`
    Check,
    /// `cargo clippy`, with these lint arguments (`-Wclippy::pedantic`).
    Clippy(&'static [&'static str]),
}

/// A package whose examples are the sources, each a separate library.
#[derive(Debug)]
pub struct Package<'a> {
    /// Where to put it: `CARGO_TARGET_TMPDIR`.
    pub directory: &'a str,
    /// Unique among the tests.
    pub name: &'a str,
    /// `"2024"`
    pub edition: &'a str,
    /// Names and source texts.
    pub sources: Vec<(String, String)>,
}

/// One error or warning.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub level: String,
    /// The name of a lint, the number of an error, or nothing.
    pub code: String,
    /// Its first line.
    pub message: String,
    /// The places that it points at: `line:column-line:column`.
    pub places: Vec<String>,
    /// Labels, notes and suggestions, each with its place.
    pub details: Vec<String>,
}

impl Debug for Diagnostic {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Diagnostic { level, code, message, places, details } = self;
        write!(f, "{level}[{code}] at {}: {message}", places.join(", "))?;
        details.iter().try_for_each(|detail| write!(f, "\n        {detail}"))
    }
}

impl Package<'_> {
    /// All diagnostics of the tool, by source, in the order of their places.
    ///
    /// # Panics
    ///
    /// If `cargo` does not run, or the dependencies of the sources do not compile.
    #[must_use]
    pub fn diagnostics(&self, tool: Tool) -> BTreeMap<String, Vec<Diagnostic>> {
        let manifest = self.write();
        let mut command = Command::new(env!("CARGO"));
        command
            .arg(match tool {
                Tool::Check => "check",
                Tool::Clippy(_) => "clippy",
            })
            .args(["--quiet", "--offline", "--examples", "--keep-going", "--message-format=json"])
            .arg("--manifest-path")
            .arg(&manifest)
            .arg("--target-dir")
            .arg(self.directory().join("target"))
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("RUSTFLAGS");
        if let Tool::Clippy(lints) = tool {
            command.arg("--").args(lints);
        }
        let output = command.output().expect("cargo starts");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        let stderr = String::from_utf8_lossy(&output.stderr);

        let mut found: BTreeMap<_, Vec<_>> =
            self.sources.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
        let mut finished = false;
        for line in stdout.lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            finished |= line["reason"] == "build-finished";
            if line["reason"] != "compiler-message" {
                continue;
            }
            let name = line["target"]["name"].as_str().expect("a name");
            let of_source = found.get_mut(name).unwrap_or_else(|| panic!("{stderr}\n{line:#}"));
            of_source.extend(Diagnostic::of(&line["message"]));
        }
        assert!(finished, "{stderr}");
        found.values_mut().for_each(|diagnostics| diagnostics.sort());
        found
    }

    /// One for all packages, so that their dependencies are compiled once.
    fn directory(&self) -> PathBuf {
        Path::new(self.directory).join("transparent")
    }

    /// The page that `rustdoc` writes for an item of each source: `"fn.parse.html"`.
    ///
    /// # Panics
    ///
    /// If `cargo` does not run, or the sources do not compile or have no such item.
    #[must_use]
    pub fn documentation(&self, item: &str) -> BTreeMap<String, String> {
        let manifest = self.write();
        let target = self.directory().join("target");
        let output = Command::new(env!("CARGO"))
            .args(["doc", "--quiet", "--offline", "--examples", "--no-deps"])
            .arg("--manifest-path")
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&target)
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("RUSTDOCFLAGS")
            .output()
            .expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let page = |name: &str| {
            fs::read_to_string(target.join("doc").join(name).join(item)).expect("a page")
        };
        self.sources.iter().map(|(name, _)| (name.clone(), page(name))).collect()
    }

    fn write(&self) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let package = self.directory().join(self.name);
        fs::create_dir_all(&package).expect("a directory");
        let mut manifest = format!(
            "[package]\nname = {:?}\nedition = {:?}\n\n[workspace]\n\n[dependencies]\n\
             track_errors = {{ path = {:?} }}\n",
            self.name,
            self.edition,
            root.join("runtime")
        );
        for (name, text) in &self.sources {
            write!(
                manifest,
                "\n[[example]]\nname = {name:?}\npath = \"{name}.rs\"\ncrate-type = [\"lib\"]\n"
            )
            .expect("a String takes everything");
            write_new(&package.join(name).with_extension("rs"), text);
        }
        let lock = fs::read_to_string(root.join("Cargo.lock")).expect("the workspace is locked");
        if !package.join("Cargo.lock").exists() {
            write_new(&package.join("Cargo.lock"), &lock);
        }
        let path = package.join("Cargo.toml");
        write_new(&path, &manifest);
        path
    }
}

/// Leaves a file with this content alone, because `cargo` compares modification times.
fn write_new(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return;
    }
    fs::write(path, text).expect("the directory can be written to");
}

impl Diagnostic {
    /// The place where it begins: `line:column`.
    #[must_use]
    pub fn start(&self) -> Option<String> {
        Some(self.places.first()?.split('-').next()?.to_owned())
    }

    /// The line in which it begins.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.start()?.split(':').next()?.parse().ok()
    }

    /// `None` for messages that only count others.
    fn of(message: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let spans = message["spans"].as_array().expect("a list");
        if spans.is_empty() && message["code"].is_null() {
            return None;
        }
        let mut details = Vec::new();
        add_labels(&mut details, spans);
        for child in message["children"].as_array().expect("a list") {
            let text = text(&child["message"]);
            // Only the first diagnostic of a kind says where the level of the lint comes from.
            if text.contains("on by default") || text.contains("implied by") {
                continue;
            }
            details.push(format!("{}: {text}", child["level"].as_str().unwrap_or_default()));
            add_labels(&mut details, child["spans"].as_array().expect("a list"));
        }
        Some(Diagnostic {
            level: text(&message["level"]),
            code: text(&message["code"]["code"]),
            message: text(&message["message"]),
            places: spans.iter().filter(|span| span["is_primary"] == true).map(place).collect(),
            details,
        })
    }
}

fn add_labels(details: &mut Vec<String>, spans: &[Value]) {
    for span in spans {
        for (kind, text) in
            [("label", &span["label"]), ("suggestion", &span["suggested_replacement"])]
        {
            if let Some(text) = text.as_str() {
                details.push(format!("{kind} at {}: {text}", place(span)));
            }
        }
    }
}

/// The place of a span; only the file name if it is in the standard library.
fn place(span: &Value) -> String {
    let file = span["file_name"].as_str().unwrap_or_default();
    if Path::new(file).components().count() > 1 && !file.contains("transparent") {
        return file.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let number = |name: &str| &span[name];
    format!(
        "{}:{}-{}:{}",
        number("line_start"),
        number("column_start"),
        number("line_end"),
        number("column_end")
    )
}

/// The source with a blank for each character of the attribute.
///
/// # Panics
///
/// If there is no attribute.
#[must_use]
pub fn without_attribute(source: &str) -> String {
    const START: &str = "#[track_errors::track_errors";
    assert!(source.contains(START), "nothing is tracked: {source}");
    let mut plain = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(START) {
        let end = at + rest[at..].find(']').expect("the end of the attribute") + 1;
        plain.push_str(&rest[..at]);
        plain.extend(rest[at..end].chars().map(|_| ' '));
        rest = &rest[end..];
    }
    plain.push_str(rest);
    plain
}

/// The diagnostics of each source without the attribute, and with it.
#[must_use]
pub fn compare(
    directory: &str,
    name: &str,
    edition: &str,
    tool: Tool,
    sources: &[(&str, &str)],
) -> BTreeMap<String, [Vec<Diagnostic>; 2]> {
    let both = sources.iter().flat_map(|(name, source)| {
        [
            (format!("{name}_plain"), without_attribute(source)),
            (format!("{name}_tracked"), (*source).to_owned()),
        ]
    });
    let package = Package { directory, name, edition, sources: both.collect() };
    let mut found = package.diagnostics(tool);
    let mut take = |name: String| found.remove(&name).expect("it was compiled");
    sources
        .iter()
        .map(|(name, _)| {
            let both = [take(format!("{name}_plain")), take(format!("{name}_tracked"))];
            ((*name).to_owned(), both)
        })
        .collect()
}

/// Asserts that the diagnostics and suggestions are the same with and without the attribute. (A label, such
/// as that of the code that makes other code unreachable, may end earlier.)
///
/// # Panics
///
/// If they differ, with the missing and the new ones.
#[track_caller]
pub fn same(plain: &[Diagnostic], tracked: &[Diagnostic]) {
    let without_labels = |diagnostics: &[Diagnostic]| -> Vec<Diagnostic> {
        let mut diagnostics = diagnostics.to_vec();
        for diagnostic in &mut diagnostics {
            diagnostic.details.retain(|detail| !detail.starts_with("label"));
        }
        diagnostics.sort();
        diagnostics
    };
    let (plain, tracked) = (without_labels(plain), without_labels(tracked));
    let [missing, new] = differences(&plain, &tracked);
    assert!(plain == tracked, "missing with the attribute: {missing:#?}\nnew: {new:#?}");
}

/// The diagnostics of the first alone, and those of the second alone.
#[must_use]
pub fn differences<'a>(
    plain: &'a [Diagnostic],
    tracked: &'a [Diagnostic],
) -> [Vec<&'a Diagnostic>; 2] {
    let not_in =
        |others: &'a [Diagnostic]| move |diagnostic: &&Diagnostic| !others.contains(diagnostic);
    [plain.iter().filter(not_in(tracked)).collect(), tracked.iter().filter(not_in(plain)).collect()]
}
