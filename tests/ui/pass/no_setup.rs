//! The attribute alone, on the shapes that are used most.
#![deny(warnings)]

use std::num::ParseIntError;

use track_errors::track_errors;

#[track_errors]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    Ok(text.parse::<u32>()? + 1)
}

#[track_errors()]
async fn parse_later(text: &str) -> Result<u32, ParseIntError> {
    parse(text)
}

struct Cart {
    total: u32,
}

impl Cart {
    #[track_errors]
    fn add(&mut self, text: &str) -> Result<&mut Self, ParseIntError> {
        self.total += parse(text)?;
        Ok(self)
    }
}

fn main() {
    let mut cart = Cart { total: 0 };
    assert!(cart.add("1").is_ok_and(|cart| cart.total == 2));
    drop(parse_later("1"));
}
