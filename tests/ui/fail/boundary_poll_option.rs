use std::task::Poll;

use track_errors::track_errors;

#[track_errors(report = "boundary")]
fn poll_next() -> Poll<Option<Result<(), String>>> {
    Poll::Pending
}

fn main() {
    let _ = poll_next();
}
