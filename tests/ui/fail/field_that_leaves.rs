use track_errors::track_errors;

#[track_errors(fields(number = text.parse::<u32>()?))]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() {
    let _ = parse("7");
}
