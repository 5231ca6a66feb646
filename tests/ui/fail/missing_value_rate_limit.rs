use track_errors::track_errors;

#[track_errors(rate_limit =)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
