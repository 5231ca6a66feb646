use track_errors::track_errors;

#[track_errors]
fn total(order: u32) -> u32 {
    order.wrapping_add(1)
}

fn main() {
    let _ = total(1);
}
