use std::future::Future;

use track_errors::track_errors;

#[track_errors]
fn total(order: u32) -> impl Future<Output = u32> {
    async move { order + 1 }
}

fn main() {
    drop(total(1));
}
