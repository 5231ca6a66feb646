use track_errors::{boundary, boundary_fn};

async fn respond() -> u16 {
    boundary(async { 500 }).await
}

fn main() {
    let _ = respond();
    let _ = boundary_fn(|| 500).call();
}
