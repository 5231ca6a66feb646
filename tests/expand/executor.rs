//! What `#[tokio::main]` makes of a function before this attribute is expanded.

#[track_errors]
fn main() -> Result<(), Error> {
    let body = async {
        serve().await?;
        Ok(())
    };
    #[allow(clippy::expect_used, clippy::diverging_sub_expression)]
    {
        return tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("Failed building the Runtime")
            .block_on(body);
    }
}
