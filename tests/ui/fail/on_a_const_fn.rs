use track_errors::track_errors;

#[track_errors]
const fn limit(text: &str) -> Result<usize, ()> {
    if text.is_empty() { Err(()) } else { Ok(text.len()) }
}

fn main() {
    let _ = limit("");
}
