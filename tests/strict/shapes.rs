//! Functions of every shape in a crate that denies every lint, in whatever edition.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs)]
#![deny(rustdoc::all, nonstandard_style, future_incompatible, unused)]
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::io;
use std::num::ParseIntError;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use track_errors::track_errors;

/// The service of all of them.
pub const SERVICE: &str = "strict";

/// What can go wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum ShopError {
    /// Nothing was ordered.
    Empty,
    /// It is not a number.
    Number(ParseIntError),
    /// It cannot be read.
    Read(io::Error),
}

impl Display for ShopError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing was ordered"),
            Self::Number(_) => f.write_str("no number"),
            Self::Read(_) => f.write_str("not readable"),
        }
    }
}

impl Error for ShopError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Empty => None,
            Self::Number(error) => Some(error),
            Self::Read(error) => Some(error),
        }
    }
}

impl From<ParseIntError> for ShopError {
    fn from(error: ParseIntError) -> Self {
        Self::Number(error)
    }
}

impl From<io::Error> for ShopError {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Every key at once.
///
/// # Errors
///
/// If the text is not a number.
#[track_errors(service = SERVICE, level = "critical", kind = "K", report = "boundary", rate_limit = 10)]
pub fn keys(text: &str) -> Result<u32, ShopError> {
    let number = text.parse::<u32>()?;
    Ok(number + 1)
}

/// Statements, loops and conditions.
///
/// # Errors
///
/// If nothing was ordered, or one of the texts is not a number.
#[track_errors]
pub fn statements(texts: &[&str], mut sum: u32) -> Result<u32, ShopError> {
    if texts.is_empty() {
        return Err(ShopError::Empty);
    }
    for text in texts {
        let Some(first) = text.split(',').next() else {
            return Err(ShopError::Empty);
        };
        sum += first.parse::<u32>()?;
        sum += keys(text)?;
    }
    while sum > 1_000 {
        sum /= keys("2")?;
    }
    match sum {
        0 => Err(ShopError::Empty),
        1 => keys("1"),
        _ => Ok(sum),
    }
}

/// The value of a call.
///
/// # Errors
///
/// If it cannot be read.
#[track_errors]
pub fn call(path: &str) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Parameters of every form.
///
/// # Errors
///
/// If the sum is even.
#[track_errors]
pub fn parameters(
    first: u32,
    mut second: u32,
    (third, _): (u32, u32),
    [fourth, ..]: [u32; 3],
    _: u32,
    _ignored: u32,
) -> Result<u32, u32> {
    second += first + third + fourth;
    if second.is_multiple_of(2) { Err(second) } else { Ok(second) }
}

/// The same, async.
///
/// # Errors
///
/// If the sum is even.
#[track_errors]
pub async fn parameters_later(
    first: u32,
    mut second: u32,
    (third, fourth): (u32, u32),
    _: u32,
    _ignored: u32,
) -> Result<u32, u32> {
    second += first + third + fourth;
    std::future::ready(()).await;
    if second.is_multiple_of(2) { Err(second) } else { Ok(second) }
}

/// Generic, with bounds and lifetimes.
///
/// # Errors
///
/// If the text cannot be parsed.
#[track_errors]
pub fn generic<'a, T>(list: &[&'a str], make: impl Fn(&'a str) -> T) -> Result<Vec<T>, T::Error>
where
    T: std::convert::TryInto<u32> + Copy,
{
    let mut all = Vec::with_capacity(list.len());
    for word in list {
        let counted = make(word);
        let _: u32 = std::convert::TryInto::try_into(counted)?;
        all.push(counted);
    }
    Ok(all)
}

/// Async, with borrows.
///
/// # Errors
///
/// If the text is not a number.
#[track_errors]
pub async fn later(text: &str, number: &mut u32) -> Result<u32, ShopError> {
    *number += text.parse::<u32>()?;
    std::future::ready(()).await;
    let doubled = doubled(*number).await?;
    Ok(doubled)
}

/// The future of another one.
///
/// # Errors
///
/// If nothing was ordered.
#[track_errors]
pub async fn doubled(number: u32) -> Result<u32, ShopError> {
    std::future::ready(()).await;
    number.checked_mul(2).ok_or(ShopError::Empty)
}

/// A future that is returned.
#[track_errors]
pub fn future(text: String) -> impl Future<Output = Result<u32, ParseIntError>> + Send {
    async move {
        std::future::ready(()).await;
        let number = text.parse::<u32>()?;
        Ok(number)
    }
}

/// A future in a box.
#[must_use]
#[track_errors]
pub fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + Send + '_>> {
    Box::pin(async move {
        std::future::ready(()).await;
        let number = text.parse::<u32>()?;
        Ok(number)
    })
}

