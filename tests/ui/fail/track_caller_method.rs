use track_errors::track_errors;

struct Cart;

impl Cart {
    #[track_errors]
    #[track_caller]
    fn total(&self, order: u32) -> Result<u32, String> {
        Ok(order)
    }
}

fn main() {
    let _ = Cart.total(1);
}
