//! The sources of a crate: where they come from, and copies of them with the attribute put in.
//!
//! In: a crate of the table. Out: folders in the work directory, one per variant, each of which is a
//! workspace that cargo can build.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, value};

use crate::annotate::{self, Function, LeftOut, Reason};
use crate::crates::Crate;

/// The attribute that is put on the functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Variant {
    /// Nothing.
    Plain,
    /// An attribute that makes the compiler report which functions it compiles, and does nothing else.
    Census,
    /// `#[track_errors]`
    TrackErrors,
    /// `#[tracing::instrument]`
    Tracing,
}

/// A lint that no crate which compiles can trigger. Expecting it gives one warning per function.
const CENSUS_LINT: &str = "bindings_with_variant_name";

impl Variant {
    /// Its name in folders and results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Variant::Plain => "plain",
            Variant::Census => "census",
            Variant::TrackErrors => "track_errors",
            Variant::Tracing => "tracing",
        }
    }

    /// The text before a function of a file.
    fn attribute(self, krate: &Crate, file: &Path, function: &str) -> String {
        let is_described = |known: &(&str, &str)| file == Path::new(known.0) && function == known.1;
        match self {
            Variant::TrackErrors if krate.described_by_display.iter().any(is_described) => {
                r#"#[::track_errors::track_errors(describe = "display")]"#.into()
            }
            Variant::Plain => String::new(),
            Variant::Census => format!("#[expect({CENSUS_LINT})]"),
            Variant::TrackErrors => "#[::track_errors::track_errors]".into(),
            Variant::Tracing => "#[::tracing::instrument(skip_all, err)]".into(),
        }
    }
}

/// The functions of a crate, by the path of their file relative to the crate.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    pub(crate) files: BTreeMap<PathBuf, Vec<Function>>,
    pub(crate) left_out: LeftOut,
    /// Files that `syn` cannot parse, with its message.
    pub(crate) unparsed: Vec<String>,
}

impl Functions {
    pub(crate) fn count(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }
}

/// A function of a crate: the path of its file, and which one of that file.
pub(crate) type FunctionId = (PathBuf, usize);

/// The functions with an attribute in a copy, by file: the range in bytes, attribute included, and which
/// function it is.
#[derive(Debug, Default)]
pub(crate) struct Annotated {
    files: BTreeMap<PathBuf, Vec<(Range<usize>, usize)>>,
}

