use track_errors::track_errors;

#[track_errors(report =)]
fn save() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let _ = save();
}
