use track_errors::track_errors;

#[track_errors]
async fn save(order: u32) {
    println!("{order}");
}

fn main() {
    drop(save(1));
}
