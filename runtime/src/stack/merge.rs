//! Merges trail and native frames into one stack: one frame per function, in call order.
//!
//! Frame 0 is the first step of the trail. Each further step replaces the next native frame of its function:
//! the step has the place of the `?`, the native frame the place of the call. A step without a native frame
//! (an inlined async function, a stripped program) goes below the previous step.
//!
//! The longest common subsequence aligns steps and native frames. With the next match alone, an inlined step
//! of a recursion would take the frame of an outer call, and later steps would lose theirs. A closure that a
//! function of the trail passed to another one has the function's name too. It is left out, by the number of
//! closures in its symbol.

use super::application::{Application, crate_of};
use super::{Frame, StackFrame};
use crate::describe::last_segment;
use crate::model::{Place, Trail};

/// What std's backtraces call a function without a name.
const UNKNOWN: &str = "<unknown>";

/// Names the first step, if its function is unknown: by the first native frame, which is that of its call.
/// Returns the name, if a symbol has it; an offset in an image goes into the stack only.
///
/// Without line tables the first frame may be that of a dependency, which inlined the call: that one names
/// nothing.
pub(super) fn name_first(
    native: &[StackFrame],
    steps: &mut [StackFrame],
    trail: &Trail,
    application: &Application,
) -> Option<String> {
    let first = steps.first_mut().filter(|first| first.function.is_empty())?;
    let is_of_application =
        |name: &str| crate_of(name).is_some_and(|krate| application.contains(krate));
    // A place that something else reports is further out: of a panic, behind the frames of its machinery.
    let is_at_call = matches!(trail.steps().next()?.location, Place::Compiled(_));
    let of_call = native.first().filter(|frame| match &frame.file {
        Some(_) => frame.file == first.file && !frame.is_anonymous(),
        None if frame.unnamed.is_some() => is_at_call,
        None => is_of_application(&frame.function),
    });
    let Some(frame) = of_call else {
        let unknown = Frame { function: UNKNOWN.to_owned(), ..Frame::clone(first) };
        *first = unknown.into();
        return None;
    };
    let (function, unnamed) = (frame.function.clone(), frame.unnamed.clone());
    *first = Frame { function, unnamed, ..Frame::clone(first) }.into();
    frame.unnamed.is_none().then(|| frame.function.clone())
}

/// Merges the native frames from the time when the error left the first step.
pub(super) fn merge(native: Vec<StackFrame>, steps: Vec<StackFrame>) -> Vec<StackFrame> {
    let mut steps = steps.into_iter();
    let native = without_closures(native, steps.as_slice());
    let Some(first) = steps.next() else { return native };
    // A frame of the same function further out is an outer call of a recursion.
    let has_first = native.first().is_some_and(|frame| {
        is_same(frame, &first) || (frame.is_anonymous() && frame.file == first.file)
    });
    let native: Vec<_> = native.into_iter().skip(usize::from(has_first)).collect();
    let steps: Vec<_> = steps.collect();
    let places = align(&native, &steps);
    let mut frames = vec![first];
    frames.extend(interleave(native, steps, &places, 0));
    frames
}

