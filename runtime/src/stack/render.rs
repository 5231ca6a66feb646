//! Frames → the text of `error.stack` and `exception.stacktrace`.
//!
//! The form is that of `std::backtrace`, after a header line, with the causes last. The steps of the
//! trail are compile-time facts, so in every build they have function, file and line, and frame 0 is the
//! first of them. The native frames between and below them tell what was not tracked.

use std::fmt::Write;
use std::sync::Arc;

use super::application::{Application, crate_of};
use super::cache::{self, Key};
use super::clean::is_anonymous;
use super::{Captured, Frame, clean};
use crate::base::text::Bounded;
use crate::describe::last_segment;
use crate::model::{Cause, Trail};

/// Frames in a stack, and bytes of its text.
const MAX_FRAMES: usize = 64;
const STACK_LIMIT: usize = 32 * 1024;
/// Bytes of the header: the whole message stands elsewhere in the log.
const HEADER_LIMIT: usize = 1024;
/// Bytes kept for the causes behind the frames.
const CAUSES_LIMIT: usize = 8 * 1024;
/// Bytes of the frames.
const FRAMES_LIMIT: usize = STACK_LIMIT - HEADER_LIMIT - CAUSES_LIMIT;
/// Crates that the line for foreign frames names.
const MAX_CRATES: usize = 8;

/// What a stack is made of.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    pub(crate) kind: &'a str,
    pub(crate) message: &'a str,
    pub(crate) causes: &'a [Cause],
    /// The tracked functions that the error left, innermost first.
    pub(crate) trail: &'a Trail,
    /// File of the tracked function as the compiler names it.
    pub(crate) site_file: &'a str,
    /// The backtrace that the error itself brought along.
    pub(crate) carried: Option<Vec<Frame>>,
    /// The calls that were running when the error left the first function of the trail.
    pub(crate) captured: Option<Captured>,
}

/// The text of a stack.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    /// The build id of the image of the first frame that is written as an offset.
    pub(crate) build_id: Option<Arc<str>>,
}

/// The frames of a stack as lines, each with a line break before it.
#[derive(Debug, Clone)]
pub(super) struct FrameLines {
    pub(super) text: Arc<str>,
    build_id: Option<Arc<str>>,
}

/// Resolves the frames and writes the text.
pub(crate) fn render(stack: Stack<'_>) -> Rendered {
    let Stack { kind, message, causes, trail, site_file, carried, captured } = stack;
    let application = &Application::of(trail);
    let steps: Vec<_> = trail.steps().map(Frame::of_step).collect();
    let frames = match (carried, captured) {
        (Some(carried), _) => {
            let carried = clean::clean_carried(carried, site_file);
            write_frames(merge_carried(carried, steps), application)
        }
        (None, Some(captured)) => cache::text(Key::new(captured, trail, application), |native| {
            write_frames(merge(clean::clean(native, site_file), steps), application)
        }),
        (None, None) => write_frames(steps, application),
    };

    let mut text = crate::base::text::one_line(HEADER_LIMIT, &format!("{kind}: {message}"));
    text.push_str(&frames.text);
    text.push_str(&causes_text(message, causes));
    Rendered { text, build_id: frames.build_id }
}

/// One stack of the steps of a trail and the native frames that were captured when the error left the
/// first of them: one frame a function, in the order of the calls.
///
/// Frame 0 is the first step. Each further step replaces the next native frame of its function. A step
/// without one (an async function that was inlined, a stripped program) stands below the step before
/// it.
fn merge(native: Vec<Frame>, steps: Vec<Frame>) -> Vec<Frame> {
    let mut steps = steps.into_iter();
    let native = without_closures(native, steps.as_slice());
    let Some(first) = steps.next() else { return native };
    // A frame of the same function further out is an outer call of a recursion.
    let has_first = native.first().is_some_and(|frame| {
        is_same(frame, &first) || (is_anonymous(&frame.function) && frame.file == first.file)
    });
    let native: Vec<_> = native.into_iter().skip(usize::from(has_first)).collect();
    let steps: Vec<_> = steps.collect();
    let places = align(&native, &steps);
    let mut frames = vec![first];
    frames.extend(interleave(native, steps, &places, 0));
    frames
}

