//! Imports files of orders; every failure becomes one line of JSON on stdout.
//!
//! ```text
//! cargo run --example quickstart -- FILES…
//! ```
//!
//! Without arguments, it imports the samples in `examples/data/`, most of which are broken. A file has
//! one order a line, `date;customer;amount`: the date as `YYYY-MM-DD`, the amount with two decimal
//! places (`-12.50`, in one currency). It skips empty lines and lines that begin with `#`. A bad line
//! is one failure, and the import goes on with the next line. It gives up a file with `MAX_BAD_LINES`
//! of them, such as a binary. A file that it gives up, or cannot read, adds nothing to the sum.
//!
//! stdout has the lines of `track_errors`; the summary for people goes to stderr. Exit code: 0 if
//! everything was imported, 1 if something failed.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::num::ParseIntError;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::Utf8Error;

use track_errors::track_errors;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");
const SAMPLE_FILES: [&str; 6] = [
    "march.csv",
    "bad-number.csv",
    "bad-date.csv",
    "missing-fields.csv",
    "latin-1.csv",
    "missing-file.csv",
];

/// A file with this many bad lines is not a file of orders.
const MAX_BAD_LINES: usize = 20;
/// Bytes of a line with its end. Further bytes are skipped, and never held in memory.
const MAX_LINE: usize = 1024;
/// Bytes that are skipped to find the end of a line; `/dev/zero` has none.
const MAX_SKIPPED: u64 = 1 << 30;

fn main() -> ExitCode {
    let mut files: Vec<OsString> = std::env::args_os().skip(1).collect();
    if files.is_empty() {
        files = SAMPLE_FILES.map(|name| Path::new(SAMPLES).join(name).into()).into();
    }

    let mut orders = 0;
    let mut sum = 0;
    let mut incomplete = 0;
    for file in files.iter().map(Path::new) {
        match import(file) {
            Ok(import) => {
                say(format_args!("{}: {import}", file.display()));
                orders += import.orders;
                sum += import.sum;
                incomplete += usize::from(!import.bad_lines.is_empty());
            }
            Err(error) => {
                say(format_args!(
                    "{}: nothing imported\n    {}",
                    file.display(),
                    WithCauses(&error)
                ));
                incomplete += 1;
            }
        }
    }
    say(format_args!(
        "total: {} ({incomplete} with failures), {}, {}",
        count(files.len(), "file"),
        count(orders, "order"),
        Money(sum)
    ));
    ExitCode::from(u8::from(incomplete > 0))
}

/// Prints one line for people. Unlike `eprintln!`, it does not panic if stderr is closed.
fn say(line: fmt::Arguments<'_>) {
    let _: io::Result<()> = writeln!(io::stderr(), "{line}");
}

/// The result of one file.
#[derive(Default)]
struct Import {
    orders: usize,
    /// In hundredths.
    sum: i128,
    largest: Option<Order>,
    bad_lines: Vec<ImportError>,
}

impl Import {
    fn add(&mut self, order: Order) {
        self.orders += 1;
        self.sum += order.amount;
        if self.largest.as_ref().is_none_or(|largest| largest.amount < order.amount) {
            self.largest = Some(order);
        }
    }
}

#[track_errors(service = "quickstart")]
fn import(file: &Path) -> Result<Import, ImportError> {
    let mut lines = Lines::open(file)?;
    let mut import = Import::default();
    while let Some(line) = lines.next()? {
        match line.order() {
            Ok(Some(order)) => import.add(order),
            Ok(None) => {}
            Err(error) => import.bad_lines.push(error),
        }
        if import.bad_lines.len() == MAX_BAD_LINES {
            return Err(ImportError::TooManyBadLines { place: line.place() });
        }
    }
    Ok(import)
}

/// The lines of a file, one at a time.
struct Lines<'a> {
    file: &'a Path,
    reader: BufReader<File>,
    /// At most one byte more than [`MAX_LINE`].
    line: Vec<u8>,
    number: u64,
}

impl<'a> Lines<'a> {
    #[track_errors(service = "quickstart")]
    fn open(file: &'a Path) -> Result<Self, ImportError> {
        let reader = File::open(file)
            .map_err(|source| ImportError::Open { file: file.to_owned(), source })?;
        Ok(Lines { file, reader: BufReader::new(reader), line: Vec::new(), number: 0 })
    }

    #[track_errors(service = "quickstart")]
    fn next(&mut self) -> Result<Option<Line<'_>>, ImportError> {
        self.number += 1;
        let place = || Place { file: self.file.to_owned(), line: self.number };
        let read = |source| ImportError::Read { place: place(), source };

        self.line.clear();
        let room = MAX_LINE as u64 + 1;
        self.reader.by_ref().take(room).read_until(b'\n', &mut self.line).map_err(read)?;
        if self.line.is_empty() {
            return Ok(None);
        }
        if self.line.len() > MAX_LINE && !self.line.ends_with(b"\n") {
            let skipped = self.reader.by_ref().take(MAX_SKIPPED).skip_until(b'\n').map_err(read)?;
            if skipped as u64 == MAX_SKIPPED {
                return Err(ImportError::Endless { place: place() });
            }
        }
        Ok(Some(Line { file: self.file, number: self.number, bytes: &self.line }))
    }
}

/// One line and its place, so that each error about it says where to look.
struct Line<'a> {
    file: &'a Path,
    number: u64,
    bytes: &'a [u8],
}

