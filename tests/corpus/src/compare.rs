//! One crate, with and without the attribute.
//!
//! In: a crate of the table. Out: an [`Outcome`], which has for each attribute the functions that do not
//! compile with it, the new warnings, and the tests that end differently.
//!
//! The place of a compiler message shows which function does not compile. It loses its attribute, and the
//! rest is compiled again. A test counts as changed if it ends differently in two runs, and ends the same in
//! two runs of the plain crate.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::annotate::{LeftOut, Reason};
use crate::cargo::{self, Cargo, Diagnostic, Ended, Tests};
use crate::crates::Crate;
use crate::source::{self, Copy, FunctionId, Functions, Variant};

/// Folders for all crates.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) work_dir: PathBuf,
    /// The package `track_errors`.
    pub(crate) track_errors: PathBuf,
    pub(crate) variants: Vec<Variant>,
}

/// The outcome for one crate.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Functions that return a `Result`, that a target compiles, and that can have the attribute.
    pub(crate) functions: usize,
    pub(crate) left_out: LeftOut,
    /// Files that could not be parsed.
    pub(crate) unparsed: Vec<String>,
    /// How many tests of the plain crate ended in which way.
    pub(crate) tests: BTreeMap<Ended, usize>,
    /// Tests of the plain crate that do not always end the same.
    pub(crate) unsteady: BTreeSet<String>,
    pub(crate) variants: BTreeMap<String, VariantOutcome>,
}

/// The outcome for one crate and one attribute.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct VariantOutcome {
    pub(crate) refused: Vec<Refused>,
    pub(crate) new_warnings: Vec<String>,
    pub(crate) changed: Vec<(String, Ended, Ended)>,
}

impl VariantOutcome {
    /// Whether the attribute changed nothing.
    pub(crate) fn is_clean(&self) -> bool {
        self.refused.is_empty() && self.new_warnings.is_empty() && self.changed.is_empty()
    }
}

/// A function that does not compile with the attribute.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) file: PathBuf,
    /// Which function of the file.
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) message: String,
}

/// Compares one crate with itself.
pub(crate) fn compare(krate: &Crate, setting: &Setting) -> Result<Outcome> {
    Bench::new(krate, setting)?.compare()
}

/// One crate, ready to be copied and built.
pub(crate) struct Bench<'a> {
    krate: &'a Crate,
    setting: &'a Setting,
    pub(crate) source: PathBuf,
    pub(crate) functions: Functions,
    pub(crate) cargo: Cargo,
    /// The last variant that was built.
    last: Cell<Option<Variant>>,
}

impl<'a> Bench<'a> {
    /// Fetches the sources, and finds their functions.
    pub(crate) fn new(krate: &'a Crate, setting: &'a Setting) -> Result<Self> {
        let source = source::fetch(krate, &setting.work_dir)?;
        let functions = source::functions(&source)?;
        let cargo = Cargo {
            target_dir: setting.work_dir.join("target"),
            log_dir: setting.work_dir.join("logs").join(krate.name),
        };
        Ok(Bench { krate, setting, source, functions, cargo, last: Cell::new(None) })
    }

    fn compare(&self) -> Result<Outcome> {
        let plain = self.copy(Variant::Plain, &|_| true)?;
        let built = self.build(&plain, Variant::Plain, &["test", "--no-run"])?;
        ensure!(built.success, "the plain crate does not build; see the logs");
        let warnings = self.warnings(&plain, Variant::Plain, &built.messages)?;
        let first = self.tests(&plain, Variant::Plain)?;
        let mut again = None;

        let compiled = self.compiled()?;
        ensure!(!compiled.is_empty(), "no target compiles any of the functions; see the logs");
        let mut left_out = self.functions.left_out.clone();
        let not_compiled = self.functions.count() - compiled.len();
        if not_compiled > 0 {
            left_out.insert(Reason::NotCompiled, not_compiled);
        }
        let mut outcome = Outcome {
            name: self.krate.name.into(),
            version: self.krate.version.into(),
            functions: compiled.len(),
            left_out,
            unparsed: self.functions.unparsed.clone(),
            tests: first.values().fold(BTreeMap::new(), |mut counts, ended| {
                *counts.entry(*ended).or_default() += 1;
                counts
            }),
            unsteady: BTreeSet::new(),
            variants: BTreeMap::new(),
        };
        for &variant in &self.setting.variants {
            let (copy, refused, messages) =
                self.build_what_compiles(variant, &compiled, &["test", "--no-run"])?;
            let new_warnings = self.warnings(&copy, variant, &messages)?;
            let new_warnings =
                new_warnings.into_iter().filter(|(key, _)| !warnings.contains_key(key));
            let mut changed = cargo::changes(&first, &self.tests(&copy, variant)?);
            if !changed.is_empty() {
                let again = match &again {
                    Some(again) => again,
                    None => &*again.insert(self.tests(&plain, Variant::Plain)?),
                };
                let unsteady = cargo::changes(&first, again);
                outcome.unsteady.extend(unsteady.into_iter().map(|(name, ..)| name));
                let confirmed = cargo::changes(again, &self.tests(&copy, variant)?);
                changed.retain(|change| {
                    confirmed.contains(change) && !outcome.unsteady.contains(&change.0)
                });
            }
            let new_warnings = new_warnings.map(|(_, rendered)| rendered).collect();
            let found = VariantOutcome { refused, new_warnings, changed };
            outcome.variants.insert(variant.name().into(), found);
        }
        Ok(outcome)
    }

