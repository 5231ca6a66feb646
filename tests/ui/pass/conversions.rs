//! Errors that are converted where they leave, in forms that are hard for type inference.

use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::{fmt, io, num};

use track_errors::track_errors;

type Boxed = Box<dyn Error>;

#[derive(Debug)]
enum AppError {
    Number(num::ParseIntError),
    Other(Boxed),
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Error for AppError {}

impl From<num::ParseIntError> for AppError {
    fn from(error: num::ParseIntError) -> Self {
        AppError::Number(error)
    }
}

impl From<Boxed> for AppError {
    fn from(error: Boxed) -> Self {
        AppError::Other(error)
    }
}

impl AppError {
    fn text(self) -> String {
        self.to_string()
    }
}

#[track_errors]
fn of_an_inferred_type(text: &str) -> Result<u32, AppError> {
    text.parse().map_err(AppError::from)
}

#[track_errors]
fn of_a_type_that_the_context_decides<T>(text: &str) -> Result<T, Boxed>
where
    T: std::str::FromStr,
    T::Err: Error + 'static,
{
    text.parse().map_err(Box::new).map_err(Into::into)
}

#[track_errors]
fn of_a_closure(text: &str) -> Result<u32, AppError> {
    text.parse::<u32>().map_err(|error| AppError::from(Box::new(error) as Boxed))
}

#[track_errors]
fn of_a_coerced_box(text: &str) -> Result<u32, AppError> {
    match text.parse::<u32>() {
        Ok(number) => Ok(number),
        Err(error) => Err(AppError::from(Box::new(error) as Boxed)),
    }
}

#[track_errors]
fn of_a_number(number: u64) -> Result<u32, u64> {
    Err(u64::from(number as u32))
}

#[track_errors]
fn of_a_literal() -> Result<u32, f64> {
    if of_a_number(1).is_ok() { Err(f64::from(1)) } else { Err(1.0.into()) }
}

#[track_errors]
fn of_a_field(pair: (io::Error, u8)) -> Result<u32, Arc<dyn Error + Send + Sync>> {
    Err(Arc::new(pair.0))
}

#[track_errors]
fn of_a_field_with_into(pair: (io::Error, u8)) -> Result<u32, Boxed> {
    Err(pair.0.into())
}

#[track_errors]
fn of_a_reference(error: &mut num::ParseIntError) -> Result<u32, String> {
    Err(String::from(error.clone().to_string()))
}

#[track_errors]
fn of_a_borrow<'a>(error: &'a io::Error) -> Result<u32, Rc<dyn Error + 'a>> {
    Err(Rc::new(error))
}

#[track_errors]
fn of_a_string_by_reference(text: &String) -> Result<u32, Boxed> {
    Err(Box::from(text.as_str()))
}

#[track_errors]
fn of_a_loop(texts: Vec<Result<u32, io::Error>>) -> Result<u32, Boxed> {
    let mut sum = 0;
    for text in texts {
        match text {
            Ok(number) => sum += number,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sum)
}

#[track_errors]
fn of_self(error: AppError) -> Result<u32, String> {
    Err(error.text().into())
}

#[track_errors]
async fn of_an_await() -> Result<u32, Boxed> {
    async fn fail() -> io::Error {
        io::Error::other("x")
    }
    Err(fail().await.into())
}

fn main() {
    assert!(of_an_inferred_type("x").is_err());
    assert!(of_a_type_that_the_context_decides::<u8>("x").is_err());
    assert!(of_a_closure("x").is_err());
    assert!(of_a_coerced_box("x").is_err());
    assert!(of_a_literal().is_err());
    assert!(of_a_field((io::Error::other("x"), 1)).is_err());
    assert!(of_a_field_with_into((io::Error::other("x"), 1)).is_err());
    assert!(of_a_reference(&mut "x".parse::<u8>().unwrap_err()).is_err());
    assert!(of_a_borrow(&io::Error::other("x")).is_err());
    assert!(of_a_string_by_reference(&String::new()).is_err());
    assert!(of_a_loop(vec![Err(io::Error::other("x"))]).is_err());
    assert!(of_self(AppError::Other("x".into())).is_err());
    drop(of_an_await());
}
