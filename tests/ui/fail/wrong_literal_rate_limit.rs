use track_errors::track_errors;

#[track_errors(rate_limit = "none")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
