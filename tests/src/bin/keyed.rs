//! One error of a function with keys, to check its line in each format.

use track_errors::track_errors;

struct Order {
    id: u64,
    name: String,
    paid: bool,
    details: serde_json::Value,
}

#[track_errors(
    service = "shop",
    fingerprint = |_| 17,
    fields(order.id, name = order.name, paid = order.paid, "the \"details\"" = order.details),
)]
fn pay(order: &Order) -> Result<(), &'static str> {
    if order.paid { Err("paid twice") } else { Ok(()) }
}

fn main() {
    let details = serde_json::json!({"items": [{"sku": 12, "note": null}], "big": u64::MAX});
    let order = Order { id: 7, name: "tea".to_owned(), paid: true, details };
    let _ = pay(&order);
}
