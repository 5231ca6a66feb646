use track_errors::track_errors;

#[track_errors(service = "shop" level = "error")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
