use track_errors::track_errors;

#[track_errors(fields("request\nid" = id))]
fn handle(id: u64) -> Result<u64, std::fmt::Error> {
    Ok(id)
}

fn main() {
    let _ = handle(7);
}
