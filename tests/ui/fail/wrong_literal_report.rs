use track_errors::track_errors;

#[track_errors(report = true)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
