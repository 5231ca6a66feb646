use track_errors::track_errors;

#[track_errors(service = "shop", level = "error", service = "shop")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
