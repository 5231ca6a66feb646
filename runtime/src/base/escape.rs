//! Escapes characters that are unsafe in a log.
//!
//! In: the user's text. Out: the same text, with escapes as in a Rust literal (`\n`, `\u{1b}`) for characters
//! that could end a line, change a terminal or reorder the display.

use std::char::EscapeDefault;
use std::fmt;

/// The characters to escape, by the text's destination. Each rule includes the one before it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Escaping {
    /// Several lines: control characters other than line breaks and tabs.
    Lines,
    /// One line, whatever its reader takes for a line break: all control characters, Unicode's line breaks, and
    /// format characters, which reorder the display or are invisible.
    ///
    /// The zero-width joiner is one of these, also where it joins emoji: a text of one line is a name or a
    /// summary, where two texts that look the same should be the same.
    OneLine,
    /// Quotation marks: also these, backslashes and unprintable characters.
    Quoted,
}

impl Escaping {
    fn escapes(self, char: char) -> bool {
        match self {
            Escaping::Lines => char.is_control() && !matches!(char, '\n' | '\t'),
            Escaping::OneLine => char.is_control() || is_break_or_format(char),
            // `escape_debug` also escapes the apostrophe, which needs no escape here.
            Escaping::Quoted => char != '\'' && char.escape_debug().len() > 1,
        }
    }
}

/// U+2028, U+2029, and the characters of Unicode's category Cf that can stand in any text.
fn is_break_or_format(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text with its escapes for one line.
pub(crate) struct OneLine<'a>(pub(crate) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return f.write_str(self.0);
        }
        for (run, escape) in runs(self.0, Escaping::OneLine) {
            f.write_str(run)?;
            escape.map_or(Ok(()), |escape| escape.fmt(f))?;
        }
        Ok(())
    }
}

/// Runs of a text that need no escaping, each with the escape of the next character.
pub(crate) fn runs(
    text: &str,
    escaping: Escaping,
) -> impl Iterator<Item = (&str, Option<EscapeDefault>)> {
    text.split_inclusive(move |char| escaping.escapes(char)).map(move |run| {
        match run.char_indices().next_back() {
            Some((at, last)) if escaping.escapes(last) => (&run[..at], Some(last.escape_default())),
            _ => (run, None),
        }
    })
}

/// The text with its escapes.
pub(crate) fn escaped(text: &str, escaping: Escaping) -> String {
    let mut out = String::with_capacity(text.len());
    for (run, escape) in runs(text, escaping) {
        out.push_str(run);
        out.extend(escape.into_iter().flatten());
    }
    out
}

/// A text in quotation marks: at most 100 characters, control characters escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Shortened(self.0))
    }
}

/// At most 100 characters of a text; quotation marks and unprintable characters are escaped.
pub(crate) struct Shortened<'a>(pub(crate) &'a str);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 100;
        let end = self.0.char_indices().nth(SHOWN).map(|(end, _)| end);
        f.write_str(&escaped(&self.0[..end.unwrap_or(self.0.len())], Escaping::Quoted))?;
        f.write_str(if end.is_some() { "…" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_escapes_what_the_one_before_it_does_and_more() {
        let text = "it's\0\u{1b}[m\n\t\u{85}\u{202e}\u{2028}\u{200d}\"\\\u{301}é";
        for (escaping, expected) in [
            (Escaping::Lines, "it's\\u{0}\\u{1b}[m\n\t\\u{85}\u{202e}\u{2028}\u{200d}\"\\\u{301}é"),
            (Escaping::OneLine, r#"it's\u{0}\u{1b}[m\n\t\u{85}\u{202e}\u{2028}\u{200d}"\́é"#),
            (
                Escaping::Quoted,
                r#"it's\u{0}\u{1b}[m\n\t\u{85}\u{202e}\u{2028}\u{200d}\"\\\u{301}é"#,
            ),
        ] {
            assert_eq!(escaped(text, escaping), expected);
        }
        assert_eq!(escaped("", Escaping::Quoted), "");
    }

    #[test]
    fn every_character_is_kept_or_written_in_printable_ascii() {
        for char in '\0'..=char::MAX {
            let [lines, one_line, quoted] =
                [Escaping::Lines, Escaping::OneLine, Escaping::Quoted].map(|it| it.escapes(char));
            assert!((!lines || one_line) && (!one_line || quoted), "{char:?}");
            let text = escaped(char.encode_utf8(&mut [0; 4]), Escaping::OneLine);
            assert!(!text.chars().any(char::is_control), "{char:?}");
        }
    }
}
