//! `main`.
#![deny(warnings)]

#[track_errors::track_errors(service = "main")]
fn main() -> Result<(), std::num::ParseIntError> {
    let one: u32 = "1".parse()?;
    assert_eq!(one, 1);
    Ok(())
}
