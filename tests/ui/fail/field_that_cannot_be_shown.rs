use track_errors::track_errors;

struct Opaque;

#[track_errors(fields(options))]
fn read(path: &str, options: &Opaque) -> std::io::Result<String> {
    let _ = options;
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv", &Opaque);
}
