use track_errors::track_errors;

#[track_errors(fields(path = %path))]
fn read(path: &std::path::Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv".as_ref());
}
