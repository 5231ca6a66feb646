use track_errors::track_errors;

#[track_errors(level = "ERROR")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
