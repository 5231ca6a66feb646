//! The frames of a stack → lines.
//!
//! Without line tables, a run of frames of other crates becomes one line, `… 22 frames of axum, tower,
//! hyper`; a run of executors alone is omitted. What is beyond the bounds is counted, or has a note.

use std::sync::Arc;

use super::StackFrame;
use super::application::{Application, crate_of};
use super::cause_lines::CAUSES_LIMIT;
use super::hidden::is_executor;
use super::render::HEADER_LIMIT;
use crate::base::escape::OneLine;
use crate::base::json::Escaped;
use crate::base::once_box::OnceBox;
use crate::base::text::bounded;

/// Frames in a stack, and bytes of its text.
const MAX_FRAMES: usize = 64;
pub(super) const STACK_LIMIT: usize = 32 * 1024;
/// Bytes of the frames.
const FRAMES_LIMIT: usize = STACK_LIMIT - HEADER_LIMIT - CAUSES_LIMIT;
/// Crates in the line for foreign frames.
const MAX_CRATES: usize = 8;

/// The frames of a stack as text: lines, each after a line break.
#[derive(Debug, Clone)]
pub(super) struct FramesText {
    pub(super) text: Arc<Escaped>,
    pub(super) build_id: Option<Arc<str>>,
    pub(super) function: Option<String>,
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

pub(super) fn write_frames(
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
    use crate::stack::test_frames::{exact, frame, natives, steps};
    use crate::stack::{Frame, Unnamed};

    fn functions(text: &str) -> Vec<String> {
        let numbered = text.lines().filter_map(|line| line.trim_start().split_once(": "));
        let frames = numbered.filter(|(number, _)| number.parse::<usize>().is_ok());
        frames.map(|(_, function)| function.to_owned()).collect()
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
            unnamed: Some(Unnamed { build_id: Some("0a1b".into()) }),
            ..Frame::named(function.to_owned())
        };
        let frames = vec![exact("shop::pay"), unnamed("shop+0x1f"), unnamed("shop+0x2f")];
        let (text, build_id) = written(frames.into_iter().map(StackFrame::from).collect());
        assert_eq!(functions(&text), ["shop::pay", "shop+0x1f", "shop+0x2f"]);
        assert_eq!(build_id.as_deref(), Some("0a1b"));
        assert_eq!(written(steps(&["shop::pay"])).1, None);
    }
}
