use track_errors::track_errors;

#[track_errors(kind = false)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
