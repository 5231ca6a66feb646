//! Sums the amounts on stdin, one a line. Error logs go straight to Datadog, where there is no Agent to read them.
//!
//! ```sh
//! printf '120\ntwelve\n' | DD_API_KEY=… DD_SITE=datadoghq.eu cargo run
//! ```

mod intake;

use std::env;
use std::io;
use std::time::Duration;

use track_errors::track_errors;

use crate::intake::DatadogIntake;

/// Of a request. At the end of the program `track_errors` waits for two seconds, and then writes what the intake has not
/// taken to stderr.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> io::Result<()> {
    let builder = track_errors::builder().service("sums").version(env!("CARGO_PKG_VERSION"));
    match intake() {
        Ok(intake) => builder.init_with_sink(intake),
        Err(problem) => {
            eprintln!("error logs go to stdout, not to Datadog: {problem}");
            builder.init();
        }
    }

    let mut sum = 0_i64;
    for line in io::stdin().lines() {
        // The attribute logs the error; the program goes on without this amount.
        sum += i64::from(amount(&line?).unwrap_or_default());
    }
    println!("{sum}");
    Ok(())
}

#[track_errors(fields(line))]
fn amount(line: &str) -> Result<i32, std::num::ParseIntError> {
    line.trim().parse()
}

/// The intake of the site in `DD_SITE`, with the key in `DD_API_KEY`; no error holds the key.
fn intake() -> Result<DatadogIntake, String> {
    let key = env::var("DD_API_KEY").map_err(|_| "DD_API_KEY is not set, or no UTF-8")?;
    let site = env::var("DD_SITE").unwrap_or_else(|_| "datadoghq.com".to_owned());
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    if site.is_empty() || !site.bytes().all(is_host) {
        return Err(format!("DD_SITE is {site:?}, which is no site such as \"datadoghq.eu\""));
    }
    // Another address for a relay, or a test.
    let url = env::var("INTAKE_URL").unwrap_or_else(|_| format!("https://http-intake.logs.{site}"));
    DatadogIntake::new(&url, &key, TIMEOUT).map_err(|error| error.to_string())
}
