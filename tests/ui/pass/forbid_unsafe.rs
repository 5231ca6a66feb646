//! Expanded code passes the lints of a strict crate.
#![forbid(unsafe_code)]
#![deny(warnings, unused, nonstandard_style, future_incompatible, rust_2018_idioms)]
#![deny(
    absolute_paths_not_starting_with_crate,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    macro_use_extern_crate,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]

use std::future::Future;
use std::num::ParseIntError;
use std::pin::Pin;

use track_errors::track_errors;

/// A type with a lifetime.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a>(&'a str);

/// Sync.
#[track_errors(service = "strict", level = "critical", kind = "K")]
pub fn sync<'a>(text: Part<'a>, mut sum: u32, (a, _): (u32, u32)) -> Result<Part<'a>, ParseIntError> {
    sum += text.0.parse::<u32>()?;
    sum += a;
    println!("{sum}");
    Ok(text)
}

/// Async.
#[track_errors(service = "strict", level = "critical", kind = "K")]
pub async fn later(text: Part<'_>, mut sum: u32, (a, _): (u32, u32)) -> Result<u32, ParseIntError> {
    sum += text.0.parse::<u32>()? + a;
    Ok(sum)
}

/// The empty `Result`.
#[track_errors]
pub fn unit(fail: bool) -> Result<(), ()> {
    if fail { Err(()) } else { Ok(()) }
}

/// The same, async.
#[track_errors]
pub async fn unit_later(fail: bool) -> Result<(), ()> {
    unit(fail)?;
    Ok(())
}

/// A future.
#[track_errors]
pub fn future(text: &str) -> impl Future<Output = Result<u32, ParseIntError>> {
    async move { Ok(text.parse::<u32>()?) }
}

/// A boxed future.
#[track_errors]
pub fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + '_>> {
    Box::pin(async move { Ok(text.parse::<u32>()?) })
}

fn main() -> Result<(), ParseIntError> {
    let part = sync(Part("1"), 1, (1, 1))?;
    drop((later(part, 1, (1, 1)), future("1"), boxed("1"), unit(false), unit_later(false)));
    Ok(())
}
