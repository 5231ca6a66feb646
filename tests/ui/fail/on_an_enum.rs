use track_errors::track_errors;

#[track_errors(service = "shop")]
#[derive(Clone)]
pub enum State {
    Open,
}

fn main() {
    let _ = State::Open.clone();
}
