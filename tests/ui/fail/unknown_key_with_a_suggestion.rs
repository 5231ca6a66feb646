use track_errors::track_errors;

#[track_errors(servce = "shop")]
fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv");
}