/// The same for a backtrace that the error carried. It begins where the error was made, so the frames
/// before the first step's stay; but without line tables these have no place, and frame 0 has one.
fn merge_carried(native: Vec<Frame>, steps: Vec<Frame>) -> Vec<Frame> {
    let mut native = without_closures(native, &steps);
    let first = |places: &[Option<usize>]| places.iter().find_map(|place| *place);
    let mut places = align(&native, &steps);
    if native.first().is_some_and(|frame| frame.line.is_none()) {
        native.drain(..first(&places).unwrap_or(0));
        places = align(&native, &steps);
    }
    let start = first(&places).unwrap_or(0);
    interleave(native, steps, &places, start)
}

/// Leaves out closures that a function of the trail passed to others, who called them: the function has
/// a frame of its own further out.
fn without_closures(mut native: Vec<Frame>, steps: &[Frame]) -> Vec<Frame> {
    let mut own: Vec<(String, usize)> = Vec::new();
    for frame in native.iter().filter(|frame| steps.iter().any(|step| is_same(frame, step))) {
        match own.iter_mut().find(|(function, _)| *function == frame.function) {
            Some((_, fewest)) => *fewest = frame.closures.min(*fewest),
            None => own.push((frame.function.clone(), frame.closures)),
        }
    }
    native.retain(|frame| {
        !own.iter()
            .any(|(function, fewest)| *function == frame.function && frame.closures > *fewest)
    });
    native
}

/// The native frames, with each step in its place; steps before all that have one stand at `start`.
fn interleave(
    native: Vec<Frame>,
    steps: Vec<Frame>,
    places: &[Option<usize>],
    start: usize,
) -> Vec<Frame> {
    let mut frames = Vec::with_capacity(native.len() + steps.len());
    let (mut native, mut at) = (native.into_iter(), 0);
    for (step, place) in steps.into_iter().zip(places) {
        let end = place.unwrap_or(at.max(start));
        frames.extend(native.by_ref().take(end - at));
        at = end;
        if place.is_some() {
            native.next();
            at += 1;
        }
        frames.push(step);
    }
    frames.extend(native);
    frames
}

/// For each step the index of the native frame of its function: in the same order, and for as many
/// steps as possible (the longest common subsequence), so that a step without a native frame does not
/// take that of an outer call of a recursion from another step.
fn align(native: &[Frame], steps: &[Frame]) -> Vec<Option<usize>> {
    let width = native.len() + 1;
    // How many of the steps from `step` on have a place in the native frames from `at` on.
    let mut most = vec![0_usize; (steps.len() + 1) * width];
    for step in (0..steps.len()).rev() {
        for at in (0..native.len()).rev() {
            most[step * width + at] = if is_same(&native[at], &steps[step]) {
                most[(step + 1) * width + at + 1] + 1
            } else {
                most[(step + 1) * width + at].max(most[step * width + at + 1])
            };
        }
    }
    let (mut next, mut places) = (0, vec![None; steps.len()]);
    for (at, frame) in native.iter().enumerate() {
        let best = most[next * width + at];
        let keeps_best = |step: usize| most[(step + 1) * width + at + 1] + 1 == best;
        let mut further = next..steps.len();
        if let Some(step) = further.find(|step| is_same(frame, &steps[*step]) && keeps_best(*step))
        {
            places[step] = Some(at);
            next = step + 1;
        }
    }
    places
}

