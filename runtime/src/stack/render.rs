//! Frames → the text of `error.stack` and `exception.stacktrace`.
//!
//! The form is `std::backtrace`'s, after a header line, with the causes last. The compiler knows the steps of
//! the trail, so they have function, file and line in every build. Frame 0 is the first step. The native
//! frames between and below them are functions without the attribute.
//!
//! Without line tables, a run of frames of other crates becomes one line, `… 22 frames of axum, tower,
//! hyper`; a run of executors alone is omitted.

use std::sync::Arc;

use super::application::Application;
use super::cache::{self, StackKey};
use super::carried::MAX_FRAMES as MAX_CARRIED;
use super::cause_lines::cause_lines;
use super::frame_lines::{FramesText, write_frames};
use super::merge::{merge, merge_carried, name_first};
use super::{Captured, Frame, StackFrame, clean, fork};
use crate::base::text::{SUMMARY_LIMIT, bounded, one_line};
use crate::model::{Cause, StackText, Trail};

/// Bytes of the header and of a cause: the log has the whole messages in other keys.
pub(super) const HEADER_LIMIT: usize = 1024;

#[derive(Debug)]
pub(crate) struct Stack<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
    pub(crate) causes: &'a [Cause],
    /// The tracked functions that the error left, innermost first.
    pub(crate) trail: &'a Trail,
    /// Those that the presumed cause left.
    pub(crate) presumed_trail: Option<&'a Trail>,
    /// The compiler's name of the tracked function's file.
    pub(crate) site_file: &'a str,
    /// The backtrace that the error carries.
    pub(crate) carried: Option<Vec<Frame>>,
    /// The calls that ran when the error left the first function of the trail.
    pub(crate) captured: Option<Captured>,
}

/// A stack as text.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) text: StackText,
    /// The build id of the image of the first frame without a name.
    pub(crate) build_id: Option<Arc<str>>,
    /// The function of the first step, if only its symbol names it.
    pub(crate) function: Option<String>,
}

/// Resolves the frames and writes the text.
pub(crate) fn render(stack: Stack<'_>) -> Rendered {
    let Stack { kind, message, causes, trail, presumed_trail, site_file, carried, captured } =
        stack;
    // In a forked child, tests once for all whether names can be looked for.
    fork::are_locks_free_now();
    let application = &Application::of(trail);
    let frames = match carried {
        None => {
            let key =
                StackKey { captured, trail, application: application.crates.len(), site_file };
            cache::text(key, |captured, calls, mut steps| {
                let native = clean::clean(calls.iter().flat_map(|calls| &**calls));
                let function = name_first(&native, &mut steps, trail, application);
                let frames = merge(native, steps);
                let is_full = captured.is_some_and(Captured::is_full);
                write_frames(frames, application, function, is_full)
            })
        }
        Some(frames) => {
            let steps = trail.steps().map(|step| StackFrame::from(Frame::of_step(step)));
            let mut steps: Vec<_> = steps.collect();
            // A carried backtrace begins elsewhere, so it does not name the first step.
            name_first(&[], &mut steps, trail, application);
            let is_full = frames.len() == MAX_CARRIED;
            let frames = merge_carried(clean::clean_carried(frames, site_file), steps);
            write_frames(frames, application, None, is_full)
        }
    };
    let message = &bounded(SUMMARY_LIMIT, message);
    let FramesText { text, build_id, function } = frames;
    let causes = cause_lines(message, causes, presumed_trail);
    Rendered { text: StackText::new(header(kind, message), text, causes), build_id, function }
}

