use std::fmt;
use track_errors::track_errors;

struct Token<'a>(&'a str);

impl fmt::Display for Token<'static> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[track_errors]
fn parse<'a>(text: &'a str) -> Result<u32, Token<'a>> {
    Err(Token(text))
}

struct IntoInnerError<W>(W);

impl<W: 'static> fmt::Debug for IntoInnerError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no")
    }
}

struct Writer<W>(W);

impl<W> Writer<W> {
    #[track_errors]
    fn into_inner(self) -> Result<W, IntoInnerError<W>> {
        Err(IntoInnerError(self.0))
    }
}

fn main() {
    let _ = (parse("x"), Writer(1).into_inner());
}