    fn folder(&self, variant: Variant) -> PathBuf {
        self.setting.work_dir.join("crates").join(self.krate.name).join(variant.name())
    }

    /// The copy of a variant, with the lock file of the plain one.
    fn copy(&self, variant: Variant, is_meant: &dyn Fn(&FunctionId) -> bool) -> Result<Copy> {
        let folder = self.folder(variant);
        let copy = source::copy(
            self.krate,
            variant,
            &self.source,
            &folder,
            &self.setting.track_errors,
            &self.functions,
            is_meant,
        )?;
        let lock = folder.join("Cargo.lock");
        let from = match variant {
            Variant::Plain => self.source.join("Cargo.lock"),
            _ => self.folder(Variant::Plain).join("Cargo.lock"),
        };
        if !lock.exists() && from.exists() {
            fs::copy(from, lock)?;
        }
        Ok(copy)
    }

    /// `cargo COMMAND` with the crate's features and targets.
    fn cargo(
        &self,
        copy: &Copy,
        variant: Variant,
        command: &[&str],
        rest: &[&str],
    ) -> Result<cargo::Finished> {
        // To cargo all copies are the same package. It rebuilds sources that are newer than its last build.
        if self.last.replace(Some(variant)) != Some(variant) {
            source::touch(&copy.folder)?;
        }
        let log = format!("{}-{}.log", variant.name(), command.join(""));
        let arguments = [command, self.krate.features, self.krate.targets, rest].concat();
        self.cargo.run(&copy.folder, &arguments, &log, command == ["test"])
    }

    fn build(&self, copy: &Copy, variant: Variant, command: &[&str]) -> Result<Built> {
        let command = [command, &["--message-format=json"]].concat();
        let finished = self.cargo(copy, variant, &command, &[])?;
        let messages = cargo::diagnostics(&finished.output, &copy.folder);
        Ok(Built { success: finished.success, messages })
    }

    /// All warnings of compiler and clippy, by their identity.
    fn warnings(
        &self,
        copy: &Copy,
        variant: Variant,
        built: &[Diagnostic],
    ) -> Result<BTreeMap<String, String>> {
        let command = ["clippy", "--message-format=json"];
        // Lints that a crate denies count too, and do not stop clippy.
        let finished = self.cargo(copy, variant, &command, &["--", "--cap-lints=warn"])?;
        ensure!(finished.success, "clippy fails on {} {}", variant.name(), self.krate.name);
        let messages = cargo::diagnostics(&finished.output, &copy.folder);
        let messages = messages.iter().chain(built).filter(|message| message.level == "warning");
        Ok(messages
            .map(|message| {
                let rendered = message.rendered.as_ref().unwrap_or(&message.message);
                (message.key(), rendered.clone())
            })
            .collect())
    }

    fn tests(&self, copy: &Copy, variant: Variant) -> Result<Tests> {
        let finished = self.cargo(copy, variant, &["test"], &["--no-fail-fast"])?;
        let tests = cargo::tests(&finished.output);
        if finished.timed_out {
            eprintln!("{} {}: the tests take too long", variant.name(), self.krate.name);
        }
        Ok(tests)
    }

