#[track_errors::track_errors]
struct Order {
    total: u32,
}

fn main() {
    let _ = Order { total: 1 }.total;
}
