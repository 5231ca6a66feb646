//! The causes of an error → the last lines of its stack.

use super::Frame;
use super::render::{HEADER_LIMIT, header};
use crate::base::text::{SUMMARY_LIMIT, bounded, one_line};
use crate::model::{Cause, Step, Trail};

/// Bytes of all lines, and those that are for the root cause, which may be the presumed one.
pub(super) const CAUSES_LIMIT: usize = 8 * 1024;
const ROOT_ROOM: usize = 2 * HEADER_LIMIT + 128;

/// `Caused by: …`, a line for each cause that the line above does not contain. Where there is no room for all,
/// the root cause stays, and a line counts those left out. The line of the presumed cause also has its way: in
/// parentheses, because it is not a part of the stack.
pub(super) fn cause_lines(message: &str, causes: &[Cause], mut presumed: Option<&Trail>) -> String {
    let mut shown: Vec<(&Cause, String)> = Vec::with_capacity(causes.len());
    for cause in causes {
        let way = presumed.take_if(|_| cause.is_presumed).map(way).unwrap_or_default();
        let above = shown.last().map_or(message, |(cause, _)| &cause.message);
        let is_new = !above.contains(&*cause.message);
        if is_new || cause.left_out_before != 0 || !way.is_empty() {
            shown.push((cause, way));
        }
    }
    let (mut out, mut left_out) = (String::new(), 0_u32);
    for (at, (cause, way)) in shown.iter().enumerate() {
        left_out = cause.left_out_before.saturating_add(left_out);
        let is_root = at + 1 == shown.len();
        let label = if cause.is_presumed { "Presumably caused by" } else { "Caused by" };
        let line = format!("\n{label}: {}{way}", one_line(HEADER_LIMIT, &cause.message));
        if !is_root && out.len() + line.len() > CAUSES_LIMIT - ROOT_ROOM {
            left_out = left_out.saturating_add(1);
            continue;
        }
        if left_out != 0 {
            let causes = if left_out == 1 { "cause" } else { "causes" };
            out.push_str(&format!("\n… {left_out} more {causes}"));
            left_out = 0;
        }
        out.push_str(&line);
    }
    out
}

/// The text of a stack without frames.
#[cfg_attr(not(feature = "opentelemetry"), allow(dead_code, reason = "an integration calls it"))]
pub(crate) fn without_frames(kind: &str, message: &str, causes: &[Cause]) -> String {
    let message = &bounded(SUMMARY_LIMIT, message);
    format!("{}{}", header(kind, message), cause_lines(message, causes, None))
}

/// ` (from shop::charge at src/pay.rs:7:5, shop::pay at src/pay.rs:20:9)`
fn way(trail: &Trail) -> String {
    let step = |step: &Step| {
        let Frame { function, file, line, column, .. } = Frame::of_step(step);
        let place = [line, column].into_iter().flatten().map(|number| format!(":{number}"));
        format!("{function} at {}{}", file.unwrap_or_default(), place.collect::<String>())
    };
    let steps: Vec<_> = trail.steps().map(step).collect();
    format!(" ({})", one_line(HEADER_LIMIT, &format!("from {}", steps.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(message: &str) -> Cause {
        Cause { kind: None, message: message.to_owned(), is_presumed: false, left_out_before: 0 }
    }

    #[test]
    fn the_root_cause_stays_and_a_line_counts_the_causes_left_out() {
        let mut causes: Vec<_> = (0..4).map(|at| cause(&format!("cause {at}"))).collect();
        causes[3].left_out_before = 68;
        assert_eq!(
            cause_lines("no card", &causes, None),
            "\nCaused by: cause 0\nCaused by: cause 1\nCaused by: cause 2\n… 68 more causes\n\
             Caused by: cause 3"
        );
        let mut long: Vec<_> = (0..32).map(|at| cause(&format!("{at}").repeat(1_500))).collect();
        long.push(cause("root"));
        let text = cause_lines("no card", &long, None);
        assert!(text.ends_with("\n… 27 more causes\nCaused by: root"), "{text}");
        assert!(text.len() <= CAUSES_LIMIT, "{}", text.len());
    }
}
