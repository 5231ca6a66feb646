//! The compile-time cost of the attribute.
//!
//! In: one crate, with the attribute on each function that compiles with both attributes, and a program that
//! uses it. Out: the cost of `cargo check` and `cargo build --release` of the crate alone, with its
//! dependencies built before, and the size of the program. The rounds of the variants alternate. CPU time is
//! reported beside wall time, because it is more reliable on a busy machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::cargo::Cargo;
use crate::compare::{Bench, Setting};
use crate::crates::{CRATES, Crate};
use crate::report::thousands;
use crate::source::{self, Variant};

/// The crate: many functions, few dependencies.
const CRATE: &str = "sqlparser";

/// A program that can reach nearly all functions of the crate.
const PROGRAM: &str = "\
fn main() {
    PREPARE
    for sql in std::env::args().skip(1) {
        println!(\"{:?}\", sqlparser::parser::Parser::parse_sql(
            &sqlparser::dialect::GenericDialect {}, &sql));
    }
}
";

/// The set-up of a program that logs its errors as JSON.
const SUBSCRIBER: &str = "tracing_subscriber::fmt().json().init();";

/// The measurement.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    name: String,
    version: String,
    /// How many functions have the attribute.
    functions: usize,
    rounds: usize,
    variants: Vec<Cost>,
}

/// The cost of one variant. Times are medians.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cost {
    variant: String,
    check: Time,
    release: Time,
    /// Size of the program in bytes.
    size: u64,
    stripped: u64,
    /// The same for a program that logs as JSON.
    with_subscriber: Option<[u64; 2]>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
struct Time {
    cpu: Duration,
    wall: Duration,
}

/// The crate without its optional dependencies: only the crate itself is measured.
fn krate() -> Result<Crate> {
    let krate = CRATES.iter().find(|krate| krate.name == CRATE).context("not in the corpus")?;
    let features = &["--no-default-features", "--features=std"];
    Ok(Crate { features, targets: &["--lib"], ..*krate })
}

fn folder(setting: &Setting, variant: Variant) -> PathBuf {
    setting.work_dir.join("compile-time").join(variant.name())
}

