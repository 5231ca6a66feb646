use track_errors::track_errors;

#[track_errors(report = "every", handled = "warn")]
fn job() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = job();
}
