//! Frames → the text of `error.stack` and `exception.stacktrace`.
//!
//! The form is `std::backtrace`'s, after a header line, with the causes last. The compiler knows the steps of
//! the trail, so they have function, file and line in every build. Frame 0 is the first step. The native
//! frames between and below them are functions without the attribute.
//!
//! Without line tables, a run of frames of other crates becomes one line, `… 22 frames of axum, tower,
//! hyper`; a run of executors alone is omitted.

use std::fmt::Write;
use std::sync::Arc;

use super::application::{Application, crate_of};
use super::cache::{self, StackKey};
use super::carried::MAX_FRAMES as MAX_CARRIED;
use super::cause_lines::{CAUSES_LIMIT, cause_lines};
use super::hidden::is_executor;
use super::merge::{merge, merge_carried, name_first};
use super::{Captured, Frame, clean, fork};
use crate::base::escape::OneLine;
use crate::base::text::{Bounded, SUMMARY_LIMIT, bounded, one_line};
use crate::model::{Cause, Trail};

/// Frames in a stack, and bytes of its text.
const MAX_FRAMES: usize = 64;
const STACK_LIMIT: usize = 32 * 1024;
/// Bytes of the header and of a cause: the log has the whole messages in other keys.
pub(super) const HEADER_LIMIT: usize = 1024;
/// Bytes of the frames.
const FRAMES_LIMIT: usize = STACK_LIMIT - HEADER_LIMIT - CAUSES_LIMIT;
/// Crates in the line for foreign frames.
const MAX_CRATES: usize = 8;

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

/// The text of a stack, or of its frames: lines, each after a line break.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) text: String,
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
    let mut steps: Vec<_> = trail.steps().map(Frame::of_step).collect();
    let may_be_deeper = match &carried {
        Some(frames) => frames.len() == MAX_CARRIED,
        None => captured.as_ref().is_some_and(Captured::is_full),
    };
    let frames = match (carried, captured) {
        (Some(carried), _) => {
            let carried = clean::clean_carried(carried, site_file);
            // It begins elsewhere, so it does not name the first step.
            name_first(&[], &mut steps, trail, application);
            write_frames(merge_carried(carried, steps), application, None)
        }
        (None, Some(captured)) => {
            cache::text(StackKey::new(captured, trail, application), |native| {
                let native = clean::clean(native, site_file);
                let function = name_first(&native, &mut steps, trail, application);
                write_frames(merge(native, steps), application, function)
            })
        }
        (None, None) => {
            name_first(&[], &mut steps, trail, application);
            write_frames(steps, application, None)
        }
    };

    let message = &bounded(SUMMARY_LIMIT, message);
    let mut text = header(kind, message);
    text.push_str(&frames.text);
    if may_be_deeper {
        text.push_str("\n      … further frames were not captured");
    }
    text.push_str(&cause_lines(message, causes, presumed_trail));
    let (build_id, function) = (frames.build_id.clone(), frames.function.clone());
    Rendered { text, build_id, function }
}

/// The first line. Readers take `404: not found` for a frame.
pub(super) fn header(kind: &str, message: &str) -> String {
    let header = one_line(HEADER_LIMIT, &format!("{kind}: {message}"));
    let digits = header.trim_start_matches(|char: char| char.is_ascii_digit());
    let is_frame = digits.len() < header.len() && digits.trim_start().starts_with(':');
    if is_frame { format!("error {header}") } else { header }
}

/// An entry of a stack's text.
enum Item {
    Frame(Frame),
    /// A run of frames of other crates, as one line.
    Foreign {
        count: usize,
        crates: Vec<String>,
    },
}

/// Joins runs of foreign frames below frame 0. A frame with a file (from line tables) or without a known
/// crate is not foreign.
fn fold(frames: Vec<Frame>, application: &Application) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(frames.len());
    for frame in frames {
        let is_shown = frame.file.is_some() || frame.unnamed.is_some() || items.is_empty();
        let foreign =
            crate_of(&frame.function).filter(|krate| !is_shown && !application.contains(krate));
        let Some(krate) = foreign else {
            items.push(Item::Frame(frame));
            continue;
        };
        if is_executor(&frame.function) {
            continue;
        }
        match items.last_mut() {
            Some(Item::Foreign { count, crates }) => {
                *count += 1;
                if !crates.iter().any(|known| known == krate) {
                    crates.push(krate.to_owned());
                }
            }
            _ => items.push(Item::Foreign { count: 1, crates: vec![krate.to_owned()] }),
        }
    }
    items
}

