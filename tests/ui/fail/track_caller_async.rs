use track_errors::track_errors;

#[track_errors]
#[track_caller]
fn total(order: u32) -> impl Future<Output = Result<u32, String>> {
    async move { Ok(order) }
}

fn main() {
    let _ = total(1);
}
