use track_errors::Classify;

#[derive(Debug, Classify)]
enum PayError {
    #[classify(kind)]
    Declined,
}

impl std::fmt::Display for PayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("declined")
    }
}

impl std::error::Error for PayError {}

fn main() {
    let _ = PayError::Declined;
}
