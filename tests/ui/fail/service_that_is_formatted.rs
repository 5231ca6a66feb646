use track_errors::track_errors;

#[track_errors(service = format!("shop"))]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
