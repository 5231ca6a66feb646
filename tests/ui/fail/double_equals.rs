use track_errors::track_errors;

#[track_errors(service == "shop")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
