use track_errors::track_errors;

#[track_errors(service = 7)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
