//! `#[tokio::main]` above the attribute is expanded first.

#[tokio::main(flavor = "current_thread")]
#[track_errors::track_errors(service = "main")]
async fn main() -> Result<(), std::num::ParseIntError> {
    tokio::task::yield_now().await;
    let number = "twelve".parse::<u32>()?;
    println!("{number}");
    Ok(())
}
