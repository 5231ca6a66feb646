use track_errors::track_errors;

#[track_errors]
#[track_caller]
fn total(order: u32) -> Result<u32, String> {
    Ok(order)
}

fn main() {
    let _ = total(1);
}
