use track_errors::track_errors;

#[derive(Default)]
struct Order(u32);

#[track_errors]
fn order(total: u32) -> Order {
    if total == 0 {
        return Order::default();
    }
    Order(total)
}

fn main() {
    let _ = order(1).0;
}
