//! Frames → the text of `error.stack` and `exception.stacktrace`.
//!
//! The form is that of `std::backtrace`, after a header line, with the causes last. Frame 0 comes
//! from compile-time facts, so in every build at least one frame has function, file and line.

use std::fmt::Write;

use super::{Captured, Frame, clean, resolve};
use crate::describe::{Bounded, last_segment};
use crate::record::Cause;

/// Frames in a stack, and bytes of its text (DESIGN §4).
const MAX_FRAMES: usize = 64;
const STACK_LIMIT: usize = 32 * 1024;
/// Bytes of the header: the whole message stands elsewhere in the log.
const HEADER_LIMIT: usize = 1024;
/// Bytes kept for the causes behind the frames.
const CAUSES_LIMIT: usize = 8 * 1024;

/// What a stack is made of.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
    pub(crate) causes: &'a [Cause],
    /// The tracked functions that the error left, the innermost first; the last is the one that
    /// it leaves now. Never empty.
    pub(crate) trail: Vec<Frame>,
    /// File of the tracked function as the compiler names it.
    pub(crate) site_file: &'a str,
    /// The backtrace that the error itself brought along.
    pub(crate) carried: Option<Vec<Frame>>,
    /// The calls that were running when the error left.
    pub(crate) captured: Option<Captured>,
    /// The tracked calls around this one, for want of native frames.
    pub(crate) running: Vec<Frame>,
}

/// Resolves the frames and writes the text.
pub(crate) fn render(stack: Stack<'_>) -> String {
    let Stack { kind, message, causes, trail, site_file, carried, captured, running } = stack;
    let is_carried = carried.is_some();
    let native = carried.unwrap_or_else(|| captured.map(resolve::resolve).unwrap_or_default());
    let native = clean::clean(native, site_file);
    let frames = if native.is_empty() {
        trail.into_iter().chain(running).collect()
    } else {
        with_trail(native, trail, is_carried)
    };

    let header = crate::describe::one_line(HEADER_LIMIT, &format!("{kind}: {message}"));
    let tail = causes_text(message, causes);
    let mut out = Bounded::new(STACK_LIMIT - tail.len());
    // A full buffer refuses what follows and says so at its end.
    let _: std::fmt::Result = write_frames(&mut out, &header, &frames);
    let mut text = out.finish();
    text.push_str(&tail);
    text
}

/// Puts the frames that are known at compile time in their place: that of the function which the
/// error leaves now over its native frame, else in front of all; those of functions that it left
/// before in front of it. A backtrace that the error carried has these already.
fn with_trail(mut native: Vec<Frame>, mut trail: Vec<Frame>, is_carried: bool) -> Vec<Frame> {
    let Some(own) = trail.pop() else { return native };
    let is_own = |frame: &Frame| {
        frame.function == own.function
            || (last_segment(&frame.function) == last_segment(&own.function)
                && frame.file == own.file)
    };
    let at = native.iter().position(is_own);
    let at = match at {
        Some(at) => {
            native[at] = own;
            at
        }
        None => {
            native.insert(0, own);
            0
        }
    };
    if !is_carried {
        native.splice(at..at, trail);
    }
    native
}

fn write_frames(out: &mut Bounded, header: &str, frames: &[Frame]) -> std::fmt::Result {
    out.write_str(header)?;
    for (index, frame) in frames.iter().take(MAX_FRAMES).enumerate() {
        write!(out, "\n{index:>4}: {}", frame.function)?;
        if let (Some(file), Some(line)) = (&frame.file, frame.line) {
            write!(out, "\n             at {file}:{line}")?;
            if let Some(column) = frame.column {
                write!(out, ":{column}")?;
            }
        }
    }
    if frames.len() > MAX_FRAMES {
        write!(out, "\n      … {} more frames", frames.len() - MAX_FRAMES)?;
    }
    Ok(())
}

