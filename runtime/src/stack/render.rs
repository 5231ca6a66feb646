//! Frames → the text of `error.stack` and `exception.stacktrace`.
//!
//! The form is `std::backtrace`'s, after a header line, with the causes last. The compiler knows the steps of
//! the trail, so they have function, file and line in every build. Frame 0 is the first step. The native
//! frames between and below them are functions without the attribute.
//!
//! Without line tables, a run of frames of other crates becomes one line, `… 22 frames of axum, tower,
//! hyper`; a run of executors alone is omitted.

use std::sync::Arc;

use super::application::{Application, crate_of};
use super::cache::{self, StackKey};
use super::carried::MAX_FRAMES as MAX_CARRIED;
use super::cause_lines::{CAUSES_LIMIT, cause_lines};
use super::hidden::is_executor;
use super::merge::{merge, merge_carried, name_first};
use super::{Captured, Frame, StackFrame, clean, fork};
use crate::base::escape::OneLine;
use crate::base::json::Escaped;
use crate::base::once_box::OnceBox;
use crate::base::text::{SUMMARY_LIMIT, bounded, one_line};
use crate::model::{Cause, StackText, Trail};

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

/// A stack as text.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) text: StackText,
    /// The build id of the image of the first frame without a name.
    pub(crate) build_id: Option<Arc<str>>,
    /// The function of the first step, if only its symbol names it.
    pub(crate) function: Option<String>,
}

/// The frames of a stack as text: lines, each after a line break.
#[derive(Debug, Clone)]
pub(super) struct FramesText {
    pub(super) text: Arc<Escaped>,
    build_id: Option<Arc<str>>,
    function: Option<String>,
}

/// Resolves the frames and writes the text.
pub(crate) fn render(stack: Stack<'_>) -> Rendered {
    let Stack { kind, message, causes, trail, presumed_trail, site_file, carried, captured } =
        stack;
    // In a forked child, tests once for all whether names can be looked for.
    fork::are_locks_free_now();
    let application = &Application::of(trail);
    let frames = match captured.filter(|_| carried.is_none()) {
        Some(captured) => {
            let key =
                StackKey { captured, trail, application: application.crates.len(), site_file };
            cache::text(key, |captured, calls, mut steps| {
                let native = clean::clean(calls.iter().flat_map(|calls| &**calls));
                let function = name_first(&native, &mut steps, trail, application);
                let frames = merge(native, steps);
                write_frames(frames, application, function, captured.is_full())
            })
        }
        None => {
            let steps = trail.steps().map(|step| StackFrame::from(Frame::of_step(step)));
            let mut steps: Vec<_> = steps.collect();
            // A carried backtrace begins elsewhere, so it does not name the first step.
            name_first(&[], &mut steps, trail, application);
            let is_full = carried.as_ref().is_some_and(|frames| frames.len() == MAX_CARRIED);
            let frames = match carried {
                Some(frames) => merge_carried(clean::clean_carried(frames, site_file), steps),
                None => steps,
            };
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

/// An entry of a stack's text.
enum Item {
    Frame(StackFrame),
    /// A run of frames of other crates, as one line.
    Foreign {
        count: usize,
        crates: Vec<String>,
    },
}

/// Joins runs of foreign frames below frame 0. A frame with a file (from line tables) or without a known
/// crate is not foreign.
fn fold(frames: Vec<StackFrame>, application: &Application) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(frames.len());
    for frame in frames {
        let is_shown = frame.file.is_some() || frame.unnamed.is_some() || items.is_empty();
        let krate = if is_shown { None } else { crate_of(&frame.function) };
        let Some(krate) = krate.filter(|krate| !application.contains(krate)) else {
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
    frames: Vec<StackFrame>,
    application: &Application,
    function: Option<String>,
    may_be_deeper: bool,
) -> FramesText {
    let unnamed = frames.iter().find_map(|frame| frame.unnamed.as_ref());
    let build_id = unnamed.and_then(|unnamed| unnamed.build_id.clone());
    let mut text = write_items(&fold(frames, application));
    if text.len() > FRAMES_LIMIT {
        text = Escaped::from(&*bounded(FRAMES_LIMIT, &text.plain()));
    }
    if may_be_deeper {
        text.push("\n      … further frames were not captured");
    }
    // The cache counts its length.
    text.shrink_to_fit();
    FramesText { text: Arc::new(text), build_id, function }
}

/// All lines, or more than [`FRAMES_LIMIT`] of them.
fn write_items(items: &[Item]) -> Escaped {
    /// A line break, four digits, a colon and a space.
    const NUMBER: usize = 8;
    let length = |item: &Item| match item {
        Item::Frame(frame) => NUMBER + frame.text().len(),
        Item::Foreign { .. } => 64,
    };
    let length = items.iter().take(MAX_FRAMES).map(length).sum::<usize>();
    let mut out = Escaped::with_capacity(length.min(2 * FRAMES_LIMIT));
    let mut index = 0;
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Frame(_) if index == MAX_FRAMES => {
                let frames = items[at..].iter().map(|item| match item {
                    Item::Frame(_) => 1,
                    Item::Foreign { count, .. } => *count,
                });
                out.push(&format!("\n      … {} more frames", frames.sum::<usize>()));
                break;
            }
            // An escape doubles a character at most.
            Item::Frame(_) if out.len() > 2 * FRAMES_LIMIT => break,
            Item::Frame(frame) => {
                out.append(&numbers()[index]);
                out.append(frame.text());
                index += 1;
            }
            Item::Foreign { count, crates } => {
                let frames = if *count == 1 { "frame" } else { "frames" };
                let shown = crates[..crates.len().min(MAX_CRATES)].join(", ");
                let more = if crates.len() > MAX_CRATES { ", …" } else { "" };
                let shown = OneLine(&shown);
                out.push(&format!("\n      … {count} {frames} of {shown}{more}"));
            }
        }
    }
    out
}

/// What is before each frame.
fn numbers() -> &'static [Escaped] {
    static NUMBERS: OnceBox<Vec<Escaped>> = OnceBox::new();
    NUMBERS.get_or_init(|| {
        (0..MAX_FRAMES).map(|index| Escaped::from(&*format!("\n{index:>4}: "))).collect()
    })
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

    fn written(frames: Vec<StackFrame>) -> (String, Option<Arc<str>>) {
        let application = Application { crates: Arc::new(vec!["shop"]) };
        let written = write_frames(frames, &application, None, false);
        (written.text.plain(), written.build_id)
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
        let (text, _) = written(frames);
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
        assert_eq!(functions(&written(frames).0), ["shop::pay", "shop::main"]);
    }

    #[test]
    fn with_line_tables_frames_of_other_crates_are_shown() {
        let text = written(vec![exact("shop::pay").into(), frame("axum::call").into()]).0;
        assert_eq!(functions(&text), ["shop::pay", "axum::call"]);
    }

    #[test]
    fn the_line_for_foreign_frames_names_a_few_crates_and_an_ellipsis() {
        let names: Vec<_> = (0..20).map(|at| format!("c{}::f", at % 10)).collect();
        let foreign = names.iter().map(|name| Frame::named(name.clone()));
        let frames = std::iter::once(exact("shop::pay")).chain(foreign).map(StackFrame::from);
        let (text, _) = written(frames.collect());
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
        let (text, build_id) = written(frames.into_iter().map(StackFrame::from).collect());
        assert_eq!(functions(&text), ["shop::pay", "shop+0x1f", "shop+0x2f"]);
        assert_eq!(build_id.as_deref(), Some("0a1b"));
        assert_eq!(written(steps(&["shop::pay"])).1, None);
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
