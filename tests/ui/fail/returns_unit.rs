use track_errors::track_errors;

#[track_errors]
fn save(order: u32) -> () {
    println!("{order}");
}

fn main() {
    save(1);
}