/// `Caused by: …`, a line for each cause whose text does not already stand in what is above it.
fn causes_text(message: &str, causes: &[Cause]) -> String {
    let mut out = Bounded::new(CAUSES_LIMIT);
    let mut above = message;
    for cause in causes {
        if above.contains(&*cause.message) {
            continue;
        }
        let line = crate::describe::one_line(HEADER_LIMIT, &cause.message);
        if write!(out, "\nCaused by: {line}").is_err() {
            break;
        }
        above = &cause.message;
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Frame {
        Frame {
            function: "shop::pay".to_owned(),
            file: Some("src/pay.rs".to_owned()),
            line: Some(12),
            column: Some(5),
        }
    }

    fn cause(message: &str) -> Cause {
        Cause { kind: None, message: message.to_owned() }
    }

    fn stack<'a>(message: &'a str, causes: &'a [Cause]) -> Stack<'a> {
        Stack {
            kind: "shop::PayError",
            message,
            causes,
            trail: vec![own()],
            site_file: "src/pay.rs",
            carried: None,
            captured: None,
            running: Vec::new(),
        }
    }

    #[test]
    fn without_any_symbol_there_is_a_header_and_the_frame_of_the_function() {
        assert_eq!(
            render(stack("no card", &[])),
            "shop::PayError: no card\n   0: shop::pay\n             at src/pay.rs:12:5"
        );
    }

    #[test]
    fn a_cause_that_stands_in_the_message_above_it_is_not_repeated() {
        let causes = [cause("no card"), cause("wallet is empty"), cause("wallet")];
        let text = render(stack("paying: no card", &causes));
        let caused: Vec<_> = text.lines().filter(|line| line.starts_with("Caused by")).collect();
        assert_eq!(caused, ["Caused by: wallet is empty"]);
    }

    #[test]
    fn a_message_of_several_lines_cannot_pass_for_frames() {
        let text = render(stack("no card\n   0: evil\n             at evil.rs:1:1", &[]));
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn frames_above_the_tracked_function_stay_above_it() {
        let frame = |function: &str| Frame {
            function: function.to_owned(),
            file: Some("/b/src/pay.rs".to_owned()),
            line: Some(99),
            column: None,
        };
        let carried = vec![frame("shop::card"), frame("shop::pay"), frame("shop::main")];
        let text = render(Stack { carried: Some(carried), ..stack("no", &[]) });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "   0: shop::card");
        assert_eq!(&lines[3..5], ["   1: shop::pay", "             at src/pay.rs:12:5"]);
        assert_eq!(lines[5], "   2: shop::main");
    }

    #[test]
    fn without_native_frames_the_trail_and_the_running_calls_are_the_stack() {
        let frame = |function: &str| Frame { function: function.to_owned(), ..own() };
        let text = render(Stack {
            trail: vec![frame("shop::card"), frame("shop::pay")],
            running: vec![frame("shop::checkout"), frame("shop::main")],
            ..stack("no", &[])
        });
        let functions: Vec<_> = text.lines().skip(1).step_by(2).collect();
        assert_eq!(
            functions,
            ["   0: shop::card", "   1: shop::pay", "   2: shop::checkout", "   3: shop::main"]
        );
    }

    #[test]
    fn more_frames_than_fit_are_counted() {
        let frame =
            Frame { function: "shop::walk".to_owned(), file: None, line: None, column: None };
        let text = render(Stack { carried: Some(vec![frame; 100]), ..stack("no", &[]) });
        assert!(text.ends_with("… 37 more frames"), "{text}");
    }

    #[test]
    fn the_text_is_bounded() {
        let frame = Frame { function: "f".repeat(2000), file: None, line: None, column: None };
        let causes = vec![cause(&"c".repeat(1500)); 32];
        let text = render(Stack { carried: Some(vec![frame; 64]), ..stack("no", &causes) });
        assert!(text.len() <= STACK_LIMIT + 100, "{}", text.len());
        assert!(text.contains("[cut at"), "what was cut is said");
    }
}
