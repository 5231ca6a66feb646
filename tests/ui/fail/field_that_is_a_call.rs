use track_errors::track_errors;

#[track_errors(fields(text.len()))]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() {
    let _ = parse("7");
}
