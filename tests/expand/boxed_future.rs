//! A boxed future is tracked inside its box; one that comes from elsewhere, by a box around it.

#[track_errors]
fn boxed(order: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    let order = order + 1;
    Box::pin(async move { load(order).await })
}

#[track_errors]
fn alias(order: u32) -> BoxFuture<'static, Result<u32, Error>> {
    async move { Ok(load(order).await?) }.boxed()
}

#[track_errors]
fn handed_on(order: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>>>> {
    load(order)
}
