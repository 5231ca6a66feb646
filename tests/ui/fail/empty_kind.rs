use track_errors::track_errors;

#[track_errors(kind = "")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
