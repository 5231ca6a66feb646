//! Fields: values that the body cannot consume are kept, all others are formatted before the call.

#[track_errors(fields(order.id, user = %user.name, cart = ?cart, total = cart.total(), n = 1 + count))]
fn pay(order: &Order, user: &User, cart: Cart, count: u32) -> Result<(), PayError> {
    charge(order, user, cart, count)
}

#[track_errors(fields(left, locked = self.store.lock().count))]
fn pattern(&self, (left, right): (u32, u32)) -> Result<u32, PayError> {
    add(left, right)
}

#[track_errors(fields(id = self.id))]
async fn load(&self) -> Result<String, StoreError> {
    self.read().await
}

#[track_errors(fields(id))]
fn outlives(id: &str) -> impl Future<Output = Result<String, StoreError>> {
    read(id.to_owned())
}

#[track_errors(fields(id), kind = |error| error.kind())]
fn boxed<'a>(id: &'a str) -> Pin<Box<dyn Future<Output = Result<String, StoreError>> + 'a>> {
    Box::pin(async move { read(id).await })
}
