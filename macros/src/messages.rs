//! Parts of messages that several rules share.

use strsim::levenshtein;

/// `unknown level "warning" (did you mean "warn"?), expected one of: "warn", "error"`
pub(crate) fn unknown(what: &str, given: &str, known: &[&str], quote: char) -> String {
    let (meant, all) = (did_you_mean(given, known, quote), list(known, quote));
    let given = given.escape_debug();
    format!("unknown {what} {quote}{given}{quote}{meant}, expected one of: {all}")
}

/// `"warn", "error"`
pub(crate) fn list(known: &[&str], quote: char) -> String {
    let quoted: Vec<_> = known.iter().map(|name| format!("{quote}{name}{quote}")).collect();
    quoted.join(", ")
}

/// ` (did you mean "error"?)`, if one of the names is near.
fn did_you_mean(given: &str, known: &[&str], quote: char) -> String {
    let given = given.to_lowercase();
    let near = known.iter().filter(|known| {
        let begins = known.len() >= 3 && given.starts_with(**known);
        begins || levenshtein(&given, known) <= known.len() / 3
    });
    let nearest = near.min_by_key(|known| levenshtein(&given, known));
    nearest.map(|name| format!(" (did you mean {quote}{name}{quote}?)")).unwrap_or_default()
}
