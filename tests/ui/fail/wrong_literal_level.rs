use track_errors::track_errors;

#[track_errors(level = 17)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