/// Merges a backtrace that the error carried. It begins at the error's creation, so frames before the first
/// step stay. Without line tables they have no place, and frame 0 must have one.
pub(super) fn merge_carried(native: Vec<StackFrame>, steps: Vec<StackFrame>) -> Vec<StackFrame> {
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

/// Leaves out closures that a function of the trail passed to others: the function has its own frame further
/// out.
fn without_closures(mut native: Vec<StackFrame>, steps: &[StackFrame]) -> Vec<StackFrame> {
    if native.iter().all(|frame| frame.closures == 0) {
        return native;
    }
    let own = native.iter().filter(|frame| steps.iter().any(|step| is_same(frame, step)));
    let own: Vec<_> = own.cloned().collect();
    native.retain(|frame| {
        let mut own = own.iter();
        !own.any(|own| own.closures < frame.closures && own.function == frame.function)
    });
    native
}

/// The native frames, with each step in its place; steps before the first match are at `start`.
fn interleave(
    native: Vec<StackFrame>,
    steps: Vec<StackFrame>,
    places: &[Option<usize>],
    start: usize,
) -> Vec<StackFrame> {
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

/// For each step, the index of the native frame of its function: in the same order, for as many steps as
/// possible (the longest common subsequence).
fn align(native: &[StackFrame], steps: &[StackFrame]) -> Vec<Option<usize>> {
    let width = native.len() + 1;
    // The maximum number of matches of steps from `step` on with native frames from `at` on.
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

/// Whether a native frame belongs to a step's function. Line tables alone have the bare name of a function
/// and no name of an async one (`{async_fn#0}`), and names of `impl` blocks differ. In these cases the file
/// and either the last segment or the line must match.
fn is_same(native: &StackFrame, step: &StackFrame) -> bool {
    if native.function == step.function {
        return true;
    }
    // Most frames are in other files.
    if native.file != step.file {
        return false;
    }
    if native.is_anonymous() {
        native.line == step.line
    } else {
        !(native.is_plain() && step.is_plain())
            && last_segment(&native.function) == last_segment(&step.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::test_frames::{frame, natives, steps};

    /// The functions of merged frames; brackets mark exact places.
    fn shown(frames: Vec<StackFrame>) -> Vec<String> {
        let shown = |frame: &StackFrame| match frame.column {
            Some(_) => format!("[{}]", frame.function),
            None => frame.function.clone(),
        };
        frames.iter().map(shown).collect()
    }

    #[test]
    fn each_step_replaces_the_native_frame_of_its_function() {
        let native = natives(&["shop::insert", "shop::lock", "shop::store", "shop::main"]);
        let merged = merge(native, steps(&["shop::insert", "shop::store"]));
        assert_eq!(shown(merged), ["[shop::insert]", "shop::lock", "[shop::store]", "shop::main"]);
    }

    #[test]
    fn a_step_without_a_native_frame_is_below_the_step_before_it() {
        let native = natives(&["shop::insert", "axum::call", "shop::main"]);
        let merged = merge(native, steps(&["shop::insert", "shop::store", "shop::handler"]));
        assert_eq!(
            shown(merged),
            ["[shop::insert]", "[shop::store]", "[shop::handler]", "axum::call", "shop::main"]
        );
    }

    #[test]
    fn a_first_step_that_was_inlined_is_before_the_native_frames() {
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
        // The native frames lack the first call, but have an outer one.
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
        let native =
            vec![frame("insert").into(), frame("store").into(), frame("shop::other::store").into()];
        let merged = merge(native, steps(&["shop::insert", "shop::store"]));
        assert_eq!(shown(merged), ["[shop::insert]", "[shop::store]", "shop::other::store"]);
    }

    #[test]
    fn an_async_function_without_a_name_in_line_tables_is_recognised_by_its_line() {
        let anonymous =
            |line| StackFrame::from(Frame { line: Some(line), ..frame("{async_fn#0}") });
        // The error left the first one, wherever in the function the wrapper is.
        let native = vec![anonymous(3), anonymous(12), anonymous(40)];
        let merged = merge(native, steps(&["shop::insert", "shop::store"]));
        assert_eq!(shown(merged), ["[shop::insert]", "[shop::store]", "{async_fn#0}"]);
    }

    #[test]
    fn of_two_functions_with_the_same_name_in_a_file_the_right_one_is_replaced() {
        let native = vec![frame("shop::A::get").into(), frame("shop::B::get").into()];
        let merged = merge(native, steps(&["shop::C::get", "shop::B::get"]));
        assert_eq!(shown(merged), ["[shop::C::get]", "shop::A::get", "[shop::B::get]"]);
    }

    #[test]
    fn frames_of_a_carried_backtrace_above_the_tracked_function_stay_above_it() {
        let native =
            vec![frame("shop::card").into(), frame("shop::pay").into(), frame("shop::main").into()];
        let merged = merge_carried(native, steps(&["shop::pay", "shop::main"]));
        assert_eq!(shown(merged), ["shop::card", "[shop::pay]", "[shop::main]"]);
    }

    #[test]
    fn a_step_before_a_carried_backtrace_is_above_the_next_step() {
        let native =
            vec![frame("shop::wrap").into(), frame("shop::pay").into(), frame("shop::main").into()];
        let merged = merge_carried(native, steps(&["shop::card", "shop::pay"]));
        assert_eq!(shown(merged), ["shop::wrap", "[shop::card]", "[shop::pay]", "shop::main"]);
        let merged = merge_carried(vec![frame("shop::main").into()], steps(&["shop::card"]));
        assert_eq!(shown(merged), ["[shop::card]", "shop::main"]);
    }

    #[test]
    fn without_line_tables_a_carried_backtrace_begins_at_the_tracked_function() {
        let native = natives(&["shop::card", "shop::pay", "shop::main"]);
        let merged = merge_carried(native, steps(&["shop::pay"]));
        assert_eq!(shown(merged), ["[shop::pay]", "shop::main"]);
    }
}
