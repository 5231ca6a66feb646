use track_errors::{Level, track_errors};

#[track_errors(level = |error: &String| if error.is_empty() { Level::Warn } else { Level::Error })]
fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv");
}
