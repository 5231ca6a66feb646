use track_errors::track_errors;

#[track_errors(level)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
