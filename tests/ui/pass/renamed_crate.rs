//! The runtime under another name: `::track_errors` is a different crate here.
#![deny(warnings)]

extern crate std as track_errors;
pub extern crate track_errors as telemetry;

mod reexport {
    pub use telemetry as inner;
}

#[telemetry::track_errors(crate = ::telemetry)]
fn absolute(text: &str) -> Result<u32, std::num::ParseIntError> {
    Ok(text.parse::<u32>()?)
}

#[telemetry::track_errors(crate = crate::reexport::inner, level = "warn")]
async fn relative(text: &str) -> Result<u32, std::num::ParseIntError> {
    if text.is_empty() {
        return absolute(text);
    }
    Ok(text.parse::<u32>()?)
}

#[reexport::inner::track_errors(crate = telemetry)]
fn boxed(text: &str) -> futures::future::BoxFuture<'_, Result<u32, std::num::ParseIntError>> {
    Box::pin(async move { Ok(text.parse::<u32>()?) })
}

fn main() {
    assert_eq!(absolute("1"), Ok(1));
    drop((relative("1"), boxed("1")));
}
