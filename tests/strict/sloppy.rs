//! What clippy has something to say about, in tracked functions.

use std::collections::HashMap;
use std::fmt::Debug;
use std::num::ParseIntError;
use std::sync::Mutex;

#[track_errors::track_errors]
pub fn question_marks(text: &str) -> Result<u32, ParseIntError> {
    let number = match text.parse::<u32>() {
        Ok(number) => number,
        Err(error) => return Err(error),
    };
    if number == 0 {
        Err("".parse::<u32>().unwrap_err())?
    }
    Ok(text.parse::<u32>()?)
}

#[track_errors::track_errors]
pub async fn question_marks_later(text: &str) -> Result<u32, ParseIntError> {
    let number = match text.parse::<u32>() {
        Ok(number) => number,
        Err(error) => return Err(error),
    };
    if number == 0 {
        Err("".parse::<u32>().unwrap_err())?
    }
    Ok(text.parse::<u32>()?)
}

#[track_errors::track_errors]
pub fn returns(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>()?;
    if number == 1 {
        return Ok(2);
    } else {
        println!("{number}");
    }
    return Ok(number);
}

#[track_errors::track_errors]
pub async fn returns_later(text: &str) -> Result<u32, ParseIntError> {
    return text.parse::<u32>();
}

#[track_errors::track_errors]
pub fn let_and_return(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>();
    number
}

#[track_errors::track_errors]
pub async fn let_and_return_later(text: &str) -> Result<u32, ParseIntError> {
    let number = text.parse::<u32>();
    number
}

#[track_errors::track_errors]
pub fn never_fails(number: u32) -> Result<u32, String> {
    Ok(number)
}

#[track_errors::track_errors]
fn wraps_for_nothing(number: u32) -> Result<u32, String> {
    println!("{number}");
    Ok(number)
}

#[track_errors::track_errors]
pub async fn never_waits(number: u32) -> Result<u32, String> {
    wraps_for_nothing(number)
}

#[track_errors::track_errors]
pub fn unit_error(fail: bool) -> Result<(), ()> {
    if fail { Err(()) } else { Ok(()) }
}

#[track_errors::track_errors]
pub fn large_error(fail: bool) -> Result<(), [u64; 64]> {
    if fail { Err([0; 64]) } else { Ok(()) }
}

#[track_errors::track_errors]
pub fn by_value(text: String, list: Vec<u32>, small: &u32) -> Result<usize, String> {
    if text.len() == 0 {
        return Err(text.to_string());
    }
    Ok(list.len() + *small as usize)
}

#[track_errors::track_errors]
pub fn pointers(list: &Vec<u32>, text: &String, boxed: Box<Vec<u32>>) -> Result<usize, String> {
    Ok(list.len() + text.len() + boxed.len())
}

#[track_errors::track_errors]
pub fn too_many(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32) -> Result<u32, u32> {
    Err(a + b + c + d + e + f + g + h)
}

#[track_errors::track_errors]
pub async fn too_many_later(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: u32) -> Result<u32, u32> {
    Err(a + b + c + d + e + f + g + h)
}

#[track_errors::track_errors]
pub fn flags(a: bool, b: bool, c: bool, d: bool) -> Result<u32, u32> {
    if a { if b { return Err(1); } }
    if c == true { Err(2) } else if d { Err(2) } else { Ok(3) }
}

#[track_errors::track_errors]
pub fn panics(text: &str) -> Result<u32, String> {
    let number: u32 = text.parse().unwrap();
    assert!(number > 1);
    if number == 3 { todo!() } // `clippy::todo` has to say so, as without the attribute.
    Ok(number)
}

#[track_errors::track_errors]
pub async fn panics_later(text: &str) -> Result<u32, String> {
    let number: u32 = text.parse().unwrap();
    Ok(number)
}

#[track_errors::track_errors]
pub fn style(text: &str, map: &mut HashMap<String, u32>) -> Result<u32, String> {
    let clone = text.to_owned().clone();
    let mut sum = 0;
    for index in 0..clone.len() {
        sum = sum + index as u32;
    }
    let list: Vec<u32> = vec![1, 2, 3].into_iter().map(|number| number).collect();
    if !map.contains_key(text) {
        map.insert(text.to_string(), 1);
    }
    match list.get(0) {
        Some(first) => sum += first,
        None => {}
    }
    list.iter().map(|number| number.to_string()).for_each(|text| println!("{}", text));
    let unit = println!("a");
    let closure = |number: u32| wraps_for_nothing(number);
    drop(unit);
    &sum;
    Ok(closure(sum)?)
}

#[track_errors::track_errors]
pub async fn style_later(text: &str, map: &mut HashMap<String, u32>) -> Result<u32, String> {
    let clone = text.to_owned().clone();
    let mut sum = 0;
    for index in 0..clone.len() {
        sum = sum + index as u32;
    }
    let list: Vec<u32> = vec![1, 2, 3].into_iter().map(|number| number).collect();
    if !map.contains_key(text) {
        map.insert(text.to_string(), 1);
    }
    match list.get(0) {
        Some(first) => sum += first,
        None => {}
    }
    list.iter().map(|number| number.to_string()).for_each(|text| println!("{}", text));
    let closure = |number: u32| wraps_for_nothing(number);
    Ok(closure(sum)?)
}

