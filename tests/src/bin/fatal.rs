//! A program whose `main` is a boundary: the error that ends it is fatal.

use std::io;

use track_errors::track_errors;

#[track_errors(service = "fatal", level = "warn")]
fn read_settings() -> io::Result<String> {
    let text = std::fs::read_to_string("/there/is/no/such/file")?;
    Ok(text)
}

#[track_errors(service = "fatal", report = "boundary", level = "emergency")]
fn main() -> io::Result<()> {
    read_settings()?;
    Ok(())
}