/// A result inside of others.
#[must_use]
#[track_errors]
pub fn inside_an_option(text: &str) -> Option<Result<u32, ParseIntError>> {
    if text.is_empty() { None } else { Some(text.parse()) }
}

/// A result that may not be there yet.
#[track_errors]
pub fn inside_a_poll(text: &str) -> Poll<Option<Result<u32, ParseIntError>>> {
    if text.is_empty() { Poll::Pending } else { Poll::Ready(Some(text.parse())) }
}

/// An error without a type of its own.
///
/// # Errors
///
/// If there is no such file, or no number in it.
#[track_errors]
pub fn boxed_error(path: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
    let text = std::fs::read_to_string(path)?;
    let number = text.trim().parse::<u32>()?;
    if number == 0 {
        return Err("zero".into());
    }
    Ok(number)
}

/// Errors that are converted where they leave.
///
/// # Errors
///
/// If it is not a number, or too large.
#[track_errors]
pub fn converted_errors(text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
    let number = text.parse::<u32>().map_err(Box::new)?;
    if number == 0 {
        return Err(Box::new(ShopError::Empty));
    }
    match text.parse::<u8>() {
        Ok(_) => text.trim().parse::<u32>().map_err(Into::into),
        Err(error) => Err(error.into()),
    }
}

/// The same later.
///
/// # Errors
///
/// If it is not a number.
#[track_errors]
pub async fn converted_errors_later(text: &str) -> Result<u32, Box<dyn Error>> {
    if matches!(std::future::ready(text.parse::<u32>()).await?, 5..=7) {
        return Err(ShopError::Empty.into());
    }
    text.parse::<u32>().map_err(|error| Box::new(ShopError::from(error)) as Box<dyn Error>)
}

/// A shop.
#[derive(Debug, Default)]
pub struct Shop {
    orders: Vec<String>,
}

impl Shop {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If nothing was ordered.
    #[track_errors]
    pub fn new(orders: Vec<String>) -> Result<Self, ShopError> {
        if orders.is_empty() {
            return Err(ShopError::Empty);
        }
        Ok(Self { orders })
    }

    /// By reference.
    ///
    /// # Errors
    ///
    /// If there is no such order.
    #[track_errors]
    pub fn order(&self, index: usize) -> Result<&str, ShopError> {
        self.orders.get(index).map(String::as_str).ok_or(ShopError::Empty)
    }

    /// By exclusive reference.
    ///
    /// # Errors
    ///
    /// If it is not a number.
    #[track_errors]
    pub fn push(&mut self, order: &str) -> Result<&mut Self, ShopError> {
        let _: u32 = order.parse()?;
        self.orders.push(order.to_owned());
        Ok(self)
    }

    /// By value.
    ///
    /// # Errors
    ///
    /// If there is none.
    #[track_errors]
    pub fn last(mut self) -> Result<String, ShopError> {
        self.orders.pop().ok_or(ShopError::Empty)
    }

    /// By a shared pointer, async.
    ///
    /// # Errors
    ///
    /// If one is not a number.
    #[track_errors]
    pub async fn sum(self: Arc<Self>) -> Result<u32, ShopError> {
        let mut sum = 0;
        for order in &self.orders {
            sum += order.parse::<u32>()?;
            std::future::ready(()).await;
        }
        Ok(sum)
    }
}

#[track_errors(service = "whole")]
impl Shop {
    /// One of a whole block.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn first(&self) -> Result<&str, ShopError> {
        self.order(0)
    }

    /// Not tracked.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.orders.len()
    }

    /// Not tracked either.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }
}

/// What can be read.
pub trait Read {
    /// A text.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn text(&self) -> Result<String, ShopError>;

    /// A number.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is not a number.
    #[track_errors]
    fn number(&self) -> Result<u32, ShopError> {
        let number = self.text()?.parse()?;
        Ok(number)
    }
}

