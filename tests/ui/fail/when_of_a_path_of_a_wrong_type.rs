use track_errors::track_errors;

fn is_worth_a_log(error: &std::fmt::Error) -> bool {
    error.to_string().is_empty()
}

#[track_errors(when = is_worth_a_log)]
fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn main() {
    let _ = read("prices.csv");
}
