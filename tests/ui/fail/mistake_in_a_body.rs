//! The compiler reports mistakes in a body as it would without the attribute.
use track_errors::track_errors;

#[track_errors]
fn wrong_value() -> Result<u32, std::fmt::Error> {
    Ok("text")
}

#[track_errors]
async fn wrong_value_async() -> Result<u32, std::fmt::Error> {
    Ok("text")
}

#[track_errors]
fn no_value(text: &str) -> Result<u32, std::fmt::Error> {
    text.len();
}

#[track_errors]
async fn no_value_async(text: &str) -> Result<u32, std::fmt::Error> {
    text.len();
}

#[track_errors]
fn no_conversion(text: &str) -> Result<u32, std::fmt::Error> {
    Ok(text.parse::<u32>()?)
}

#[track_errors]
fn unknown_name(text: &str) -> Result<u32, std::fmt::Error> {
    Ok(txet.len())
}

fn main() {}
