use track_errors::track_errors;

#[track_errors(report = "once")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
