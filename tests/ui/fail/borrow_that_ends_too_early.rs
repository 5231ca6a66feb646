//! The borrow checker sees the body as it would without the attribute.
use track_errors::track_errors;

#[track_errors]
fn local() -> Result<&'static str, std::fmt::Error> {
    let text = String::new();
    Ok(&text)
}

#[track_errors]
fn used_after_move(text: String) -> Result<String, std::fmt::Error> {
    drop(text);
    Ok(text)
}

fn main() {}