    /// The functions that some target compiles.
    pub(crate) fn compiled(&self) -> Result<BTreeSet<FunctionId>> {
        let copy = self.copy(Variant::Census, &|_| true)?;
        // Clippy, because it hands the last argument to this package alone.
        let command = ["clippy", "--message-format=json"];
        let finished = self.cargo(&copy, Variant::Census, &command, &["--", "--cap-lints=warn"])?;
        ensure!(finished.success, "the census of {} does not build", self.krate.name);
        let messages = cargo::diagnostics(&finished.output, &copy.folder);
        Ok(messages
            .iter()
            .filter(|message| {
                message
                    .code
                    .as_ref()
                    .is_some_and(|code| code.code == "unfulfilled_lint_expectations")
            })
            .filter_map(|message| function_of(message, &copy))
            .collect())
    }

    /// Takes the attribute off functions until the rest compiles with this command of cargo.
    pub(crate) fn build_what_compiles(
        &self,
        variant: Variant,
        compiled: &BTreeSet<FunctionId>,
        command: &[&str],
    ) -> Result<(Copy, Vec<Refused>, Vec<Diagnostic>)> {
        let mut refused: BTreeMap<FunctionId, String> = BTreeMap::new();
        loop {
            let is_meant = |id: &FunctionId| compiled.contains(id) && !refused.contains_key(id);
            let copy = self.copy(variant, &is_meant)?;
            let built = self.build(&copy, variant, command)?;
            if built.success {
                let refused = refused.into_iter().map(|((file, index), message)| Refused {
                    name: self.functions.files[&file][index].name.clone(),
                    file,
                    index,
                    message,
                });
                return Ok((copy, refused.collect(), built.messages));
            }
            let found = blamed(&built.messages, &copy);
            ensure!(
                !found.is_empty(),
                "{} with {} does not build, and no function with the attribute is to blame; see \
                 the logs",
                self.krate.name,
                variant.name()
            );
            refused.extend(found);
        }
    }
}

struct Built {
    success: bool,
    messages: Vec<Diagnostic>,
}

/// The functions with errors, with the first message of each. If an error is outside any function, all
/// functions of its file are suspected.
fn blamed(messages: &[Diagnostic], copy: &Copy) -> BTreeMap<FunctionId, String> {
    let errors = || messages.iter().filter(|message| message.is_error());
    let rendered =
        |error: &Diagnostic| error.rendered.clone().unwrap_or_else(|| error.message.clone());
    let mut blamed = BTreeMap::new();
    for error in errors() {
        if let Some(id) = function_of(error, copy) {
            blamed.entry(id).or_insert_with(|| rendered(error));
        }
    }
    if blamed.is_empty() {
        for error in errors() {
            let files = error.places().into_iter().map(|place| place.file_name.clone());
            let files = files.collect::<BTreeSet<_>>();
            let suspects = copy.annotated.all().filter(|(file, _)| files.contains(file));
            for id in suspects {
                let message = format!("one function of the file: {}", rendered(error));
                blamed.entry(id).or_insert(message);
            }
        }
    }
    blamed
}

/// The function with the attribute that a message is about.
fn function_of(message: &Diagnostic, copy: &Copy) -> Option<FunctionId> {
    let of_places = |message: &Diagnostic| {
        message
            .places()
            .into_iter()
            .find_map(|place| copy.annotated.function_at(&place.file_name, place.byte_start))
    };
    of_places(message).or_else(|| message.children.iter().find_map(of_places))
}

/// Where the outcome of a crate is kept.
pub(crate) fn outcome_file(work_dir: &Path, name: &str) -> PathBuf {
    work_dir.join("outcomes").join(format!("{name}.json"))
}

/// Saves the outcome for a later table, beside the outcomes of variants that were not compared.
pub(crate) fn save(krate: &Crate, mut outcome: Outcome, work_dir: &Path) -> Result<()> {
    if let Some(before) = load(krate, work_dir) {
        for (name, variant) in before.variants {
            outcome.variants.entry(name).or_insert(variant);
        }
    }
    let file = outcome_file(work_dir, &outcome.name);
    fs::create_dir_all(file.parent().context("no folder")?)?;
    fs::write(&file, serde_json::to_string_pretty(&outcome)?)?;
    Ok(())
}

/// The outcome of an earlier run, if there was one of the same version.
pub(crate) fn load(krate: &Crate, work_dir: &Path) -> Option<Outcome> {
    let Ok(text) = fs::read_to_string(outcome_file(work_dir, krate.name)) else { return None };
    // An older version of this program may have written it in another form.
    let Ok(outcome) = serde_json::from_str::<Outcome>(&text) else { return None };
    (outcome.version == krate.version).then_some(outcome)
}
