//! What `#[tracing::instrument]` makes of an async body before this attribute is expanded.

#[track_errors]
async fn load(id: u64) -> Result<String, StoreError> {
    let __tracing_attr_span = span();
    let __tracing_instrument_future = async move {
        let text = read(id).await?;
        parse(text)
    };
    Instrument::instrument(__tracing_instrument_future, __tracing_attr_span).await
}