/// Copies of the crate, plain and with each attribute, all on the same functions: those that compile with both.
#[derive(Debug, Serialize)]
pub(crate) struct Copies {
    /// Where the copies are, and how cargo checks one; for the script `tests/benches/compile_time`.
    pub(crate) folders: [PathBuf; 3],
    pub(crate) arguments: Vec<&'static str>,
    pub(crate) functions: usize,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

const VARIANTS: [Variant; 3] = [Variant::Plain, Variant::TrackErrors, Variant::Tracing];

/// Writes the copies.
pub(crate) fn copies(setting: &Setting) -> Result<Copies> {
    let krate = &krate()?;
    let bench = Bench::new(krate, setting)?;
    let mut meant = bench.compiled()?;
    for variant in [Variant::TrackErrors, Variant::Tracing] {
        let (_, refused, _) = bench.build_what_compiles(variant, &meant, &["check"])?;
        for function in refused {
            meant.remove(&(function.file, function.index));
        }
    }
    let folders = VARIANTS.map(|variant| folder(setting, variant).join(CRATE));
    for (variant, folder) in VARIANTS.into_iter().zip(&folders) {
        source::copy(
            krate,
            variant,
            &bench.source,
            folder,
            &setting.track_errors,
            &bench.functions,
            &|id| meant.contains(id),
        )?;
    }
    Ok(Copies {
        folders,
        arguments: [&["check"], krate.targets, krate.features].concat(),
        functions: meant.len(),
        name: krate.name,
        version: krate.version,
    })
}

/// Measures, and saves the result for the tables.
pub(crate) fn measure(setting: &Setting, rounds: usize) -> Result<Measured> {
    let krate = &krate()?;
    let copies = copies(setting)?;
    let cargo = &Cargo {
        target_dir: setting.work_dir.join("target"),
        log_dir: setting.work_dir.join("logs/compile-time"),
    };
    let check: &[&str] = &["check", "--lib"];
    let release: &[&str] = &["build", "--release", "--lib"];
    let mut times = VARIANTS.map(|_| [Vec::new(), Vec::new()]);
    // The first round builds the dependencies.
    for round in 0..=rounds {
        for (folder, times) in copies.folders.iter().zip(&mut times) {
            for (command, times) in [check, release].into_iter().zip(times) {
                let time = build_once(cargo, folder, krate, command)?;
                if round > 0 {
                    times.push(time);
                }
            }
        }
    }
    let mut costs = Vec::new();
    for (variant, [check, release]) in VARIANTS.into_iter().zip(times) {
        let folder = folder(setting, variant);
        let [size, stripped] = program(cargo, &folder.join("program"), "")?;
        let with_subscriber = match variant {
            Variant::Tracing => {
                Some(program(cargo, &folder.join("program-with-subscriber"), SUBSCRIBER)?)
            }
            _ => None,
        };
        costs.push(Cost {
            variant: variant.name().into(),
            check: median(check),
            release: median(release),
            size,
            stripped,
            with_subscriber,
        });
    }
    let measured = Measured {
        name: krate.name.into(),
        version: krate.version.into(),
        functions: copies.functions,
        rounds,
        variants: costs,
    };
    fs::write(file(&setting.work_dir), serde_json::to_string_pretty(&measured)?)?;
    Ok(measured)
}

/// Builds only the crate, from scratch.
fn build_once(cargo: &Cargo, folder: &Path, krate: &Crate, command: &[&str]) -> Result<Time> {
    source::touch(folder)?;
    let arguments = [command, krate.features].concat();
    let finished = cargo.run(folder, &arguments, &format!("{}.log", command[0]), true)?;
    ensure!(finished.success, "{} does not build: {}", folder.display(), finished.output);
    Ok(Time { cpu: finished.cpu, wall: finished.wall })
}

/// The size of a program that uses the crate: as built, and stripped.
fn program(cargo: &Cargo, folder: &Path, prepare: &str) -> Result<[u64; 2]> {
    let name = if prepare.is_empty() { "program" } else { "program-with-subscriber" };
    let mut manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{CRATE} = {{ path = \"../{CRATE}\", default-features = false, features = \
         [\"std\"] }}\n",
    );
    if !prepare.is_empty() {
        manifest.push_str("tracing-subscriber = { version = \"0.3.23\", features = [\"json\"] }\n");
    }
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), PROGRAM.replace("PREPARE", prepare))?;
    let finished = cargo.run(folder, &["build", "--release"], "program.log", true)?;
    ensure!(finished.success, "{} does not build: {}", folder.display(), finished.output);
    let built = cargo.target_dir.join("release").join(name);
    let stripped = folder.join("stripped");
    let status = Command::new("strip").arg("-o").arg(&stripped).arg(&built).status();
    ensure!(status.context("strip cannot be started")?.success(), "strip fails");
    Ok([fs::metadata(&built)?.len(), fs::metadata(&stripped)?.len()])
}

fn median(mut times: Vec<Time>) -> Time {
    times.sort_by_key(|time| time.cpu);
    let cpu = times[times.len() / 2].cpu;
    times.sort_by_key(|time| time.wall);
    Time { cpu, wall: times[times.len() / 2].wall }
}

fn file(work_dir: &Path) -> PathBuf {
    work_dir.join("compile-time.json")
}

/// The measurement of an earlier run.
pub(crate) fn load(work_dir: &Path) -> Result<Option<Measured>> {
    let Ok(text) = fs::read_to_string(file(work_dir)) else { return Ok(None) };
    Ok(Some(serde_json::from_str(&text)?))
}

/// The measurement in markdown.
pub(crate) fn table(measured: &Measured) -> String {
    let mut text = format!(
        "`{} {}` alone, with the attribute on {} functions. CPU seconds (wall seconds), medians; rounds: {}. \
         Sizes are those of a program that parses SQL with it.\n\n\
         | | `cargo check` | `cargo build --release` | program | stripped | logging JSON | stripped |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
        measured.name,
        measured.version,
        thousands(measured.functions),
        measured.rounds
    );
    for cost in &measured.variants {
        let time =
            |time: Time| format!("{:.2} ({:.2})", time.cpu.as_secs_f64(), time.wall.as_secs_f64());
        let kib = |bytes: u64| format!("{} KiB", thousands((bytes / 1024) as usize));
        let logging = match cost.variant.as_str() {
            "plain" => ["–".into(), "–".into()],
            _ => cost.with_subscriber.unwrap_or([cost.size, cost.stripped]).map(kib),
        };
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            cost.variant,
            time(cost.check),
            time(cost.release),
            kib(cost.size),
            kib(cost.stripped),
            logging.join(" | ")
        ));
    }
    text
}
