use track_errors::track_errors;

#[track_errors]
fn first(orders: &[u32]) -> Option<&u32> {
    let first = orders.first()?;
    Some(first)
}

fn main() {
    let _ = first(&[]);
}
