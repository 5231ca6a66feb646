//! `#[tokio::main]` above the attribute: it is expanded first.
#![deny(warnings)]

#[tokio::main(flavor = "current_thread")]
#[track_errors::track_errors(service = "main")]
async fn main() -> Result<(), std::num::ParseIntError> {
    let one: u32 = async { "1".parse() }.await?;
    assert_eq!(one, 1);
    Ok(())
}
