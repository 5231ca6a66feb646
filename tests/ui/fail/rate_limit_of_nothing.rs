use track_errors::track_errors;

#[track_errors(rate_limit = 0)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
