use track_errors::ErrorKind;

#[derive(Debug, ErrorKind)]
#[error_kind(level = "warn")]
struct Declined;

fn main() {
    let _ = Declined;
}
