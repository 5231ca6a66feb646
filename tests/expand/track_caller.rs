//! A closure cannot ask for its caller: the body is in a labelled block, which `return` and `?` leave.

#[track_errors(fields(size))]
#[track_caller]
fn parse<T: FromStr, const N: usize>(text: &str, (size, _): (usize, u8)) -> Result<[T; N], T::Err> {
    let first = text.parse()?;
    if size == 0 {
        bail!("empty");
    }
    rest(first, text)
}