impl Annotated {
    /// The innermost function around a byte of a file.
    pub(crate) fn function_at(&self, file: &Path, byte: usize) -> Option<FunctionId> {
        let around = self.files.get(file)?.iter().filter(|(range, _)| range.contains(&byte));
        let (_, index) = around.max_by_key(|(range, _)| range.start)?;
        Some((file.to_owned(), *index))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = FunctionId> {
        self.files.iter().flat_map(|(file, functions)| {
            functions.iter().map(move |(_, index)| (file.clone(), *index))
        })
    }
}

/// Fetches the sources of a crate from the package registry, through a package that depends on it. Returns
/// cargo's folder of them, which must not be written to.
pub(crate) fn fetch(krate: &Crate, work_dir: &Path) -> Result<PathBuf> {
    let scratch = work_dir.join("fetch").join(krate.name);
    fs::create_dir_all(scratch.join("src"))?;
    fs::write(scratch.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{} = {{ version = \"={}\", default-features = false }}\n",
        krate.name, krate.version,
    );
    fs::write(scratch.join("Cargo.toml"), manifest)?;
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--quiet"])
        .current_dir(&scratch)
        .output()?;
    ensure!(
        output.status.success(),
        "{} {} cannot be fetched: {}",
        krate.name,
        krate.version,
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let package = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == krate.name && package["source"].is_string())
        .context("cargo does not list the package")?;
    let manifest = Path::new(package["manifest_path"].as_str().context("no manifest_path")?);
    Ok(manifest.parent().context("a manifest without a folder")?.to_owned())
}

/// Types of other crates whose name ends in `Result`, but that are none: that of `quickcheck`.
const NO_RESULTS: [&str; 1] = ["TestResult"];

/// Finds the functions in the sources and the integration tests of a crate.
pub(crate) fn functions(source: &Path) -> Result<Functions> {
    let mut functions = Functions::default();
    let mut types = NO_RESULTS.map(String::from).into_iter().collect::<BTreeSet<_>>();
    let mut aliases = BTreeSet::new();
    for folder in ["src", "tests"] {
        let mut files = Vec::new();
        if source.join(folder).is_dir() {
            rust_files(&source.join(folder), &mut files)?;
        }
        for file in files {
            let text = fs::read_to_string(&file)?;
            let name = file.strip_prefix(source)?.to_owned();
            match annotate::find(&text) {
                Ok(found) => {
                    for (reason, count) in found.left_out {
                        *functions.left_out.entry(reason).or_default() += count;
                    }
                    functions.files.insert(name, found.functions);
                    types.extend(found.types);
                    aliases.extend(found.aliases);
                }
                Err(error) => functions.unparsed.push(format!("{}: {error:#}", name.display())),
            }
        }
    }
    let before = functions.count();
    // An alias in another file may be used here.
    types.retain(|name| !aliases.contains(name));
    for found in functions.files.values_mut() {
        found.retain(|function| !types.contains(&function.result));
    }
    let no_result = before - functions.count();
    if no_result > 0 {
        functions.left_out.insert(Reason::NoResult, no_result);
    }
    Ok(functions)
}

/// Folders of programs that tests compile and whose messages they compare.
const NOT_TO_TOUCH: [&str; 6] =
    ["ui", "compile-fail", "compile_fail", "compiletest", "fail", "macros"];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            let in_tests = path.parent().is_some_and(|parent| parent.ends_with("tests"));
            let name = entry.file_name();
            if !(in_tests && NOT_TO_TOUCH.iter().any(|other| name == *other)) {
                rust_files(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Files that packaging and fetching leave, and files that choose another compiler.
const NOT_COPIED: [&str; 6] = [
    ".cargo-ok",
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml.orig",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// A copy of a crate that can be built.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) folder: PathBuf,
    pub(crate) annotated: Annotated,
}

/// Copies a crate and puts the attribute of the variant on the functions that `is_meant` selects. Only files
/// that differ are replaced, so that cargo sees no change where there is none.
pub(crate) fn copy(
    krate: &Crate,
    variant: Variant,
    source: &Path,
    folder: &Path,
    track_errors: &Path,
    functions: &Functions,
    is_meant: &dyn Fn(&FunctionId) -> bool,
) -> Result<Copy> {
    let mut annotated = Annotated::default();
    let mut files = Vec::new();
    all_files(source, &mut files)?;
    for file in files {
        let name = file.strip_prefix(source)?.to_owned();
        let to = folder.join(&name);
        if NOT_COPIED.iter().any(|other| name == Path::new(other)) {
            continue;
        }
        let mut content = fs::read(&file)?;
        if name == Path::new("Cargo.toml") {
            content = manifest(krate, variant, &String::from_utf8(content)?, track_errors)
                .with_context(|| format!("the manifest of {}", krate.name))?
                .into_bytes();
        } else if let Some(found) = functions.files.get(&name)
            && variant != Variant::Plain
        {
            let text = String::from_utf8(content)?;
            let meant = found
                .iter()
                .enumerate()
                .filter(|(index, _)| is_meant(&(name.clone(), *index)))
                .map(|(index, function)| {
                    (index, function, variant.attribute(krate, &name, &function.name))
                })
                .collect::<Vec<_>>();
            let list = meant.iter().map(|(_, function, attribute)| (*function, &**attribute));
            let (text, ranges) = annotate::insert(&text, &list.collect::<Vec<_>>());
            let indices = meant.iter().map(|(index, ..)| *index);
            annotated.files.insert(name.clone(), ranges.into_iter().zip(indices).collect());
            content = text.into_bytes();
        }
        write_if_changed(&to, &content)?;
    }
    Ok(Copy { folder: folder.to_owned(), annotated })
}

/// Makes the sources of a package newer than all earlier builds.
pub(crate) fn touch(folder: &Path) -> Result<()> {
    let lib = folder.join("src/lib.rs");
    let text = fs::read(&lib)?;
    fs::write(&lib, text).with_context(|| format!("writing {}", lib.display()))
}

fn all_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            all_files(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn write_if_changed(to: &Path, content: &[u8]) -> Result<()> {
    if fs::read(to).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, content).with_context(|| format!("writing {}", to.display()))
}

/// The manifest of the copy: a workspace of its own, with the dependency that the attribute needs.
fn manifest(krate: &Crate, variant: Variant, text: &str, track_errors: &Path) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    manifest.insert("workspace", Item::Table(Table::new()));
    let root: &mut dyn TableLike = manifest.as_table_mut();
    drop_dev_dependencies(root, krate.without_dev);
    if let Some(targets) = root.get_mut("target").and_then(Item::as_table_like_mut) {
        for (_, target) in targets.iter_mut() {
            if let Some(target) = target.as_table_like_mut() {
                drop_dev_dependencies(target, krate.without_dev);
            }
        }
    }
    drop_features(root, krate.without_dev);
    let dependencies = root.entry("dependencies").or_insert(Item::Table(Table::new()));
    let Some(dependencies) = dependencies.as_table_like_mut() else {
        bail!("`dependencies` is no table");
    };
    match variant {
        Variant::Plain | Variant::Census => {}
        Variant::TrackErrors => {
            let mut dependency = InlineTable::new();
            dependency.insert("path", track_errors.to_string_lossy().as_ref().into());
            dependencies.insert("track_errors", value(dependency));
        }
        Variant::Tracing => {
            let mut features = toml_edit::Array::from_iter(["attributes", "std"]);
            let has = dependencies.get("tracing").and_then(Item::as_table_like);
            let had = has.and_then(|has| has.get("features")).and_then(Item::as_array);
            features.extend(had.into_iter().flatten().cloned());
            let mut dependency = InlineTable::new();
            dependency.insert("version", "0.1.44".into());
            let is_optional = has.is_some_and(|has| has.get("optional").is_some());
            if is_optional {
                dependency.insert("optional", true.into());
            }
            dependency.insert("features", features.into());
            dependencies.insert("tracing", value(dependency));
            if is_optional {
                enable_tracing(root);
            }
        }
    }
    Ok(manifest.to_string())
}

fn drop_dev_dependencies(table: &mut dyn TableLike, names: &[&str]) {
    if let Some(table) = table.get_mut("dev-dependencies").and_then(Item::as_table_like_mut) {
        for name in names {
            table.remove(name);
        }
    }
}

/// Makes an optional `tracing` a default. It has a feature of its own name unless another feature names it
/// with `dep:`.
fn enable_tracing(root: &mut dyn TableLike) {
    let features = root.entry("features").or_insert(Item::Table(Table::new()));
    let Some(features) = features.as_table_like_mut() else { return };
    let of_features = features.iter().filter_map(|(_, feature)| feature.as_array());
    let is_named = of_features.flatten().any(|entry| entry.as_str() == Some("dep:tracing"));
    let default = features.entry("default").or_insert(value(toml_edit::Array::new()));
    if let Some(default) = default.as_array_mut() {
        default.push(if is_named { "dep:tracing" } else { "tracing" });
    }
}

/// Takes `NAME/…` out of all features.
fn drop_features(root: &mut dyn TableLike, names: &[&str]) {
    let Some(features) = root.get_mut("features").and_then(Item::as_table_like_mut) else { return };
    for (_, feature) in features.iter_mut() {
        if let Some(feature) = feature.as_array_mut() {
            feature.retain(|entry| {
                let name = entry.as_str().and_then(|entry| entry.split_once('/'));
                name.is_none_or(|(name, _)| !names.contains(&name))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crates::CRATES;

    #[test]
    fn a_manifest_gets_the_dependency_and_is_a_workspace() {
        let text = "[package]\nname = \"a\"\n[dev-dependencies.trybuild]\nversion = \"1\"\n";
        let krate = CRATES.iter().find(|krate| krate.name == "serde_json").unwrap();
        let manifest = manifest(krate, Variant::TrackErrors, text, Path::new("/runtime")).unwrap();
        assert!(manifest.contains("[workspace]"), "{manifest}");
        assert!(manifest.contains("track_errors = { path = \"/runtime\" }"), "{manifest}");
        assert!(!manifest.contains("trybuild"), "{manifest}");
    }

    #[test]
    fn features_of_tracing_that_a_crate_wants_are_kept() {
        let text = "[package]\nname = \"a\"\n[dependencies]\n\
                    tracing = { version = \"0.1\", features = [\"log\"] }\n";
        let manifest = manifest(&CRATES[0], Variant::Tracing, text, Path::new("/runtime")).unwrap();
        assert!(manifest.contains(r#"["attributes", "std","log"]"#), "{manifest}");
    }

    #[test]
    fn an_optional_tracing_is_enabled() {
        let text = "[package]\nname = \"a\"\n[dependencies]\ntracing = { version = \"0.1\", \
                    optional = true }\n[features]\ndefault = []\nlog = [\"dep:tracing\"]\n";
        let manifest = manifest(&CRATES[0], Variant::Tracing, text, Path::new("/runtime")).unwrap();
        assert!(manifest.contains(r#"default = ["dep:tracing"]"#), "{manifest}");
    }

    #[test]
    fn the_innermost_function_around_a_byte_is_found() {
        let file = PathBuf::from("src/lib.rs");
        let ranges = vec![(0..100, 0), (10..20, 1), (30..40, 2)];
        let annotated = Annotated { files: [(file.clone(), ranges)].into() };
        assert_eq!(annotated.function_at(&file, 15), Some((file.clone(), 1)));
        assert_eq!(annotated.function_at(&file, 25), Some((file.clone(), 0)));
        assert_eq!(annotated.function_at(&file, 100), None);
    }
}