/// Whether a native frame is of a step's function. Line tables alone give the bare name of a function,
/// and of an async function none (`{async_fn#0}`), and names of `impl` blocks differ: the last segment
/// or the line, and the file, have to do then.
fn is_same(native: &Frame, step: &Frame) -> bool {
    if native.function == step.function {
        return true;
    }
    let is_plain = |name: &str| name.contains("::") && !name.contains(['<', '{']);
    let may_be_same = if is_anonymous(&native.function) {
        native.line == step.line
    } else {
        !(is_plain(&native.function) && is_plain(&step.function))
            && last_segment(&native.function) == last_segment(&step.function)
    };
    may_be_same && native.file == step.file
}

/// What is written of a stack.
enum Item {
    Frame(Frame),
    /// A run of frames that are not the application's, which the reader sees as one line.
    Foreign {
        count: usize,
        crates: Vec<String>,
    },
}

/// Puts runs of foreign frames below frame 0 together. Where line tables tell the file of a frame it
/// is not foreign, and nor is one whose crate is not known.
fn fold(frames: Vec<Frame>, application: &Application) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(frames.len());
    for frame in frames {
        let foreign = if frame.file.is_some() || frame.unnamed.is_some() || items.is_empty() {
            None
        } else {
            crate_of(&frame.function).filter(|krate| !application.contains(krate))
        };
        let Some(krate) = foreign else {
            items.push(Item::Frame(frame));
            continue;
        };
        if clean::is_executor(&frame.function) {
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

fn write_frames(frames: Vec<Frame>, application: &Application) -> FrameLines {
    let items = fold(frames, application);
    let mut out = Bounded::new(FRAMES_LIMIT);
    // A full buffer refuses what follows and says so at its end.
    let _: std::fmt::Result = write_items(&mut out, &items);
    let text = out.finish();
    let unnamed = items.iter().find_map(|item| match item {
        Item::Frame(Frame { unnamed: Some(unnamed), .. }) => Some(unnamed),
        _ => None,
    });
    let build_id = unnamed.and_then(|unnamed| unnamed.build_id.clone());
    FrameLines { text: text.into(), build_id }
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
                write!(out, "\n      … {count} {frames} of {shown}{more}")?;
            }
        }
    }
    Ok(())
}

