//! Puts `#[track_errors]` on every function of published crates that returns a `Result`, and checks that they
//! compile, warn and pass their own tests as before.
//!
//! In: names of crates (all of [`crates::CRATES`] if there are none). Out: what differs, on stdout;
//! exit code 1 if `track_errors` changed anything. See `docs/corpus.md`.

mod annotate;
mod cargo;
mod compare;
mod compile_time;
mod crates;
mod report;
mod source;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::compare::{Outcome, Setting};
use crate::crates::{CRATES, Crate};
use crate::source::Variant;

const USAGE: &str = "\
Usage: track_errors_corpus [OPTIONS] [CRATE…]

Compares each CRATE (all of them if none is named) with and without the attribute.

Commands:
  count               say how many functions each crate has, and compile nothing
  copies              write what tests/benches/compile_time builds, and say where, as JSON
  compile-time        measure what the attributes cost the compiler
  table               print what was compared and measured, and compile nothing

Options:
  --slice             one small crate, track_errors alone
  --variant NAME      track_errors or tracing; both if it is not given
  --track-errors DIR  the package to test; the one in this repository if it is not given
  --work-dir DIR      where sources, builds and logs go; `target/corpus` beside this package
  --missing           leave out the crates that were compared before
  --rounds NUMBER     how often `compile-time` builds each variant; 7 if it is not given
  --write             write docs/corpus.md from all that was compared and measured
  --help              print this";

struct Arguments {
    setting: Setting,
    crates: Vec<&'static Crate>,
    command: Command,
    missing: bool,
    rounds: usize,
    write: bool,
}

#[derive(Clone, Copy)]
enum Command {
    Compare,
    Count,
    Copies,
    CompileTime,
    Table,
}

/// The part before it in `docs/corpus.md` is written by hand.
const MARKER: &str = "<!-- What follows is written by tests/corpus with --write. -->";

