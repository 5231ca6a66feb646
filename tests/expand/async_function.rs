//! An async function: a list of captures instead of new bindings, where a list can say it.

#[track_errors]
async fn plain(client: Client, order: u32) -> Result<u32, ClientError> {
    client.get(order).await?.parse()
}

#[track_errors]
async fn no_parameters() -> Result<(), ClientError> {
    Ok(())
}

#[track_errors]
async fn moved_pattern(State(pool): State<Pool>, (a, mut b): (u8, u8)) -> Result<(), Error> {
    b += a;
    pool.get(b).await
}

#[track_errors]
async fn ignored(_: Guard, used: String, _: Guard, _also: Guard) -> Result<(), Error> {
    send(used).await
}

#[track_errors]
async fn pattern_that_stays((left, _): (String, String)) -> Result<String, Error> {
    Ok(left)
}

#[track_errors]
async fn unused(client: Client) -> Result<(), Error> {
    Ok(())
}
