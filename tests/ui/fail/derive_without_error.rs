use track_errors::Classify;

#[derive(Debug, Classify)]
#[classify(level = "warn")]
struct Declined;

fn main() {
    let _ = Declined;
}
