//! What clippy has something to say about, where each `?` becomes a `match`.

use std::num::ParseIntError;

fn size(text: &str) -> Result<u32, usize> {
    u32::try_from(text.len()).map_err(|_| text.len())
}

fn check(text: &str) -> Result<(), usize> {
    if text.is_empty() { Err(0) } else { Ok(()) }
}

#[track_errors::track_errors]
#[track_caller]
pub fn sees_its_caller(texts: &[&str]) -> Result<u64, usize> {
    let Some(first) = texts.first() else { return Err(0) };
    let second = match texts.get(1) {
        Some(second) => second,
        None => return Err(0),
    };
    let both = vec![size(first)?, size(second)?];
    let sum = size(first)? as u64 + both.iter().map(|size| *size as u64).sum::<u64>();
    for text in &vec![size(first)?] {
        size("")?.checked_sub(*text).map(|rest| rest + 1).unwrap_or_else(|| 0);
    }
    (size(first)? + 1);
    check(first)?;
    if size(second)? == 3 {
        check(second)?
    }
    Ok(sum)
}

#[track_errors::track_errors]
pub fn many_question_marks(texts: &[&str]) -> Result<u64, usize> {
    let Some(first) = texts.first() else { return Err(0) };
    let second = match texts.get(1) {
        Some(second) => second,
        None => return Err(0),
    };
    let both = vec![size(first)?, size(second)?];
    let sum = size(first)? as u64 + both.iter().map(|size| *size as u64).sum::<u64>();
    for text in &vec![size(first)?] {
        size("")?.checked_sub(*text).map(|rest| rest + 1).unwrap_or_else(|| 0);
    }
    (size(first)? + 1);
    check(first)?;
    if size(second)? == 3 {
        check(second)?
    }
    check(first)?; check(first)?; check(first)?; check(first)?; check(first)?; check(first)?;
    check(first)?; check(first)?; check(first)?; check(first)?; check(first)?; check(first)?;
    Ok(sum)
}

#[track_errors::track_errors]
#[track_caller]
pub fn returns(text: &str) -> Result<u32, ParseIntError> {
    let number = match text.parse::<u32>() {
        Ok(number) => number,
        Err(error) => return Err(error),
    };
    if number == 0 {
        return Err("".parse::<u32>().unwrap_err())?;
    }
    if number == 1 {
        Err("".parse::<u32>().unwrap_err())?;
    }
    Ok(text.parse::<u32>()?)
}
