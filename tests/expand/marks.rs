//! Marks at `?` and at what the function returns.

#[track_errors]
fn question_marks(path: &str) -> Result<u32, Error> {
    let text = (read(path))?;
    let first = { text.lines().next() }.ok_or(Error::Empty)?;
    println!("{}", check(first)?);
    assert!(check(first)? == 3);
    let later = || check(first)?;
    Ok(later(first.parse()?)?)
}

#[track_errors]
fn returns(kind: Kind) -> Result<u32, Error> {
    if kind.is_new() {
        return create(kind);
    }
    match kind {
        Kind::A => first(),
        Kind::B => return Err(Error::Known),
        Kind::C => unreachable!(),
        _ => {
            let value = (second());
            value
        }
    }
}

#[track_errors]
fn many_arms(kind: u8) -> Result<u32, Error> {
    match kind {
        0 => zero(),
        1 => one(),
        2 => unsafe { two() },
        3 => three.call(),
        4 => Err(Error::Four),
        _ => Ok(5),
    }
}

#[track_errors]
fn never_ends() -> Result<u32, Error> {
    loop {
        step()?;
    }
}

#[track_errors]
async fn macros(mut jobs: Jobs) -> Result<(), Error> {
    select! {
        biased;
        job = jobs.next(), if jobs.is_open()? => run(job)?,
        else => return Err(Error::Closed),
    }
    let (a, b) = join!(jobs.first(), async { jobs.second().await? });
    matches!(a?, Job::Done if b?);
    Ok(())
}
