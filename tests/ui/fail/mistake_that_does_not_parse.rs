//! A half-written body: the compiler reports it, and the function is there for its callers.
use track_errors::track_errors;

#[track_errors]
fn half_written(text: &str) -> Result<usize, std::fmt::Error> {
    let _length = text.;
    Ok(1)
}

fn main() {
    let _: Result<usize, std::fmt::Error> = half_written("");
}