impl Read for Shop {
    #[track_errors]
    fn text(&self) -> Result<String, ShopError> {
        let first = self.first()?;
        Ok(first.to_owned())
    }
}

/// A value that is computed and can be left out.
///
/// # Errors
///
/// If the number is odd.
#[inline]
#[track_errors]
pub fn attributes(number: u32) -> Result<u32, ShopError> {
    /// A step.
    const STEP: u32 = 2;

    #[track_errors]
    fn nested(number: u32) -> Result<u32, ShopError> {
        if number.is_multiple_of(STEP) { Ok(number / STEP) } else { Err(ShopError::Empty) }
    }

    let closure = |number: u32| -> Result<u32, ShopError> {
        let half = nested(number)?;
        Ok(half + 1)
    };
    let formatted = format!("{}", closure(number)?);
    Ok(formatted.parse::<u32>()?.max(nested(2)?))
}

/// Whether nothing is left. What it is compared with has the type that this crate alone gives it.
///
/// # Errors
///
/// If the first byte is zero.
#[track_errors]
pub fn is_empty(bytes: &Vec<u8>) -> Result<bool, ShopError> {
    if bytes.first() == Some(&0) {
        return Err(ShopError::Empty);
    }
    Ok(bytes == &Vec::new())
}

/// A `match` of two arms among many returned calls.
///
/// # Errors
///
/// If there is not a number.
#[track_errors]
pub fn many_returned_calls(text: &str, flag: u8) -> Result<u32, ShopError> {
    /// One of them.
    const fn empty(_: u8) -> Result<u32, ShopError> {
        Err(ShopError::Empty)
    }

    match flag {
        0 => match text.parse().ok() {
            Some(number) => attributes(number),
            None => empty(flag),
        },
        1 => attributes(1),
        2 => empty(2),
        _ if text.is_empty() => empty(3),
        _ => attributes(5),
    }
}

/// A trait, of whose methods clippy says what is too complex.
pub trait Complex {
    /// A type that is.
    ///
    /// # Errors
    ///
    /// Never.
    #[allow(clippy::type_complexity)]
    fn complex(&self) -> Result<Option<(Vec<Vec<u8>>, Option<(u8, Vec<Option<Box<u8>>>)>)>, ShopError>;
}

impl Complex for u8 {
    #[track_errors]
    fn complex(&self) -> Result<Option<(Vec<Vec<Self>>, Option<(Self, Vec<Option<Box<Self>>>)>)>, ShopError> {
        if *self == 0 { Ok(None) } else { Err(ShopError::Empty) }
    }
}

/// More than sixteen `?`.
///
/// # Errors
///
/// If a text is no number.
#[track_errors(service = SERVICE)]
pub fn many_question_marks(text: &str) -> Result<u32, ShopError> {
    let sum = text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()?;
    let sum = sum + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()?;
    let sum = sum + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()?;
    let sum = sum + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()? + text.parse::<u32>()?;
    println!("{}", text.parse::<u32>()?);
    io::Error::other(text.to_owned()).raw_os_error().ok_or(ShopError::Empty)?;
    Ok(sum)
}

/// Knows its callers.
#[derive(Debug)]
pub struct Known(u32);

impl Known {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// If there is not a number.
    #[track_errors]
    #[track_caller]
    pub fn new(text: &str, (a, _): (u32, u32)) -> Result<Self, ShopError> {
        let number: u32 = text.parse()?;
        if number == 0 {
            return Err(ShopError::Empty);
        }
        let mut sum = a;
        for part in text.split(',') {
            sum += match part.parse::<u32>() {
                Ok(0) => return Ok(Self(0)),
                Ok(number) => number,
                Err(error) => Err(error)?,
            };
        }
        Ok(Self(text.parse::<u32>()?.max(sum)))
    }

    /// Adds.
    ///
    /// # Errors
    ///
    /// If there is not a number.
    #[track_errors]
    #[track_caller]
    pub fn add(&mut self, text: &str) -> Result<&mut u32, ShopError> {
        self.0 += text.parse::<u32>()?;
        Ok(&mut self.0)
    }

    /// Stops.
    ///
    /// # Errors
    ///
    /// Never.
    ///
    /// # Panics
    ///
    /// Always.
    #[track_errors]
    #[track_caller]
    #[allow(clippy::panic)]
    pub fn stop(&self) -> Result<u32, ShopError> {
        panic!("{}", self.0)
    }
}
