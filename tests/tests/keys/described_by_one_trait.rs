//! The key `describe`: an error type of which an impl holds for some lifetimes only.

use super::*;

/// A part of a text that cannot be read.
#[derive(Debug)]
struct Token<'a>(&'a str);

impl Display for Token<'static> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A writer that could not be taken back.
struct IntoInnerError<W>(W);

impl<W> Debug for IntoInnerError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntoInnerError")
    }
}

impl<W> Display for IntoInnerError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot flush")
    }
}

impl<W: 'static> std::error::Error for IntoInnerError<W> {}

struct Writer<W>(W);

impl<W> Writer<W> {
    #[track_errors(describe = "display")]
    fn into_inner(self) -> Result<W, IntoInnerError<W>> {
        Err(IntoInnerError(self.0))
    }
}

#[track_errors(describe = "debug")]
fn token<'a>(text: &'a str) -> Result<u32, Token<'a>> {
    Err(Token(text))
}

#[track_errors(describe = "type")]
async fn secret(text: &str) -> Result<u32, Token<'_>> {
    Err(Token(text))
}

#[test]
fn an_error_with_display_for_static_alone_is_described_by_its_debug_or_its_type() {
    let text = String::from("x");
    assert_eq!(record(|| token(&text).is_err()).message, "Token(\"x\")");
    let record = record(|| block_on(secret(&text)).is_err());
    assert!(record.kind.ends_with("::Token") && record.message.ends_with("Token"), "{record:#?}");
}

#[test]
fn an_error_that_is_one_for_static_types_alone_is_described_by_its_display() {
    let borrowed = String::from("x");
    let record = record(|| Writer(&borrowed).into_inner().is_err());
    assert_eq!(record.message, "cannot flush");
    assert!(record.kind.ends_with("::IntoInnerError<&String>"), "{record:#?}");
}

#[test]
fn what_the_error_type_does_not_have_is_replaced_by_the_next() {
    struct Plain;
    #[track_errors(describe = "display")]
    mod of_a_block {
        pub(super) fn debug() -> Result<u32, [u8; 2]> {
            Err([1, 2])
        }
    }
    #[track_errors(describe = "debug")]
    fn plain() -> Result<u32, Plain> {
        Err(Plain)
    }

    assert_eq!(record(of_a_block::debug).message, "[1, 2]");
    assert!(record(|| plain().is_err()).message.ends_with("Plain"));
}
