use track_errors::track_errors;

#[track_errors(service = , level = "error")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
