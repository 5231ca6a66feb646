//! A function: parameters are bound again inside the closure, so that they are dropped as before.

#[track_errors]
fn plain(path: &str) -> Result<u32, ParseIntError> {
    let text = read(path)?;
    text.parse()
}

#[track_errors]
pub(crate) fn parameters(
    mut count: u32,
    (left, _): (String, String),
    _: Guard,
    #[allow(unused)] _ignored: u8,
) -> Result<String, fmt::Error> {
    count += 1;
    format(count, left)
}

#[track_errors]
fn generic<T: Display, const N: usize>(values: [T; N]) -> Result<String, T>
where
    T: Clone,
{
    for value in values {
        return Err(value);
    }
    Ok(String::new())
}

#[track_errors]
fn impl_trait_in_the_result() -> Result<impl Display, fmt::Error> {
    Ok(1)
}

#[track_errors]
fn inner_attributes() -> io::Result<()> {
    #![allow(unused)]
    Ok(())
}