/// The first line. Readers take `404: not found` for a frame.
pub(super) fn header(kind: &str, message: &str) -> String {
    let header = one_line(HEADER_LIMIT, &format!("{kind}: {message}"));
    let digits = header.trim_start_matches(|char: char| char.is_ascii_digit());
    let is_frame = digits.len() < header.len() && digits.trim_start().starts_with(':');
    if is_frame { format!("error {header}") } else { header }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Site, Step};
    use crate::stack::frame_lines::STACK_LIMIT;
    use crate::stack::test_frames::frame;

    static SITE: Site = Site::new("render", 0, || ());

    fn step(site: &'static Site) -> Step {
        Step { site, location: site.location }
    }

    fn trail(sites: &[&'static Site]) -> Trail {
        let mut trail = Trail::default();
        sites.iter().for_each(|site| trail.push(step(site)));
        trail
    }

    fn cause(message: &str) -> Cause {
        Cause { kind: None, message: message.to_owned(), is_presumed: false, left_out_before: 0 }
    }

    fn stack<'a>(message: &'a str, causes: &'a [Cause], trail: &'a Trail) -> Stack<'a> {
        Stack {
            kind: "shop::PayError",
            message,
            causes,
            trail,
            presumed_trail: None,
            site_file: "src/pay.rs",
            carried: None,
            captured: None,
        }
    }

    fn functions(text: &str) -> Vec<String> {
        let numbered = text.lines().filter_map(|line| line.trim_start().split_once(": "));
        let frames = numbered.filter(|(number, _)| number.parse::<usize>().is_ok());
        frames.map(|(_, function)| function.to_owned()).collect()
    }

    #[test]
    fn without_any_symbol_there_is_a_header_and_the_frame_of_the_function() {
        let text = render(stack("no card", &[], &trail(&[&SITE]))).text;
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "shop::PayError: no card");
        assert_eq!(lines[1], format!("   0: {}", SITE.function()));
        assert!(lines[2].starts_with("             at "), "{text}");
        assert!(lines[2].contains("src/stack/render.rs:"), "{text}");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_cause_that_the_message_above_it_contains_is_not_repeated() {
        let causes = [cause("no card"), cause("wallet is empty"), cause("wallet")];
        let text = render(stack("paying: no card", &causes, &trail(&[&SITE]))).text;
        let caused: Vec<_> = text.lines().filter(|line| line.starts_with("Caused by")).collect();
        assert_eq!(caused, ["Caused by: wallet is empty"]);
    }

    #[test]
    fn the_way_of_a_presumed_cause_follows_its_message_in_the_same_line() {
        let causes = [Cause { is_presumed: true, ..cause("paying: no card") }, cause("no card")];
        let (own, presumed) = (trail(&[&SITE]), trail(&[&SITE, &SITE]));
        let text = render(Stack {
            presumed_trail: Some(&presumed),
            ..stack("paying: no card", &causes, &own)
        })
        .text;
        let last = text.lines().last().expect("a line");
        let step = format!("{} at ", SITE.function());
        assert!(last.starts_with("Presumably caused by: paying: no card (from "), "{text}");
        assert!(last.ends_with(')') && last.matches(&step).count() == 2, "{text}");
        assert_eq!(functions(&text), [SITE.function()]);
    }

    #[test]
    fn a_message_of_several_lines_cannot_pass_for_frames() {
        let message = "no card\n   0: evil\n             at evil.rs:1:1";
        let text = render(stack(message, &[], &trail(&[&SITE]))).text;
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn for_every_reader_a_stack_has_exactly_the_lines_that_are_ours() {
        /// What `str::lines`, Python's `splitlines` or a regular expression of JavaScript takes for a line break.
        const BREAKS: [char; 10] = [
            '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
            '\u{2029}',
        ];
        for mark in BREAKS {
            let hostile = format!("no{mark}   1: evil{mark}             at evil.rs:1:1{mark}");
            let (trail, causes) = (trail(&[&SITE]), [cause("x"), cause(&hostile)]);
            let carried = Frame { file: Some(hostile.clone()), ..frame(&hostile) };
            let long_number = "9".repeat(30);
            for kind in [&*hostile, "404", "0: evil", &*long_number] {
                let carried = Some(vec![carried.clone()]);
                let text = render(Stack { kind, carried, ..stack(&hostile, &causes, &trail) }).text;
                let lines: Vec<_> = text.split(BREAKS).collect();
                assert_eq!(functions(&lines[..1].concat()), [""; 0], "{text}");
                assert_eq!(functions(&lines.join("\n")).len(), 2, "{text}");
                assert_eq!(lines.len(), 7, "{text}");
            }
        }
    }

    #[test]
    fn more_frames_than_fit_are_counted() {
        let trail = trail(&[&SITE]);
        let carried = vec![frame("shop::walk"); 100];
        let deep = vec![frame("shop::walk"); 128];
        let deep = render(Stack { carried: Some(deep), ..stack("no", &[], &trail) }).text;
        assert!(deep.ends_with("more frames\n      … further frames were not captured"), "{deep}");
        let text = render(Stack { carried: Some(carried), ..stack("no", &[], &trail) }).text;
        assert!(text.ends_with("… 37 more frames"), "{text}");
    }

    #[test]
    fn the_text_is_bounded() {
        let (trail, causes) = (trail(&[&SITE]), vec![cause(&"c".repeat(1500)); 32]);
        let carried = vec![frame(&"f".repeat(2000)); 64];
        let text = render(Stack { carried: Some(carried), ..stack("no", &causes, &trail) }).text;
        assert!(text.len() <= STACK_LIMIT + 100, "{}", text.len());
        assert!(text.contains("[cut at"), "no note of the cut");
    }
}
