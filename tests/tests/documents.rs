//! The documents: links lead somewhere, and the files, tests and lines that they name exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A document, and what the tests look at in it.
struct Document {
    /// From the root of the repository.
    path: PathBuf,
    text: String,
    /// Without code.
    prose: String,
    /// Texts between single backticks.
    code: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All documents of the repository.
fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    assert!(found.len() > 15, "only {} documents were found", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Document>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            // Hidden folders, and what builds and tests write.
            if !name.starts_with('.') && !["target", "work", "corpus-work"].contains(&name) {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path).unwrap();
            let (prose, code) = without_code(&text);
            let path = path.strip_prefix(root()).unwrap().to_owned();
            found.push(Document { path, text, prose, code });
        }
    }
}

/// The text without code blocks and inline code, and the inline code.
fn without_code(text: &str) -> (String, Vec<String>) {
    let mut prose = String::new();
    let mut code = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            for (i, part) in line.split('`').enumerate() {
                if i % 2 == 0 {
                    prose.push_str(part);
                } else {
                    prose.push('x');
                    code.push(part.to_owned());
                }
            }
            prose.push('\n');
        }
    }
    (prose, code)
}

/// What is between `open` and `close`, each time.
fn between<'a>(text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    let parts = text.split(open).skip(1);
    parts.filter_map(|part| part.split_once(close)).map(|(found, _)| found).collect()
}

/// The definitions `[label]: target` of a text.
fn definitions(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    lines.collect()
}

/// The anchors of a document's headings, as GitHub and rustdoc make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut in_block = false;
    let headings = text.lines().filter(|line| {
        in_block ^= line.starts_with("```");
        !in_block && line.starts_with('#')
    });
    let anchor = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// Why a relative link of a document leads nowhere.
fn broken(document: &Document, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let from = root().join(&document.path);
    let path = if file.is_empty() { from } else { from.parent().unwrap().join(file) };
    let problem = if !path.exists() {
        "no such file"
    } else if !anchor.is_empty() && !anchors(&fs::read_to_string(&path).unwrap()).contains(anchor) {
        "no such heading"
    } else {
        return None;
    };
    Some(format!("{}: {link}: {problem}", document.path.display()))
}

#[track_caller]
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut problems = Vec::new();
    for document in documents() {
        let definitions = definitions(&document.text);
        let labels = between(&document.prose, "][", ']');
        let undefined = labels.iter().filter(|label| !definitions.contains_key(*label));
        problems.extend(
            undefined.map(|label| format!("{}: [{label}] is not defined", document.path.display())),
        );
        let unused = definitions.keys().filter(|label| !labels.contains(label));
        problems.extend(
            unused.map(|label| format!("{}: [{label}] is not used", document.path.display())),
        );
        let links =
            between(&document.prose, "](", ')').into_iter().chain(definitions.into_values());
        problems.extend(links.filter_map(|link| broken(&document, link)));
    }
    assert_none(&problems);
}

#[test]
fn links_of_the_guide_have_the_same_target_in_rustdoc() {
    const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
    let mut expected = BTreeMap::new();
    for document in documents() {
        if !document.path.starts_with("runtime/guide") {
            continue;
        }
        for (label, target) in definitions(&document.text) {
            let target = match target.strip_prefix("../../") {
                Some(file) => format!("{REPOSITORY}{file}"),
                None if target.contains("://") => continue,
                None => format!("crate::guide::{}", target.replacen(".md", "", 1)),
            };
            expected.insert(label.to_owned(), target);
        }
    }
    let file = root().join("runtime/guide/rustdoc-links.md.in");
    let text: String =
        expected.iter().map(|(label, target)| format!("[{label}]: {target}\n")).collect();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, format!("{text}\n")).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap();
    assert_eq!(found.trim_end(), text.trim_end(), "BLESS=1 writes this file");
}

#[test]
fn pages_of_the_guide_are_modules_of_the_documentation() {
    let source = fs::read_to_string(root().join("runtime/src/lib.rs")).unwrap();
    for document in documents() {
        if document.path.starts_with("runtime/guide") {
            let name = document.path.file_stem().unwrap().to_str().unwrap();
            let module = format!("{name} = \"../guide/{name}.md\";");
            assert!(source.contains(&module), "runtime/src/lib.rs lacks {module}");
        }
    }
}

#[test]
fn the_first_pages_are_short() {
    for (path, most) in [("README.md", 260), ("ARCHITECTURE.md", 250)] {
        let lines = fs::read_to_string(root().join(path)).unwrap().lines().count();
        assert!(lines <= most, "{path} has {lines} lines");
    }
}

#[test]
fn paths_in_documents_exist() {
    const FOLDERS: [&str; 5] = ["docs/", "examples/", "macros/", "runtime/", "tests/"];
    let mut problems = Vec::new();
    for document in documents() {
        for code in &document.code {
            // In CONTRIBUTING's table of tests, paths begin in `tests/`.
            let is_path = FOLDERS.iter().any(|folder| code.starts_with(folder))
                && code.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if is_path && ![root(), root().join("tests")].iter().any(|at| at.join(code).exists()) {
                problems.push(format!("{}: no {code}", document.path.display()));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn tests_that_the_security_page_names_exist() {
    let mut problems = Vec::new();
    let mut checked = 0;
    let page = documents().into_iter().find(|document| document.path == Path::new("SECURITY.md"));
    for (program, test) in page.unwrap().code.iter().filter_map(|code| code.split_once("::")) {
        checked += 1;
        if !sources(&root().join("tests/tests").join(program)).contains(&format!("fn {test}()")) {
            problems.push(format!("no test {test} in {program}"));
        }
    }
    assert!(checked > 10, "only {checked} tests are named");
    assert_none(&problems);
}

/// The source of a test program: one file, or all files of a folder.
fn sources(program: &Path) -> String {
    match fs::read_to_string(program.with_extension("rs")) {
        Ok(source) => source,
        Err(_) => {
            let files = fs::read_dir(program).unwrap().map(|entry| entry.unwrap().path());
            files.map(|file| fs::read_to_string(file).unwrap()).collect()
        }
    }
}

#[test]
fn sample_lines_of_the_debug_mode_name_places_that_write_them() {
    let mut checked = 0;
    let sources = root().join("runtime/src");
    for document in documents() {
        for place in between(&document.text, "[track_errors] [", ']') {
            let (file, line) = place.split_once(':').expect("a file and a line");
            let source = fs::read_to_string(sources.join(file)).expect(file);
            let number: usize = line.parse().expect("a number");
            let code = source.lines().nth(number - 1).unwrap_or_default();
            let writes = ["say!(", "defer!(", "explain::"].iter().any(|call| code.contains(call));
            assert!(writes, "{}: {place} writes no line: {code:?}", document.path.display());
            checked += 1;
        }
    }
    assert!(checked >= 5, "the debug mode's page has sample lines");
}

#[test]
fn the_guide_shows_the_sink_of_the_example() {
    let read = |path| fs::read_to_string(root().join(path)).unwrap();
    let guide = read("runtime/guide/outputs.md");
    let example = read("examples/services/datadog_intake/src/intake.rs");
    let (_, code) = guide.split_once("```rust,ignore\n").expect("code");
    let (code, _) = code.split_once("```").expect("its end");
    assert!(example.contains(code), "copy the code of the example");
}
