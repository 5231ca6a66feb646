use track_errors::track_errors;

#[track_errors("shop")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
