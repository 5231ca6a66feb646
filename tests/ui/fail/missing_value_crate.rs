use track_errors::track_errors;

#[track_errors(crate =)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
