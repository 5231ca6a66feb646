use track_errors::track_errors;

struct Order(*const u8);

#[track_errors]
unsafe impl Send for Order {}

fn main() {
    let _ = Order(std::ptr::null()).0;
}
