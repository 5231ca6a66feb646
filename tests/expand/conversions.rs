//! A value is marked before it is converted.

#[track_errors]
fn converted(path: &str) -> anyhow::Result<u32> {
    let text = read(path).context("reading")?;
    let number = parse(&text).map_err(Into::into)?;
    check(number).map_err(|error| anyhow::Error::from(error).context("checking"))?;
    if number == 0 {
        return Err(Zero(number).into());
    }
    if number == 1 {
        bail!(One);
    }
    Err(Box::new(Other { number }) as Box<dyn Error>)
}

#[track_errors]
fn unknown_bail(error: Error) -> Result<u32, Error> {
    if error.is_old() {
        bail!(error);
    }
    anyhow::bail!("{error}")
}
