use track_errors::track_errors;

#[track_errors(service = "shop", severity = "error")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
