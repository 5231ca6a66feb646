//! Reads a backtrace that the error itself carries.
//!
//! `anyhow`, `eyre`, `snafu` and `error-stack` can capture one where the error is made. That is nearer to the
//! cause than the first tracked function that it leaves. They are no dependencies: their `Debug` shows the
//! backtrace, in the form of `std::backtrace`. They capture one only if `RUST_BACKTRACE` or
//! `RUST_LIB_BACKTRACE` is set, so this module calls `Debug` only then. `Debug` resolves it on the calling
//! thread, so `TRACK_ERRORS_BACKTRACE=carried` must enable it.

use std::fmt::Write;

use super::Frame;
use super::fork::are_locks_free;
use crate::base::guarded::guarded;
use crate::base::once_box::OnceBox;
use crate::base::text::Bounded;
use crate::describe::View;

/// Maximum parsed bytes of `Debug`; a backtrace of 200 frames has about 20,000.
const DEBUG_LIMIT: usize = 256 * 1024;

/// Maximum number of frames; more than a stack shows.
pub(super) const MAX_FRAMES: usize = 128;

/// Whether errors capture backtraces in this process, by the rule of `std::backtrace`.
fn is_enabled() -> bool {
    static ENABLED: OnceBox<bool> = OnceBox::new();
    *ENABLED.get_or_init(|| {
        let on = |name| std::env::var_os(name).map(|value| value != "0");
        on("RUST_LIB_BACKTRACE").or_else(|| on("RUST_BACKTRACE")).unwrap_or(false)
    })
}

/// The frames of the error's backtrace, if it carries one.
pub(crate) fn carried(view: &View<'_>) -> Option<Vec<Frame>> {
    // To name the frames, `Debug` takes the lock of the standard library's backtraces.
    let error = view.debug.filter(|_| is_enabled() && are_locks_free())?;
    let mut out = Bounded::new(DEBUG_LIMIT);
    // A panic or the bound may cut the text. The part before it is still useful.
    let _: Option<std::fmt::Result> = guarded(|| write!(out, "{error:?}"));
    let mut frames = parse(&out.finish());
    frames.truncate(MAX_FRAMES);
    (!frames.is_empty()).then_some(frames)
}

/// The first backtrace in a text.
pub(crate) fn parse(text: &str) -> Vec<Frame> {
    let frames = parse_display(text);
    if frames.is_empty() { parse_debug(text) } else { frames }
}

/// `Display` of a backtrace: a line `  12: name`, and under it ` at file:line:column`.
fn parse_display(text: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['│', '╰', '├', '─', '▶', ' ']);
        if let Some(function) = numbered(line, frames.len()) {
            frames.push(Frame::named(function));
        } else if let Some(frame) = frames.last_mut()
            && let Some(place) = line.strip_prefix("at ")
        {
            if frame.file.is_none() {
                (frame.file, frame.line, frame.column) = place_of(place);
            }
        } else if frames.iter().any(|frame| frame.file.is_some()) {
            break;
        } else {
            // A list of causes has numbers too, but only a backtrace has places.
            frames.clear();
        }
    }
    if frames.iter().any(|frame| frame.file.is_some()) { frames } else { Vec::new() }
}

/// `12: name`, if that is the expected number. Inlined calls have a line without a number.
fn numbered(line: &str, next: usize) -> Option<String> {
    let (number, name) = line.split_once(": ")?;
    (number.parse() == Ok(next)).then(|| strip_hash(name.trim()).to_owned())
}

/// The hash at the end of a legacy-mangled name: `::h0123456789abcdef`.
fn strip_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((head, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            head
        }
        _ => name,
    }
}

fn place_of(place: &str) -> (Option<String>, Option<u32>, Option<u32>) {
    let mut parts = place.trim().rsplitn(3, ':');
    let (last, middle, file) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    match (number(middle), number(last)) {
        (Some(line), Some(column)) => (file.map(str::to_owned), Some(line), Some(column)),
        (None, Some(line)) => {
            let file = place.trim().rsplit_once(':').map(|(file, _)| file.to_owned());
            (file, Some(line), None)
        }
        _ => (Some(place.trim().to_owned()), None, None),
    }
}

/// `Debug` of a backtrace: `Backtrace [{ fn: "name", file: "path", line: 12 }, …]`.
fn parse_debug(text: &str) -> Vec<Frame> {
    let Some((_, list)) = text.split_once("Backtrace [") else { return Vec::new() };
    let mut frames = Vec::new();
    for entry in list.split("{ fn: \"").skip(1) {
        let Some((function, rest)) = entry.split_once('"') else { break };
        let file = rest.strip_prefix(", file: \"").and_then(|rest| rest.split_once('"'));
        let line = file.and_then(|(_, rest)| {
            let digits = rest.strip_prefix(", line: ")?;
            digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        frames.push(Frame {
            file: file.map(|(file, _)| file.to_owned()),
            line,
            ..Frame::named(strip_hash(function).to_owned())
        });
        if !rest.contains("},") {
            break;
        }
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        parse(text).into_iter().map(|frame| frame.function).collect()
    }

    #[test]
    fn the_backtrace_behind_a_list_of_causes_is_found() {
        let text = "paying\n\nCaused by:\n    0: no card\n    1: no wallet\n\nStack backtrace:\n   \
                    0: shop::pay::h0123456789abcdef\n             at /b/shop/src/pay.rs:12:5\n   \
                    1: shop::main\n             at /b/shop/src/main.rs:3\n";
        let frames = parse(text);
        assert_eq!(names(text), ["shop::pay", "shop::main"]);
        assert_eq!((frames[0].line, frames[0].column), (Some(12), Some(5)));
        assert_eq!(
            (frames[1].file.as_deref(), frames[1].line),
            (Some("/b/shop/src/main.rs"), Some(3))
        );
    }

    #[test]
    fn the_debug_form_of_a_backtrace_is_found_in_a_derived_debug() {
        let text = "Error { source: Io, backtrace: Backtrace [{ fn: \"shop::pay\", file: \
                    \"/b/src/pay.rs\", line: 12 }, { fn: \"shop::main\" }] }";
        assert_eq!(names(text), ["shop::pay", "shop::main"]);
        assert_eq!(parse(text)[0].line, Some(12));
    }

    #[test]
    fn a_text_without_a_backtrace_has_none() {
        assert!(names("paying\n\nCaused by:\n    0: no card\n    1: no wallet\n").is_empty());
        assert!(names("").is_empty());
    }
}
