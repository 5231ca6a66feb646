//! Helpers of the measurements: the peers, a stack of a given depth, and the printing of results.

use std::hint::black_box;

pub mod functions;
pub mod growth;
pub mod levels;
pub mod peers;
pub mod size;

/// Calls `leaf` on a stack of `frames` frames, as `backtrace` counts them in `leaf`.
///
/// On a new thread, because the stack of a test harness is deep, and differs.
pub fn at_depth<T: Send>(frames: usize, leaf: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            let mut leaf = Some(leaf);
            let mut value = None;
            descend(frames, &mut || value = leaf.take().map(|leaf| leaf()));
            value
        });
        thread.join().ok().flatten().expect("the leaf returns")
    })
}

/// Calls `leaf` once the stack of this thread has so many frames.
#[inline(never)]
pub fn descend(frames: usize, leaf: &mut dyn FnMut()) {
    if frames_here() < frames {
        descend_by(frames - frames_here(), leaf);
    } else {
        leaf();
    }
}

#[inline(never)]
fn descend_by(frames: usize, leaf: &mut dyn FnMut()) {
    if frames == 0 {
        leaf();
    } else {
        descend_by(frames - 1, leaf);
    }
    // Work after the call, so that it is no tail call.
    black_box(frames);
}

/// Frames of this thread's stack above this function.
#[inline(never)]
fn frames_here() -> usize {
    let mut frames = 0_usize;
    backtrace::trace(|_| {
        frames += 1;
        true
    });
    frames.saturating_sub(2)
}

/// Prints one result of a program in `src/bin`, for `run` to read: a line of JSON.
pub fn print(what: &str, peer: &str, values: &[(&str, f64)]) {
    let mut line = serde_json::json!({ "what": what, "peer": peer });
    for (name, value) in values {
        line[name] = (*value).into();
    }
    println!("{line}");
}

/// Quartiles and median.
pub fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

/// The first argument as a number, for programs with a quick mode.
pub fn times(default: usize) -> usize {
    std::env::args().nth(1).and_then(|times| times.parse().ok()).unwrap_or(default)
}
