use track_errors::track_errors;

#[track_errors]
async fn total(order: u32) -> u32 {
    if order == 0 {
        return order.wrapping_add(1);
    }
    order.wrapping_add(1)
}

fn main() {
    drop(total(1));
}
