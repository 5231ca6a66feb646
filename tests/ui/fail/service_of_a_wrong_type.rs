use track_errors::track_errors;

#[track_errors(service = LIMIT)]
fn save() -> Result<(), ()> {
    Ok(())
}

const LIMIT: u32 = 1;

fn main() {
    let _ = save();
}
