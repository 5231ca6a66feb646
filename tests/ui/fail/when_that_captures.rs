use track_errors::track_errors;

#[track_errors(when = |error| error.raw_os_error() != Some(expected))]
fn read(path: &str, expected: i32) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv", 2);
}