fn main() -> Result<ExitCode> {
    let Some(arguments) = arguments()? else {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    let setting = &arguments.setting;
    let code = match arguments.command {
        Command::Compare => compare(&arguments)?,
        Command::Count => return count(&arguments),
        Command::Copies => {
            println!("{}", serde_json::to_string(&compile_time::copies(setting)?)?);
            ExitCode::SUCCESS
        }
        Command::CompileTime => {
            print!("{}", compile_time::table(&compile_time::measure(setting, arguments.rounds)?));
            ExitCode::SUCCESS
        }
        Command::Table => {
            print!("{}", report::results(setting)?);
            ExitCode::SUCCESS
        }
    };
    if arguments.write {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/corpus.md");
        let before = std::fs::read_to_string(&file)?;
        let Some((by_hand, _)) = before.split_once(MARKER) else {
            bail!("docs/corpus.md lacks the line {MARKER}");
        };
        std::fs::write(file, format!("{by_hand}{MARKER}\n\n{}", report::results(setting)?))?;
    }
    Ok(code)
}

fn compare(arguments: &Arguments) -> Result<ExitCode> {
    let mut clean = true;
    for krate in &arguments.crates {
        if arguments.missing && is_known(krate, &arguments.setting) {
            continue;
        }
        match compare::compare(krate, &arguments.setting) {
            Ok(outcome) => {
                print(&outcome);
                let ours = outcome.variants.get(Variant::TrackErrors.name());
                clean &= ours.is_none_or(compare::VariantOutcome::is_clean);
                compare::save(krate, outcome, &arguments.setting.work_dir)?;
            }
            Err(error) => {
                println!("## {}: {error:#}\n", krate.name);
                clean = false;
            }
        }
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether all variants of the crate were compared before.
fn is_known(krate: &Crate, setting: &Setting) -> bool {
    compare::load(krate, &setting.work_dir).is_some_and(|before| {
        setting.variants.iter().all(|variant| before.variants.contains_key(variant.name()))
    })
}

fn arguments() -> Result<Option<Arguments>> {
    use lexopt::prelude::{Long, Value, ValueExt};
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut arguments = Arguments {
        setting: Setting {
            work_dir: here.join("target/corpus"),
            track_errors: here.join("../../runtime"),
            variants: vec![Variant::TrackErrors, Variant::Tracing],
        },
        crates: Vec::new(),
        command: Command::Compare,
        missing: false,
        rounds: 7,
        write: false,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("slice") => {
                arguments.crates.extend(find_crate(crates::SLICE));
                arguments.setting.variants = vec![Variant::TrackErrors];
            }
            Long("variant") => {
                let name = parser.value()?.string()?;
                let variants = [Variant::TrackErrors, Variant::Tracing];
                let variant = variants.into_iter().find(|variant| variant.name() == name);
                let variant = variant.with_context(|| {
                    format!("there is no variant {name:?}: expected track_errors or tracing")
                })?;
                arguments.setting.variants = vec![variant];
            }
            Long("track-errors") => arguments.setting.track_errors = parser.value()?.into(),
            Long("work-dir") => arguments.setting.work_dir = parser.value()?.into(),
            Long("missing") => arguments.missing = true,
            Long("write") => arguments.write = true,
            Long("help") => return Ok(None),
            Long("rounds") => arguments.rounds = parser.value()?.parse()?,
            Value(name) if name == "count" => arguments.command = Command::Count,
            Value(name) if name == "copies" => arguments.command = Command::Copies,
            Value(name) if name == "compile-time" => arguments.command = Command::CompileTime,
            Value(name) if name == "table" => arguments.command = Command::Table,
            Value(name) => {
                let name = name.string()?;
                let Some(krate) = find_crate(&name) else {
                    let names = CRATES.iter().map(|krate| krate.name).collect::<Vec<_>>();
                    bail!("{name:?} is not in the corpus: expected one of {}", names.join(", "));
                };
                arguments.crates.push(krate);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if arguments.crates.is_empty() {
        arguments.crates.extend(CRATES);
    }
    std::fs::create_dir_all(&arguments.setting.work_dir)?;
    for folder in [&mut arguments.setting.work_dir, &mut arguments.setting.track_errors] {
        *folder = absolute(folder)?;
    }
    Ok(Some(arguments))
}

fn find_crate(name: &str) -> Option<&'static Crate> {
    CRATES.iter().find(|krate| krate.name == name)
}

fn absolute(folder: &Path) -> Result<PathBuf> {
    folder.canonicalize().with_context(|| format!("{} cannot be found", folder.display()))
}

fn count(arguments: &Arguments) -> Result<ExitCode> {
    for krate in &arguments.crates {
        let source = source::fetch(krate, &arguments.setting.work_dir)?;
        let functions = source::functions(&source)?;
        println!(
            "{} {}: {} {:?}",
            krate.name,
            krate.version,
            functions.count(),
            functions.left_out
        );
        for error in functions.unparsed {
            println!("    {error}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(outcome: &Outcome) {
    println!("## {} {}", outcome.name, outcome.version);
    println!("{} functions; left out {:?}", outcome.functions, outcome.left_out);
    println!("tests {:?}; unsteady {:?}", outcome.tests, outcome.unsteady);
    for error in &outcome.unparsed {
        println!("not parsed: {error}");
    }
    for (name, variant) in &outcome.variants {
        println!(
            "\n{name}: {} do not compile, {} new warnings, {} tests changed",
            variant.refused.len(),
            variant.new_warnings.len(),
            variant.changed.len()
        );
        if name == Variant::TrackErrors.name() {
            for refused in &variant.refused {
                println!(
                    "{} in {}:\n{}",
                    refused.name,
                    refused.file.display(),
                    head(&refused.message)
                );
            }
            for warning in &variant.new_warnings {
                println!("{}", head(warning));
            }
        }
        for (test, before, after) in &variant.changed {
            println!("{test}: {before:?}, now {after:?}");
        }
    }
    println!();
}

/// The beginning of a message; the outcome's file has all of it.
fn head(message: &str) -> String {
    message.lines().take(8).map(|line| format!("    {line}\n")).collect()
}
