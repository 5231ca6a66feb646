use track_errors::track_errors;

#[track_errors(service =)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
