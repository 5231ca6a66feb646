//! `#[tokio::main]` below the attribute: it is expanded last.
#![deny(warnings)]

#[track_errors::track_errors(service = "main")]
#[tokio::main]
async fn main() -> Result<(), std::num::ParseIntError> {
    let one: u32 = async { "1".parse() }.await?;
    assert_eq!(one, 1);
    Ok(())
}
