use track_errors::track_errors;

#[track_errors]
const LIMIT: Result<u32, ()> = Ok(1);

fn main() {
    let _ = LIMIT;
}
