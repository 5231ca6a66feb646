//! `#[tokio::main]` below the attribute is expanded last.

#[track_errors::track_errors(service = "main")]
#[tokio::main]
async fn main() -> Result<(), std::num::ParseIntError> {
    tokio::task::yield_now().await;
    let number = "twelve".parse::<u32>()?;
    println!("{number}");
    Ok(())
}
