//! A function that returns a future.

#[track_errors]
fn block(order: u32) -> impl Future<Output = Result<u32, Error>> + Send {
    async move {
        let order = load(order).await?;
        Ok(order)
    }
}

#[track_errors]
fn handed_on<'a>(client: &'a Client) -> impl Future<Output = Result<u32, Error>> + 'a {
    client.get()
}