fn write_frames(
    frames: Vec<Frame>,
    application: &Application,
    function: Option<String>,
) -> Arc<Rendered> {
    let unnamed = frames.iter().find_map(|frame| frame.unnamed.as_ref());
    let build_id = unnamed.and_then(|unnamed| unnamed.build_id.clone());
    let items = fold(frames, application);
    let mut out = Bounded::new(FRAMES_LIMIT);
    // A full buffer refuses the rest, and has a note at its end.
    let _: std::fmt::Result = write_items(&mut out, &items);
    let mut text = out.finish();
    // The cache counts its length.
    text.shrink_to_fit();
    Arc::new(Rendered { text, build_id, function })
}

fn write_items(out: &mut Bounded, items: &[Item]) -> std::fmt::Result {
    let mut index = 0;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Frame(_) if index == MAX_FRAMES => {
                let frames = items[at..].iter().map(|item| match item {
                    Item::Frame(_) => 1,
                    Item::Foreign { count, .. } => *count,
                });
                return write!(out, "\n      … {} more frames", frames.sum::<usize>());
            }
            Item::Frame(frame) => {
                write_frame(out, index, frame)?;
                index += 1;
            }
            Item::Foreign { count, crates } => {
                let frames = if *count == 1 { "frame" } else { "frames" };
                let shown = crates[..crates.len().min(MAX_CRATES)].join(", ");
                let more = if crates.len() > MAX_CRATES { ", …" } else { "" };
                write!(out, "\n      … {count} {frames} of {}{more}", OneLine(&shown))?;
            }
        }
    }
    Ok(())
}

fn write_frame(out: &mut Bounded, index: usize, frame: &Frame) -> std::fmt::Result {
    write!(out, "\n{index:>4}: {}", OneLine(&frame.function))?;
    if let (Some(file), Some(line)) = (&frame.file, frame.line) {
        write!(out, "\n             at {}:{line}", OneLine(file))?;
        if let Some(column) = frame.column {
            write!(out, ":{column}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Site, Step};
    use crate::stack::test_frames::{exact, frame, natives, steps};

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

    fn written(frames: Vec<Frame>) -> Rendered {
        let application = Application { crates: vec!["shop"] };
        Arc::into_inner(write_frames(frames, &application, None)).expect("no other owner")
    }

    #[test]
    fn without_line_tables_frames_of_other_crates_are_one_line() {
        let mut frames = steps(&["axum::first", "shop::pay"]);
        frames.extend(natives(&[
            "axum::call",
            "<F as tower::Service>::call",
            "tokio::time::timeout",
            "axum::route",
            "<shop::Layer as tower::Service>::call",
            "sqlite3_step",
            "hyper::serve",
        ]));
        let text = written(frames).text;
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "   0: axum::first",
                "             at /b/src/pay.rs:12:5",
                "   1: shop::pay",
                "             at /b/src/pay.rs:12:5",
                "      … 3 frames of axum, tower",
                "   2: <shop::Layer as tower::Service>::call",
                "   3: sqlite3_step",
                "      … 1 frame of hyper",
            ]
        );
    }

    #[test]
    fn frames_of_executors_alone_are_left_out() {
        let mut frames = steps(&["shop::pay"]);
        frames.extend(natives(&["tokio::time::timeout", "futures_util::select", "shop::main"]));
        assert_eq!(functions(&written(frames).text), ["shop::pay", "shop::main"]);
    }

    #[test]
    fn with_line_tables_frames_of_other_crates_are_shown() {
        let text = written(vec![exact("shop::pay"), frame("axum::call")]).text;
        assert_eq!(functions(&text), ["shop::pay", "axum::call"]);
    }

    #[test]
    fn the_line_for_foreign_frames_names_a_few_crates_and_an_ellipsis() {
        let names: Vec<_> = (0..20).map(|at| format!("c{}::f", at % 10)).collect();
        let foreign = names.iter().map(|name| Frame::named(name.clone()));
        let text = written(std::iter::once(exact("shop::pay")).chain(foreign).collect()).text;
        assert!(
            text.ends_with("\n      … 20 frames of c0, c1, c2, c3, c4, c5, c6, c7, …"),
            "{text}"
        );
    }

    #[test]
    fn frames_without_a_name_have_a_line_each_and_their_build_id() {
        let unnamed = |function: &str| Frame {
            unnamed: Some(crate::stack::Unnamed { build_id: Some("0a1b".into()) }),
            ..Frame::named(function.to_owned())
        };
        let frames = vec![exact("shop::pay"), unnamed("shop+0x1f"), unnamed("shop+0x2f")];
        let rendered = written(frames);
        assert_eq!(functions(&rendered.text), ["shop::pay", "shop+0x1f", "shop+0x2f"]);
        assert_eq!(rendered.build_id.as_deref(), Some("0a1b"));
        assert_eq!(written(steps(&["shop::pay"])).build_id, None);
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
