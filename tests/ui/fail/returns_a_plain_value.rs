use track_errors::track_errors;

#[track_errors]
fn total(order: u32) -> u32 {
    order + 1
}

fn main() {
    let _ = total(1);
}