fn write_frame(out: &mut Bounded, index: usize, frame: &Frame) -> std::fmt::Result {
    write!(out, "\n{index:>4}: {}", frame.function)?;
    if let (Some(file), Some(line)) = (&frame.file, frame.line) {
        write!(out, "\n             at {file}:{line}")?;
        if let Some(column) = frame.column {
            write!(out, ":{column}")?;
        }
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
        let line = crate::base::text::one_line(HEADER_LIMIT, &cause.message);
        let label = if cause.is_presumed { "Presumably caused by" } else { "Caused by" };
        if write!(out, "\n{label}: {line}").is_err() {
            break;
        }
        above = &cause.message;
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Site;
    use crate::model::Step;

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
        Cause { kind: None, message: message.to_owned(), is_presumed: false }
    }

    fn frame(function: &str) -> Frame {
        Frame {
            function: function.to_owned(),
            file: Some("/b/src/pay.rs".to_owned()),
            line: Some(99),
            column: None,
            closures: 0,
            unnamed: None,
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
    fn a_cause_that_stands_in_the_message_above_it_is_not_repeated() {
        let causes = [cause("no card"), cause("wallet is empty"), cause("wallet")];
        let text = render(stack("paying: no card", &causes, &trail(&[&SITE]))).text;
        let caused: Vec<_> = text.lines().filter(|line| line.starts_with("Caused by")).collect();
        assert_eq!(caused, ["Caused by: wallet is empty"]);
    }

    #[test]
    fn a_message_of_several_lines_cannot_pass_for_frames() {
        let message = "no card\n   0: evil\n             at evil.rs:1:1";
        let text = render(stack(message, &[], &trail(&[&SITE]))).text;
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    /// A frame of a stack without line tables.
    fn unlocated(function: &str) -> Frame {
        Frame { file: None, line: None, ..frame(function) }
    }

    /// A step of a trail.
    fn exact(function: &str) -> Frame {
        Frame { line: Some(12), column: Some(5), ..frame(function) }
    }

    fn natives(functions: &[&str]) -> Vec<Frame> {
        functions.iter().map(|function| unlocated(function)).collect()
    }

    fn steps(functions: &[&str]) -> Vec<Frame> {
        functions.iter().map(|function| exact(function)).collect()
    }

    /// The functions of merged frames, those with an exact place in brackets.
    fn shown(frames: Vec<Frame>) -> Vec<String> {
        let shown = |frame: Frame| match frame.column {
            Some(_) => format!("[{}]", frame.function),
            None => frame.function,
        };
        frames.into_iter().map(shown).collect()
    }

    #[test]
    fn each_step_replaces_the_native_frame_of_its_function() {
        let native = natives(&["shop::insert", "shop::lock", "shop::store", "shop::main"]);
        let merged = merge(native, steps(&["shop::insert", "shop::store"]));
        assert_eq!(shown(merged), ["[shop::insert]", "shop::lock", "[shop::store]", "shop::main"]);
    }

    #[test]
    fn a_step_without_a_native_frame_stands_below_the_step_before_it() {
        let native = natives(&["shop::insert", "axum::call", "shop::main"]);
        let merged = merge(native, steps(&["shop::insert", "shop::store", "shop::handler"]));
        assert_eq!(
            shown(merged),
            ["[shop::insert]", "[shop::store]", "[shop::handler]", "axum::call", "shop::main"]
        );
    }

    #[test]
    fn a_first_step_that_was_inlined_stands_in_front_of_the_native_frames() {
        let merged = merge(natives(&["shop::main"]), steps(&["shop::insert", "shop::main"]));
        assert_eq!(shown(merged), ["[shop::insert]", "[shop::main]"]);
    }

    #[test]
    fn without_native_frames_the_steps_are_the_stack() {
        let merged = merge(Vec::new(), steps(&["shop::insert", "shop::main"]));
        assert_eq!(shown(merged), ["[shop::insert]", "[shop::main]"]);
    }

    #[test]
    fn each_call_of_a_recursion_keeps_its_own_frame() {
        let native = natives(&["shop::walk", "shop::each", "shop::walk", "shop::walk"]);
        let merged = merge(native, steps(&["shop::walk"; 3]));
        assert_eq!(shown(merged), ["[shop::walk]", "shop::each", "[shop::walk]", "[shop::walk]"]);
    }

    #[test]
    fn an_inlined_call_of_a_recursion_does_not_take_the_frame_of_an_outer_one() {
        let native = natives(&["shop::leaf", "shop::node", "shop::leaf", "shop::main"]);
        let merged = merge(native, steps(&["shop::leaf", "shop::leaf", "shop::node"]));
        assert_eq!(
            shown(merged),
            ["[shop::leaf]", "[shop::leaf]", "[shop::node]", "shop::leaf", "shop::main"]
        );
        // The native frames do not hold the first call, but one further out.
        let merged = merge(natives(&["shop::node", "shop::leaf"]), steps(&["shop::leaf"]));
        assert_eq!(shown(merged), ["[shop::leaf]", "shop::node", "shop::leaf"]);
    }

    #[test]
    fn a_closure_that_a_tracked_function_passed_on_is_no_frame_of_its_own() {
        let mut native = natives(&["shop::store", "shop::pay", "shop::layer", "shop::pay"]);
        native[1].closures = 2;
        native[3].closures = 1;
        let merged = merge(native, steps(&["shop::store", "shop::pay"]));
        assert_eq!(shown(merged), ["[shop::store]", "shop::layer", "[shop::pay]"]);
    }

    #[test]
    fn a_bare_name_of_line_tables_is_recognised_by_its_file() {
        let native = vec![frame("insert"), frame("store"), frame("shop::other::store")];
        let merged = merge(native, steps(&["shop::insert", "shop::store"]));
        assert_eq!(shown(merged), ["[shop::insert]", "[shop::store]", "shop::other::store"]);
    }

    #[test]
    fn an_async_function_without_a_name_in_line_tables_is_recognised_by_its_line() {
        let anonymous = |line| Frame { line: Some(line), ..frame("{async_fn#0}") };
        // The first is what the error left, wherever in the function the wrapper is.
        let native = vec![anonymous(3), anonymous(12), anonymous(40)];
        let merged = merge(native, steps(&["shop::insert", "shop::store"]));
        assert_eq!(shown(merged), ["[shop::insert]", "[shop::store]", "{async_fn#0}"]);
    }

    #[test]
    fn of_two_functions_with_the_same_name_in_a_file_the_right_one_is_replaced() {
        let native = vec![frame("shop::A::get"), frame("shop::B::get")];
        let merged = merge(native, steps(&["shop::C::get", "shop::B::get"]));
        assert_eq!(shown(merged), ["[shop::C::get]", "shop::A::get", "[shop::B::get]"]);
    }

    #[test]
    fn frames_of_a_carried_backtrace_above_the_tracked_function_stay_above_it() {
        let native = vec![frame("shop::card"), frame("shop::pay"), frame("shop::main")];
        let merged = merge_carried(native, steps(&["shop::pay", "shop::main"]));
        assert_eq!(shown(merged), ["shop::card", "[shop::pay]", "[shop::main]"]);
    }

    #[test]
    fn a_step_before_a_carried_backtrace_stands_above_the_next_step() {
        let native = vec![frame("shop::wrap"), frame("shop::pay"), frame("shop::main")];
        let merged = merge_carried(native, steps(&["shop::card", "shop::pay"]));
        assert_eq!(shown(merged), ["shop::wrap", "[shop::card]", "[shop::pay]", "shop::main"]);
        let merged = merge_carried(vec![frame("shop::main")], steps(&["shop::card"]));
        assert_eq!(shown(merged), ["[shop::card]", "shop::main"]);
    }

    #[test]
    fn without_line_tables_a_carried_backtrace_begins_at_the_tracked_function() {
        let native = natives(&["shop::card", "shop::pay", "shop::main"]);
        let merged = merge_carried(native, steps(&["shop::pay"]));
        assert_eq!(shown(merged), ["[shop::pay]", "shop::main"]);
    }

    fn written(frames: Vec<Frame>) -> FrameLines {
        write_frames(frames, &Application::new(&["shop"]))
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
    fn the_line_for_foreign_frames_names_a_few_crates_and_says_that_there_are_more() {
        let names: Vec<_> = (0..20).map(|at| format!("c{}::f", at % 10)).collect();
        let foreign = names.iter().map(|name| unlocated(name));
        let text = written(std::iter::once(exact("shop::pay")).chain(foreign).collect()).text;
        assert!(
            text.ends_with("\n      … 20 frames of c0, c1, c2, c3, c4, c5, c6, c7, …"),
            "{text}"
        );
    }

    #[test]
    fn frames_without_a_name_have_a_line_each_and_tell_the_build_id() {
        let unnamed = |function: &str| Frame {
            unnamed: Some(crate::stack::Unnamed { build_id: Some("0a1b".into()) }),
            ..unlocated(function)
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
        let text = render(Stack { carried: Some(carried), ..stack("no", &[], &trail) }).text;
        assert!(text.ends_with("… 37 more frames"), "{text}");
    }

    #[test]
    fn the_text_is_bounded() {
        let (trail, causes) = (trail(&[&SITE]), vec![cause(&"c".repeat(1500)); 32]);
        let carried = vec![frame(&"f".repeat(2000)); 64];
        let text = render(Stack { carried: Some(carried), ..stack("no", &causes, &trail) }).text;
        assert!(text.len() <= STACK_LIMIT + 100, "{}", text.len());
        assert!(text.contains("[cut at"), "what was cut is said");
    }
}
