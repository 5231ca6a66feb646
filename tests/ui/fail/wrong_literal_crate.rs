use track_errors::track_errors;

#[track_errors(crate = "track_errors")]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
