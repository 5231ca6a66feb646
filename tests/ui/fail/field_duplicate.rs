use track_errors::track_errors;

#[track_errors(fields(path, path = path.len()))]
fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv");
}
