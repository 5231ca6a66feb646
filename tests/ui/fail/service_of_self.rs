use track_errors::track_errors;

struct Shop;

impl Shop {
    const SERVICE: &'static str = "shop";

    #[track_errors(service = Self::SERVICE)]
    fn total(order: u32) -> Result<u32, String> {
        Ok(order)
    }
}

fn main() {
    let _ = Shop::total(1);
    let _ = Shop::SERVICE;
}
