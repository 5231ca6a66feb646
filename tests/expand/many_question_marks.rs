//! A function with more than sixteen `?`: each is a `match`, which moves the `Result` no further.

#[track_errors]
fn many(path: &str) -> Result<u32, Error> {
    let sum = (number(1))? + { number(2) }? + number(number(3)?)? + number(4)?.pow(2);
    let sum = sum + number(5)? + number(6)? + number(7)? + number(8)? + number(9)? + number(10)?;
    let sum = sum + number(11)? + number(12)? + number(13)? + number(14)? + number(15)?;
    println!("{}", number(16)?);
    let later = || number(17)?;
    call(path).context("no path")?;
    Ok(number(sum)?)
}
