use track_errors::track_errors;

struct Opaque;

#[track_errors(kind = |_| Opaque)]
fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv");
}
