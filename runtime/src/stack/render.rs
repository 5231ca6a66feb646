//! Frames → the text of `error.stack` and `exception.stacktrace`.
//!
//! The form is that of `std::backtrace`, after a header line, with the causes last. Frame 0 comes
//! from compile-time facts, so in every build at least one frame has function, file and line.

use std::fmt::Write;
use std::sync::Arc;

use super::cache::{self, Key};
use super::{Captured, Frame, clean};
use crate::describe::{Bounded, last_segment};
use crate::record::Cause;
use crate::site::Site;
use crate::trail::{Step, Trail};

/// Frames in a stack, and bytes of its text.
const MAX_FRAMES: usize = 64;
const STACK_LIMIT: usize = 32 * 1024;
/// Bytes of the header: the whole message stands elsewhere in the log.
const HEADER_LIMIT: usize = 1024;
/// Bytes kept for the causes behind the frames.
const CAUSES_LIMIT: usize = 8 * 1024;
/// Bytes of the frames.
const FRAMES_LIMIT: usize = STACK_LIMIT - HEADER_LIMIT - CAUSES_LIMIT;

/// What a stack is made of.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
    pub(crate) causes: &'a [Cause],
    /// The tracked functions that the error left; the last is the one that it leaves now.
    pub(crate) trail: &'a Trail,
    /// File of the tracked function as the compiler names it.
    pub(crate) site_file: &'a str,
    /// The backtrace that the error itself brought along.
    pub(crate) carried: Option<Vec<Frame>>,
    /// The calls that were running when the error left.
    pub(crate) captured: Option<Captured>,
    /// The tracked calls around this one, for want of native frames.
    pub(crate) running: &'a [&'static Site],
}

/// Resolves the frames and writes the text.
pub(crate) fn render(stack: Stack<'_>) -> String {
    let Stack { kind, message, causes, trail, site_file, carried, captured, running } = stack;
    let steps = || trail.steps().map(Step::frame).collect::<Vec<_>>();
    let around = || running.iter().map(|site| site.frame());
    let frames: Arc<str> = match (carried, captured) {
        (Some(carried), _) => {
            frames_text(&with_trail(clean::clean(carried, site_file), steps(), true)).into()
        }
        (None, Some(captured)) => cache::text(Key::new(captured, trail, running), |native| {
            let native = clean::clean(native, site_file);
            if native.is_empty() {
                frames_text(&steps().into_iter().chain(around()).collect::<Vec<_>>())
            } else {
                frames_text(&with_trail(native, steps(), false))
            }
        }),
        (None, None) => {
            frames_text(&steps().into_iter().chain(around()).collect::<Vec<_>>()).into()
        }
    };

    let mut text = crate::describe::one_line(HEADER_LIMIT, &format!("{kind}: {message}"));
    text.push_str(&frames);
    text.push_str(&causes_text(message, causes));
    text
}

/// Puts the frames that are known at compile time in their place: that of the function which the
/// error leaves now over its native frame, else in front of all; those of functions that it left
/// before in front of it. A backtrace that the error carried may have these already.
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
    // Without line tables the frames above ours have no place, and the first one has to.
    let at = if is_carried && native[0].line.is_none() {
        native.drain(..at);
        0
    } else {
        at
    };
    let is_there = |step: &Frame| native[..at].iter().any(|frame| frame.function == step.function);
    let missing: Vec<_> = trail.into_iter().filter(|step| !is_carried || !is_there(step)).collect();
    native.splice(at..at, missing);
    native
}

/// The frames as lines, each with a line break before it.
fn frames_text(frames: &[Frame]) -> String {
    let mut out = Bounded::new(FRAMES_LIMIT);
    // A full buffer refuses what follows and says so at its end.
    let _: std::fmt::Result = write_frames(&mut out, frames);
    out.finish()
}

