use track_errors::track_errors;

#[track_errors]
fn total(order: u32) -> Result<u32, String> {
    let total = order?;
    Ok(total)
}

fn main() {
    let _ = total(1);
}
