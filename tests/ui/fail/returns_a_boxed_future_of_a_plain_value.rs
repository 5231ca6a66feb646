use std::future::Future;
use std::pin::Pin;

use track_errors::track_errors;

#[track_errors]
fn total(order: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { order + 1 })
}

fn main() {
    drop(total(1));
}
