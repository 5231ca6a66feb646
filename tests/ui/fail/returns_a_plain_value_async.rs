use track_errors::track_errors;

#[track_errors]
async fn total(order: u32) -> u32 {
    order + 1
}

fn main() {
    drop(total(1));
}
