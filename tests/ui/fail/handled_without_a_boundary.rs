use track_errors::track_errors;

#[track_errors(service = "job", handled = "warn")]
fn job() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = job();
}
