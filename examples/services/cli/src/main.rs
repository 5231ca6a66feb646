//! Sums the amounts in CSV files: stdout is data, stderr is for people, and error logs go to a file.
//!
//! ```sh
//! cargo run -- --keep-going --error-log sums.log march.csv april.csv
//! ```
//!
//! | exit code | |
//! |---|---|
//! | 0 | every file was summed |
//! | 1 | an error ended the program |
//! | 2 | the arguments are wrong |
//! | 3 | files were skipped (`--keep-going`) |

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use track_errors::{Output, track_errors};

const SOME_FILES_SKIPPED: u8 = 3;

/// Sums the last column of each file.
#[derive(Parser)]
struct Arguments {
    /// Files of lines such as `pencil;120`
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Skip files that cannot be summed
    #[arg(long)]
    keep_going: bool,
    /// Where error logs are appended, as lines of JSON; its folder must exist
    #[arg(long, default_value = "sums.log")]
    error_log: PathBuf,
}

// The error that ends the program is logged once, with its final message, as `emergency`, which OpenTelemetry calls
// FATAL.
#[track_errors(report = "boundary", level = "emergency")]
fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    track_errors::builder()
        .service("sums")
        .version(env!("CARGO_PKG_VERSION"))
        .output(Output::File(arguments.error_log))
        .init();

    let mut skipped = false;
    for path in &arguments.files {
        let sum = if arguments.keep_going {
            match sum_by_itself(path) {
                Ok(sum) => sum,
                Err(error) => {
                    eprintln!("cannot sum {path:?}: {error:#}");
                    skipped = true;
                    continue;
                }
            }
        } else {
            // Datadog groups errors by their messages too, but for numbers and what is quoted.
            sum(path).with_context(|| format!("cannot sum {path:?}"))?
        };
        match writeln!(io::stdout(), "{}\t{sum}", path.display()) {
            // `sums *.csv | head -1` has what it wants.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            result => result?,
        }
    }
    Ok(if skipped { ExitCode::from(SOME_FILES_SKIPPED) } else { ExitCode::SUCCESS })
}

/// A boundary around one file, so that its error is logged whatever becomes of the program, and not held with those
/// of other files: the boundary that is `main` would take them for handled.
#[track_errors(report = "boundary")]
fn sum_by_itself(path: &Path) -> anyhow::Result<i64> {
    sum(path)
}

#[track_errors(fields(path = %path.display()))]
fn sum(path: &Path) -> anyhow::Result<i64> {
    let text = fs::read_to_string(path).context("cannot read the file")?;
    let mut sum = 0_i64;
    for (i, line) in text.lines().enumerate() {
        let amount = amount(i + 1, line).with_context(|| format!("line {}", i + 1))?;
        sum = sum.checked_add(amount).context("the sum does not fit into 64 bits")?;
    }
    Ok(sum)
}

#[track_errors(fields(line = number))]
fn amount(number: usize, line: &str) -> anyhow::Result<i64> {
    let (_, amount) = line.rsplit_once(';').context("there is no `;`")?;
    amount.trim().parse().context("the last column is not an amount")
}
