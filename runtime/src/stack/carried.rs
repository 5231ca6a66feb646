//! Reads what the `Debug` of an error shows besides its message: a backtrace, places in the code, and notes.
//!
//! `anyhow`, `eyre`, `snafu` and `error-stack` can capture a backtrace where the error is made. That is nearer to the
//! cause than the first tracked function that it leaves. They are no dependencies: their `Debug` shows the
//! backtrace, in the form of `std::backtrace`. They capture one only if `RUST_BACKTRACE` or
//! `RUST_LIB_BACKTRACE` is set. `Debug` resolves it on the calling thread, so
//! `TRACK_ERRORS_BACKTRACE=carried` must enable it.

use std::fmt::Write;

use super::Frame;
use super::fork::are_locks_free;
use crate::base::guarded::guarded;
use crate::base::once_box::OnceBox;
use crate::base::text::Bounded;
use crate::describe::View;
use crate::model::Attachments;

/// Maximum parsed bytes of `Debug`; a backtrace of 200 frames has about 20,000.
const DEBUG_LIMIT: usize = 256 * 1024;
/// The same where no error has a backtrace.
const DEBUG_WITHOUT_BACKTRACE: usize = 16 * 1024;

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

/// The frames of the error's backtrace, if it carries one. Adds its places and notes to the attachments.
pub(crate) fn carried(view: &View<'_>, attachments: &mut Attachments) -> Option<Vec<Frame>> {
    // To name the frames, `Debug` takes the lock of the standard library's backtraces.
    let error = view.debug.filter(|_| are_locks_free())?;
    let limit = if is_enabled() { DEBUG_LIMIT } else { DEBUG_WITHOUT_BACKTRACE };
    let mut out = Bounded::new(limit);
    // A panic or the bound may cut the text. The part before it is still useful.
    let _: Option<std::fmt::Result> = guarded(|| write!(out, "{error:?}"));
    let text = plain(&out.finish());
    for (file, line, column) in places(&text) {
        // A derived `Debug` doubles them.
        attachments.push_place(&file.replace(r"\\", r"\"), line, column);
    }
    if view.is_report_of_eyre() {
        notes(&text).for_each(|note| attachments.push(|out| out.write_str(note)));
    }
    let mut frames = parse(backtrace_in(&text));
    frames.truncate(MAX_FRAMES);
    (!frames.is_empty()).then_some(frames)
}

/// Without the colours of `color-eyre` and `error-stack`, whose escape characters [`Bounded`] has written as text, and
/// without the hashes of crates in names.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split("\\u{1b}[");
    out.extend(pieces.next());
    for piece in pieces {
        let code = piece.find(|c: char| !c.is_ascii_digit() && c != ';');
        let is_colour = code.is_some_and(|end| piece[end..].starts_with('m'));
        out.push_str(if is_colour {
            piece.split_once('m').map_or("", |(_, rest)| rest)
        } else {
            piece
        });
    }
    let is_hash = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut without = String::with_capacity(out.len());
    for (index, piece) in out.split('[').enumerate() {
        match piece.split_once(']') {
            Some((hash, rest)) if hash.len() == 16 && is_hash(hash) => without.push_str(rest),
            _ if index == 0 => without.push_str(piece),
            _ => without.extend(["[", piece]),
        }
    }
    without
}

/// The part of a text in which `color-eyre` shows the backtrace, not the spans; of other texts all.
fn backtrace_in(text: &str) -> &str {
    match (text.split_once("━ BACKTRACE ━"), text.split_once("━ SPANTRACE ━")) {
        (Some((_, backtrace)), _) => backtrace,
        (None, Some((before, _))) => before,
        (None, None) => text,
    }
}

/// Places in the code: a derived `Debug` shows `Location { file: "src/pay.rs", line: 7, column: 5 }` (`snafu`), and
/// `eyre` writes `src/pay.rs:7:5` under `Location:`.
fn places(text: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    let derived = text.split("Location { file: \"").skip(1).filter_map(|rest| {
        let (file, rest) = rest.split_once('"')?;
        let mut numbers = rest.split_once('}')?.0.split(',').skip(1).map(|field| {
            let (_, number) = field.split_once(": ")?;
            number.trim().parse().ok()
        });
        Some((file, numbers.next()??, numbers.next()??))
    });
    let mut lines = text.lines();
    let headed = lines.find(|line| line.trim() == "Location:").and_then(|_| lines.next());
    derived.chain(headed.and_then(|place| {
        let mut parts = place.trim().rsplitn(3, ':');
        let (column, line, file) = (parts.next()?, parts.next()?, parts.next());
        match file {
            Some(file) => Some((file, line.parse().ok()?, column.parse().ok()?)),
            None => Some((line, column.parse().ok()?, 0)),
        }
    }))
}

/// The notes, warnings and suggestions that `color-eyre` shows.
fn notes(text: &str) -> impl Iterator<Item = &str> {
    let is_note = |line: &&str| {
        ["Note: ", "Suggestion: ", "Warning: "].iter().any(|label| line.starts_with(label))
    };
    text.lines().filter(is_note)
}

/// The first backtrace in a text.
pub(crate) fn parse(text: &str) -> Vec<Frame> {
    let frames = parse_display(text);
    if frames.is_empty() { parse_debug(text) } else { frames }
}

/// `Display` of a backtrace: a line `  12: name`, and under it ` at file:line:column`.
fn parse_display(text: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut next = 0;
    for line in text.lines() {
        let line = line.trim_start_matches(['│', '╰', '├', '─', '▶', ' ']);
        if let Some((number, function)) = numbered(line, next) {
            next = number + 1;
            frames.push(Frame::named(function));
        } else if let Some(frame) = frames.last_mut()
            && let Some(place) = line.strip_prefix("at ")
        {
            if frame.file.is_none() {
                (frame.file, frame.line, frame.column) = place_of(place);
            }
        } else if line.starts_with('⋮') {
            // `⋮ 4 frames hidden ⋮`
        } else if frames.iter().any(|frame| frame.file.is_some()) {
            break;
        } else {
            // A list of causes has numbers too, but only a backtrace has places.
            frames.clear();
            next = 0;
        }
    }
    if frames.iter().any(|frame| frame.file.is_some()) { frames } else { Vec::new() }
}

/// `12: name`, if that is the expected number, or a later one: `color-eyre` hides frames. Inlined calls have a line
/// without a number.
fn numbered(line: &str, next: usize) -> Option<(usize, String)> {
    let (number, name) = line.split_once(": ")?;
    let number = number.parse().ok().filter(|number| *number >= next)?;
    let name = name.trim();
    Some((number, strip_hash(name.strip_suffix("<unknown>").unwrap_or(name)).to_owned()))
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
    fn the_backtrace_of_color_eyre_is_found_behind_its_spans_without_colours_hashes_and_hidden_frames()
     {
        let text = "\n   0: \\u{1b}[91mno card\\u{1b}[0m\n\n  ━━━ SPANTRACE ━━━\n\n   0: shop::request with id=7\n      \
                    at src/main.rs:3\n\n  ━━━ BACKTRACE ━━━\n  \\u{1b}[96m      ⋮ 4 frames hidden ⋮   \\u{1b}[0m\n   \
                    5: \\u{1b}[91mshop::pay\\u{1b}[0m\\u{1b}[90m::h0123456789abcdef\\u{1b}[0m\n      \
                    at \\u{1b}[35msrc/pay.rs\\u{1b}[0m:\\u{1b}[35m12\\u{1b}[0m\n  ⋮ 1 frame hidden ⋮\n   \
                    7: shop[0123456789abcdef]::main\\u{1b}[90m<unknown>\\u{1b}[0m\n      at src/main.rs:3\n";
        let text = plain(text);
        let frames = parse(backtrace_in(&text));
        let functions: Vec<_> = frames.iter().map(|frame| &*frame.function).collect();
        assert_eq!(functions, ["shop::pay", "shop::main"]);
        assert_eq!((frames[0].file.as_deref(), frames[0].line), (Some("src/pay.rs"), Some(12)));
        let without = text.split("━━━ BACKTRACE").next().expect("the text before");
        assert!(parse(backtrace_in(without)).is_empty());
    }

    #[test]
    fn brackets_that_are_no_colour_or_hash_stay() {
        for text in ["", "[", "a[7]b", "[0123456789abcde]", "\\u{1b}[", "\\u{1b}[7"] {
            assert_eq!(plain(text).replace("\\u{1b}[", ""), text.replace("\\u{1b}[", ""), "{text}");
        }
    }

    #[test]
    fn places_are_found_in_a_derived_debug_and_under_their_heading() {
        let text = "Read { source: Open { location: Location { file: \"src/a.rs\", line: 7, col: 5 } }, location: \
                    Location { file: \"src/b.rs\", line: 8, column: 9 }, of: Location { file: \"src/c.rs\" } }";
        assert_eq!(places(text).collect::<Vec<_>>(), [("src/a.rs", 7, 5), ("src/b.rs", 8, 9)]);
        let text = "no card\n\nLocation:\n    C:\\src\\pay.rs:7:5\n";
        assert_eq!(places(text).collect::<Vec<_>>(), [("C:\\src\\pay.rs", 7, 5)]);
        for none in ["Location:", "Location:\n", "Location:\nhere", "Location { file: \"a"] {
            assert_eq!(places(none).count(), 0, "{none}");
        }
    }

    #[test]
    fn a_text_without_a_backtrace_has_none() {
        assert!(names("paying\n\nCaused by:\n    0: no card\n    1: no wallet\n").is_empty());
        assert!(names("").is_empty());
    }
}