#[track_errors::track_errors]
pub async fn locks(number: &Mutex<u32>) -> Result<u32, String> {
    let guard = number.lock().unwrap();
    std::future::ready(()).await;
    Ok(*guard)
}

#[track_errors::track_errors]
pub fn errors(text: &str) -> Result<u32, String> {
    let number = text.parse::<u32>().map_err(|error| error.to_string())?;
    let other = text.parse::<u32>().or_else(|error| Err(error.to_string()))?;
    let third = Some(number).ok_or(format!("no {other}"))?;
    let fourth = (text.parse::<u32>()).map_err(|_| String::from("x"))?;
    let _ = Ok::<u32, String>(third).and_then(|number| Ok(number + fourth));
    text.parse::<u32>().map_err(|error| error.to_string()).map_err(|error| error)
}

#[track_errors::track_errors]
pub fn conversions(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
    let number = text.parse::<u32>().map_err(|error| Box::new(error))?;
    let error = std::fmt::Error;
    match number {
        0 => Err(Box::new((error))),
        1 => Err(Box::new({ error })),
        2 => return Err(Box::<dyn std::error::Error>::from(error)),
        3 => return Err(Into::<std::fmt::Error>::into(error))?,
        _ => text.parse::<u32>().map_err(|error| Into::into(error)),
    }
}

#[track_errors::track_errors]
pub fn conversions_to_the_same(text: &str) -> Result<u32, ParseIntError> {
    if text.is_empty() {
        let error = text.parse::<u32>().unwrap_err();
        return Err(error.into());
    }
    if matches!((text.parse::<u32>()?), 1) {
        return Err(ParseIntError::from(text.parse::<u32>().unwrap_err()));
    }
    text.parse::<u32>().map_err(|error| error.into())
}

#[track_errors::track_errors]
pub fn lifetimes<'a>(text: &'a str) -> Result<&'a str, String> {
    Ok(&text.trim()[..])
}

#[track_errors::track_errors]
pub fn future(text: String) -> impl Future<Output = Result<u32, ParseIntError>> {
    async move { Ok(text.parse::<u32>()?) }
}

#[track_errors::track_errors]
pub fn matches(number: Option<u32>) -> Result<bool, String> {
    let is_one = match number {
        Some(1) => true,
        _ => false,
    };
    if let Some(number) = number {
        Ok(number > 1)
    } else {
        return Ok(is_one);
    }
}

#[track_errors::track_errors]
pub fn loops(mut number: u32) -> Result<u32, String> {
    loop {
        number += 1;
        if number > 5 {
            break;
        }
        continue;
    }
    while let Some(_) = Some(1) {
        return Ok(number);
    }
    fn after_statements() {}
    after_statements();
    let number = number;
    Ok({ number })
}

#[derive(Debug)]
pub struct Shop(pub u32);

impl Shop {
    #[track_errors::track_errors]
    pub fn new() -> Result<Shop, String> {
        Ok(Shop(1))
    }

    #[track_errors::track_errors]
    pub fn is_large(self) -> Result<bool, String> {
        Ok(self.0 > 1)
    }

    #[track_errors::track_errors]
    pub fn to_number(&mut self, _number: u32) -> Result<u32, String> {
        Ok(_number)
    }

    #[track_errors::track_errors]
    pub fn unused(&self, number: u32) -> Result<u32, String> {
        wraps_for_nothing(number)
    }

    #[track_errors::track_errors]
    pub async fn unused_later(&self, number: u32) -> Result<u32, String> {
        wraps_for_nothing(number)
    }

    #[track_errors::track_errors]
    pub fn recursive(&self, number: u32, unchanged: u32) -> Result<u32, String> {
        if number == 0 { Ok(0) } else { self.recursive(number - 1, unchanged) }
    }
}

#[track_errors::track_errors]
pub fn generic<T: Debug, U>(value: T, other: impl Fn(U) -> T, u: U) -> Result<T, T>
where
    T: Clone,
{
    if format!("{:?}", value) == "" { Ok(value.clone()) } else { Err(other(u)) }
}

#[track_errors::track_errors]
pub fn numbers(first: f64, second: u64) -> Result<u8, u8> {
    if first == 0.1 {
        return Err(second as u8);
    }
    let big = 1000000;
    Ok((big as u64 + second) as u8)
}

#[track_errors::track_errors]
pub fn complex(number: u32) -> Result<u32, u32> {
    let mut sum = 0;
    for a in 0..number {
        for b in 0..a {
            if a == b { if a > 3 { sum += 1 } else if b > 3 { sum += 2 } else { sum += 3 } }
            while sum < 7 { if sum == 4 { sum += 1 } else if a == 7 && b == 8 || sum == 3 { sum += 2 } else { sum += 4 } }
            match a { 1 => if b == 1 { sum += 1 }, 2 => if b == 2 { sum += 2 }, 3 => if b == 3 { sum += 3 }, _ => if b == 4 { sum += 9 } }
            match b { 1 => if a == 1 { sum += 1 }, 2 => if a == 2 { sum += 2 }, 3 => if a == 3 { sum += 3 }, _ => if a == 4 { sum += 9 } }
            if a > 1 { if b > 1 { if sum > 1 { sum -= 1 } } }
        }
    }
    Ok(sum)
}