impl Line<'_> {
    fn place(&self) -> Place {
        Place { file: self.file.to_owned(), line: self.number }
    }

    /// The order on this line; `None` if the line is empty or a comment.
    #[track_errors(service = "quickstart")]
    fn order(&self) -> Result<Option<Order>, ImportError> {
        let text = self.text()?;
        if text.is_empty() || text.starts_with('#') {
            return Ok(None);
        }
        let fields: Vec<&str> = text.split(';').map(str::trim).collect();
        let [date, customer, amount] = fields[..] else {
            return Err(ImportError::Fields { place: self.place(), found: fields.len() });
        };
        if customer.is_empty() {
            return Err(ImportError::NoCustomer { place: self.place() });
        }
        Ok(Some(Order {
            date: self.date(date)?,
            customer: customer.to_owned(),
            amount: self.amount(amount)?,
        }))
    }

    #[track_errors(service = "quickstart")]
    fn text(&self) -> Result<&str, ImportError> {
        if self.bytes.len() > MAX_LINE {
            return Err(ImportError::TooLong { place: self.place() });
        }
        let text = std::str::from_utf8(self.bytes)
            .map_err(|source| ImportError::Encoding { place: self.place(), source })?;
        let without_bom = text.strip_prefix('\u{feff}').filter(|_| self.number == 1);
        Ok(without_bom.unwrap_or(text).trim())
    }

    #[track_errors(service = "quickstart")]
    fn date(&self, text: &str) -> Result<Date, ImportError> {
        Date::parse(text)
            .ok_or_else(|| ImportError::Date { place: self.place(), text: text.to_owned() })
    }

    #[track_errors(service = "quickstart")]
    fn amount(&self, text: &str) -> Result<i128, ImportError> {
        let Some((whole, hundredths)) = text.split_once('.').filter(|(whole, hundredths)| {
            whole.ends_with(|last: char| last.is_ascii_digit()) && hundredths.len() == 2
        }) else {
            return Err(ImportError::Decimals { place: self.place(), text: text.to_owned() });
        };
        let amount: i64 = format!("{whole}{hundredths}").parse().map_err(|source| {
            ImportError::Amount { place: self.place(), text: text.to_owned(), source }
        })?;
        Ok(amount.into())
    }
}

struct Order {
    date: Date,
    customer: String,
    /// In hundredths. Parsed as an `i64`, so that the sum of a file cannot overflow.
    amount: i128,
}

struct Date {
    year: u16,
    month: u16,
    day: u16,
}

impl Date {
    /// `YYYY-MM-DD`, if the calendar has such a day.
    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str, width| {
            let digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let date = Date { year: number(year, 4)?, month: number(month, 2)?, day: number(day, 2)? };
        (1..=date.days_in_month()).contains(&date.day).then_some(date)
    }

    fn days_in_month(&self) -> u16 {
        let divisible_by = |years| self.year.is_multiple_of(years);
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if divisible_by(400) || divisible_by(4) && !divisible_by(100) => 29,
            2 => 28,
            _ => 0,
        }
    }
}

/// The place of an error.
#[derive(Debug)]
struct Place {
    file: PathBuf,
    line: u64,
}

#[derive(Debug)]
enum ImportError {
    Open { file: PathBuf, source: io::Error },
    Read { place: Place, source: io::Error },
    Endless { place: Place },
    TooLong { place: Place },
    Encoding { place: Place, source: Utf8Error },
    Fields { place: Place, found: usize },
    NoCustomer { place: Place },
    Date { place: Place, text: String },
    Decimals { place: Place, text: String },
    Amount { place: Place, text: String, source: ParseIntError },
    TooManyBadLines { place: Place },
}

impl Display for ImportError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { file, .. } => write!(f, "{}: cannot open", file.display()),
            Self::Read { place, .. } => write!(f, "{place}: cannot read"),
            Self::Endless { place } => {
                write!(f, "{place}: no end of line, this is no file of orders")
            }
            Self::TooLong { place } => write!(f, "{place}: more than {MAX_LINE} bytes"),
            Self::Encoding { place, .. } => write!(f, "{place}: not UTF-8"),
            Self::Fields { place, found } => {
                let found = count(*found, "field");
                write!(f, "{place}: expected `date;customer;amount`, found {found}")
            }
            Self::NoCustomer { place } => write!(f, "{place}: the customer is missing"),
            Self::Date { place, text } => {
                write!(f, "{place}: expected a day of the calendar as YYYY-MM-DD, found {text:?}")
            }
            Self::Decimals { place, text } => {
                write!(f, "{place}: expected an amount such as 1249.00, found {text:?}")
            }
            Self::Amount { place, text, .. } => write!(f, "{place}: bad amount {text:?}"),
            Self::TooManyBadLines { place } => {
                write!(f, "{place}: {MAX_BAD_LINES} bad lines so far, the file is given up")
            }
        }
    }
}

impl Error for ImportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Read { source, .. } => Some(source),
            Self::Encoding { source, .. } => Some(source),
            Self::Amount { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl Display for Import {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", count(self.orders, "order"), Money(self.sum))?;
        if let Some(Order { date, customer, amount }) = &self.largest {
            write!(f, ", the largest {} by {customer:?} on {date}", Money(*amount))?;
        }
        for error in &self.bad_lines {
            write!(f, "\n    {}", WithCauses(error))?;
        }
        Ok(())
    }
}

impl Display for Date {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Hundredths, with a decimal point.
struct Money(i128);

impl Display for Money {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// An error and what caused it, on one line.
struct WithCauses<'a>(&'a ImportError);

impl Display for WithCauses<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// `1 order`, `2 orders`.
fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