fn write_frames(out: &mut Bounded, frames: &[Frame]) -> std::fmt::Result {
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

    static SITE: Site = Site::new("render", 0, || ());
    static OUTER: Site = Site::new("render", 1, || ());

    fn step(site: &'static Site) -> Step {
        Step { site, location: site.location }
    }

    fn trail(sites: &[&'static Site]) -> Trail {
        let mut trail = Trail::default();
        sites.iter().for_each(|site| trail.push(step(site)));
        trail
    }

    fn cause(message: &str) -> Cause {
        Cause { kind: None, message: message.to_owned() }
    }

    fn frame(function: &str) -> Frame {
        Frame {
            function: function.to_owned(),
            file: Some("/b/src/pay.rs".to_owned()),
            line: Some(99),
            column: None,
        }
    }

    fn stack<'a>(message: &'a str, causes: &'a [Cause], trail: &'a Trail) -> Stack<'a> {
        Stack {
            kind: "shop::PayError",
            message,
            causes,
            trail,
            site_file: "src/pay.rs",
            carried: None,
            captured: None,
            running: &[],
        }
    }

    fn functions(text: &str) -> Vec<String> {
        let numbered = text.lines().filter_map(|line| line.trim_start().split_once(": "));
        let frames = numbered.filter(|(number, _)| number.parse::<usize>().is_ok());
        frames.map(|(_, function)| function.to_owned()).collect()
    }

    #[test]
    fn without_any_symbol_there_is_a_header_and_the_frame_of_the_function() {
        let text = render(stack("no card", &[], &trail(&[&SITE])));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "shop::PayError: no card");
        assert_eq!(lines[1], format!("   0: {}", SITE.function()));
        assert!(lines[2].starts_with("             at "), "{text}");
        assert!(lines[2].contains("src/stack/render.rs:"), "{text}");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_cause_that_stands_in_the_message_above_it_is_not_repeated() {
        let causes = [cause("no card"), cause("wallet is empty"), cause("wallet")];
        let text = render(stack("paying: no card", &causes, &trail(&[&SITE])));
        let caused: Vec<_> = text.lines().filter(|line| line.starts_with("Caused by")).collect();
        assert_eq!(caused, ["Caused by: wallet is empty"]);
    }

    #[test]
    fn a_message_of_several_lines_cannot_pass_for_frames() {
        let message = "no card\n   0: evil\n             at evil.rs:1:1";
        let text = render(stack(message, &[], &trail(&[&SITE])));
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn frames_above_the_tracked_function_stay_above_it() {
        let own = Frame { line: Some(12), column: Some(5), ..frame("shop::pay") };
        let native = vec![frame("shop::card"), frame("shop::pay"), frame("shop::main")];
        let frames = with_trail(native, vec![own.clone()], true);
        assert_eq!(frames, [frame("shop::card"), own, frame("shop::main")]);
    }

    #[test]
    fn functions_that_the_error_left_before_stand_in_front_of_the_native_frames() {
        let native = vec![frame("shop::pay"), frame("shop::main")];
        let frames = with_trail(native, vec![frame("shop::card"), frame("shop::pay")], false);
        assert_eq!(frames, [frame("shop::card"), frame("shop::pay"), frame("shop::main")]);
    }

    #[test]
    fn without_native_frames_the_trail_and_the_running_calls_are_the_stack() {
        let trail = trail(&[&SITE, &OUTER]);
        let running: [&'static Site; 1] = [&SITE];
        let text = render(Stack { running: &running, ..stack("no", &[], &trail) });
        assert_eq!(functions(&text), [SITE.function(), OUTER.function(), SITE.function()]);
    }

    #[test]
    fn more_frames_than_fit_are_counted() {
        let trail = trail(&[&SITE]);
        let carried = vec![frame("shop::walk"); 100];
        let text = render(Stack { carried: Some(carried), ..stack("no", &[], &trail) });
        assert!(text.ends_with("… 37 more frames"), "{text}");
    }

    #[test]
    fn the_text_is_bounded() {
        let (trail, causes) = (trail(&[&SITE]), vec![cause(&"c".repeat(1500)); 32]);
        let carried = vec![frame(&"f".repeat(2000)); 64];
        let text = render(Stack { carried: Some(carried), ..stack("no", &causes, &trail) });
        assert!(text.len() <= STACK_LIMIT + 100, "{}", text.len());
        assert!(text.contains("[cut at"), "what was cut is said");
    }
}
