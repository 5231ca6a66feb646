//! The compiler reports a mistake in a body once, at the same place as without the attribute. If the body
//! does not parse yet, callers still find the function. (The message may differ where the compiler sees that
//! the body is that of a closure.)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use track_errors_tests::compiler::{Diagnostic, Tool, compare};

type Compared = LazyLock<BTreeMap<String, [Vec<Diagnostic>; 2]>>;

/// Sources, the numbers of the errors that each is about (`""` for a syntax error), and a test of each.
macro_rules! mistakes {
    ($($name:ident: [$($code:literal),+] $source:literal)*) => {
        static COMPARED: Compared = LazyLock::new(|| {
            let sources = [$((stringify!($name), $source)),*];
            compare(env!("CARGO_TARGET_TMPDIR"), "mistakes", "2024", Tool::Check, &sources)
        });
        $(
            #[test]
            fn $name() {
                assert_same(stringify!($name), &[$($code),+]);
            }
        )*
    };
}

#[track_caller]
fn assert_same(name: &str, codes: &[&str]) {
    let [plain, tracked] = &COMPARED[name];
    let mut found: Vec<_> = plain.iter().map(|diagnostic| &*diagnostic.code).collect();
    let mut codes = codes.to_vec();
    found.sort_unstable();
    codes.sort_unstable();
    assert_eq!(found, codes, "{plain:#?}");
    let places = |diagnostics: &[Diagnostic]| -> BTreeSet<_> {
        diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.level.clone(), diagnostic.start()))
            .collect()
    };
    assert_eq!(places(plain), places(tracked), "{plain:#?}\n{tracked:#?}");
    assert_eq!(plain.len(), tracked.len(), "{tracked:#?}");
}

mistakes! {
    a_value_of_another_type: ["E0308", "E0308", "E0308", "E0308"] r#"
#[track_errors::track_errors]
pub fn inside_ok() -> Result<u32, String> {
    Ok("text")
}

#[track_errors::track_errors]
pub fn tail() -> Result<u32, String> {
    1
}

#[track_errors::track_errors]
pub fn returned(flag: bool) -> Result<u32, String> {
    if flag {
        return "text";
    }
    Ok(1)
}

#[track_errors::track_errors]
pub fn bound() -> Result<u32, String> {
    let number: u32 = "text";
    Ok(number)
}
"#

    a_value_of_another_type_in_an_async_function: ["E0308", "E0308", "E0308", "E0308"] r#"
#[track_errors::track_errors]
pub async fn inside_ok() -> Result<u32, String> {
    Ok("text")
}

#[track_errors::track_errors]
pub async fn tail() -> Result<u32, String> {
    1
}

#[track_errors::track_errors]
pub async fn returned(flag: bool) -> Result<u32, String> {
    if flag {
        return "text";
    }
    Ok(1)
}

#[track_errors::track_errors]
pub async fn bound() -> Result<u32, String> {
    let number: u32 = "text";
    Ok(number)
}
"#

    a_value_that_a_call_returns_in_another_type: ["E0308", "E0308", "E0308", "E0308"] r#"
fn other() -> Result<u8, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn tail() -> Result<u32, String> {
    other()
}

#[track_errors::track_errors]
pub async fn tail_later() -> Result<u32, String> {
    other()
}

#[track_errors::track_errors]
pub fn returned(flag: bool) -> Result<u32, String> {
    if flag {
        return other();
    }
    Ok(1)
}

#[track_errors::track_errors]
pub fn arm(flag: bool) -> Result<u32, String> {
    match flag {
        true => Ok(1),
        false => other(),
    }
}
"#

    a_value_that_is_missing: ["E0308", "E0308", "E0317"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<usize, String> {
    Ok::<_, String>(text.len());
}

#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<usize, String> {
    Ok::<_, String>(text.len());
}

#[track_errors::track_errors]
pub fn branch(flag: bool) -> Result<usize, String> {
    if flag { Ok(1) }
}
"#

    a_body_that_is_empty: ["E0308", "E0308"] r#"
#[track_errors::track_errors]
pub fn sync() -> Result<usize, String> {}

#[track_errors::track_errors]
pub async fn later() -> Result<usize, String> {}
"#

    a_question_mark_that_cannot_convert: ["E0277", "E0277", "E0277"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<u32, std::fmt::Error> {
    Ok(text.parse::<u32>()?)
}

#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<u32, std::fmt::Error> {
    let number = text.parse::<u32>()?;
    Ok(number)
}

#[track_errors::track_errors]
pub fn chain(text: &str) -> Result<String, std::fmt::Error> {
    Ok(text.trim().parse::<u32>().map(|number| number + 1)?.to_string())
}
"#

    a_question_mark_or_return_in_a_function_that_sees_its_caller: [
        "E0277", "E0277", "E0277", "E0277", "E0069", "E0308"
    ] r#"
#[track_errors::track_errors]
#[track_caller]
pub fn converted(error: &String) -> Result<u32, String> {
    Err(error.len())?
}

#[track_errors::track_errors]
#[track_caller]
pub fn of_an_option(number: Option<u32>) -> Result<u32, String> {
    Ok(number?)
}

#[track_errors::track_errors]
#[track_caller]
pub fn in_an_option(number: Result<u32, String>) -> Option<Result<u32, String>> {
    let number = number?;
    Some(Ok(number))
}

#[track_errors::track_errors]
#[track_caller]
pub fn of_a_number(number: u32) -> Result<u32, String> {
    Ok(number?)
}

#[track_errors::track_errors]
#[track_caller]
pub fn returns(flag: bool) -> Result<u32, String> {
    if flag {
        return;
    }
    return Ok("text");
}
"#

    one_of_many_question_marks: ["E0277", "E0277", "E0277"] r#"
fn one() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn many(error: usize, number: Option<u32>) -> Result<u32, String> {
    one()?; one()?; one()?; one()?; one()?; one()?; one()?; one()?; one()?;
    one()?; one()?; one()?; one()?; one()?; one()?; one()?; one()?; one()?;
    Err(error)?;
    let found = number?;
    Ok(found + error?)
}
"#

    a_question_mark_on_what_is_no_result: ["E0277", "E0277", "E0277"] r#"
#[track_errors::track_errors]
pub fn number(number: u32) -> Result<u32, String> {
    Ok(number?)
}

#[track_errors::track_errors]
pub fn option(number: Option<u32>) -> Result<u32, String> {
    let number = number?;
    Ok(number)
}

#[track_errors::track_errors]
pub async fn option_later(number: Option<u32>) -> Result<u32, String> {
    let number = number?;
    Ok(number)
}
"#

    an_unknown_name_method_or_field: ["E0425", "E0433", "E0599", "E0609", "E0425"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str, point: (u32, u32)) -> Result<usize, String> {
    let length = txet.len();
    let map = HashMap::new();
    let trimmed = text.trimmed();
    Ok(length + point.third)
}

#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<usize, String> {
    Ok(unknown(text)?)
}
"#

    an_unknown_method_before_a_question_mark: ["E0599", "E0599", "E0599"] r#"
pub struct Shop;

#[track_errors::track_errors]
pub fn sync(shop: Shop) -> Result<u32, String> {
    let number = shop.price()?;
    Ok(number)
}

#[track_errors::track_errors]
pub fn tail(shop: Shop) -> Result<u32, String> {
    shop.price()
}

#[track_errors::track_errors]
pub async fn later(shop: Shop) -> Result<u32, String> {
    shop.price().await?;
    Ok(1)
}
"#

    arguments_that_do_not_fit: ["E0061", "E0308", "E0061"] r#"
fn price(id: u32) -> Result<u32, String> {
    Ok(id)
}

#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    let number = price(1, 2)?;
    let other = price("text")?;
    Ok(number + other)
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    price()
}
"#

    a_type_that_cannot_be_inferred: ["E0277", "E0282", "E0282"] r#"
#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    let list = Vec::new();
    Ok(1)
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    let list = Vec::new();
    Ok(1)
}

#[track_errors::track_errors]
pub fn parsed(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = text.parse()?;
    Ok(1)
}
"#

    a_value_that_was_moved: ["E0382", "E0382", "E0382"] r#"
#[track_errors::track_errors]
pub fn sync(text: String) -> Result<String, String> {
    drop(text);
    Ok(text)
}

#[track_errors::track_errors]
pub async fn later(text: String) -> Result<String, String> {
    drop(text);
    Ok(text)
}

fn take(text: String) -> Result<u32, String> {
    Err(text)
}

#[track_errors::track_errors]
pub fn by_a_call(text: String) -> Result<u32, String> {
    take(text)?;
    take(text)
}
"#

    a_value_that_does_not_live_long_enough: ["E0515", "E0597", "E0515", "E0505"] r#"
#[track_errors::track_errors]
pub fn local() -> Result<&'static str, String> {
    let text = String::new();
    Ok(&text)
}

#[track_errors::track_errors]
pub fn static_borrow() -> Result<u32, String> {
    let text = String::new();
    let kept: &'static str = &text;
    Ok(kept.len() as u32)
}

#[track_errors::track_errors]
pub async fn later() -> Result<&'static str, String> {
    let text = String::new();
    Ok(&text)
}

#[track_errors::track_errors]
pub fn while_borrowed(text: String) -> Result<u32, String> {
    let kept = &text;
    drop(text);
    Ok(kept.len() as u32)
}
"#

    a_parameter_that_does_not_live_long_enough: ["E0515", "E0515", "E0515"] r#"
#[track_errors::track_errors]
pub fn sync(text: String) -> Result<&'static str, String> {
    Ok(text.as_str())
}

#[track_errors::track_errors]
pub async fn later(text: String) -> Result<&'static str, String> {
    Ok(text.as_str())
}

#[track_errors::track_errors]
pub fn pattern((text, _): (String, u32)) -> Result<&'static str, String> {
    Ok(text.as_str())
}
"#

    mismatched_lifetimes: ["", ""] r#"
#[track_errors::track_errors]
pub fn sync<'a, 'b>(first: &'a str, second: &'b str) -> Result<&'a str, String> {
    if first.is_empty() { Ok(second) } else { Ok(first) }
}

#[track_errors::track_errors]
pub async fn later<'a, 'b>(first: &'a str, second: &'b str) -> Result<&'a str, String> {
    if first.is_empty() { Ok(second) } else { Ok(first) }
}
"#

    an_immutable_value_is_changed: ["E0384", "E0596", "E0384", "E0594", "E0596"] r#"
#[track_errors::track_errors]
pub fn parameter(count: u32, list: Vec<u32>) -> Result<u32, String> {
    count += 1;
    list.push(count);
    Ok(count)
}

#[track_errors::track_errors]
pub async fn parameter_later(count: u32) -> Result<u32, String> {
    count += 1;
    Ok(count)
}

pub struct Shop(u32, Vec<u32>);

impl Shop {
    #[track_errors::track_errors]
    pub fn method(&self) -> Result<u32, String> {
        self.0 += 1;
        Ok(self.0)
    }

    #[track_errors::track_errors]
    pub fn by_value(self) -> Result<u32, String> {
        self.1.push(1);
        Ok(1)
    }
}
"#

    a_value_behind_a_reference_is_moved: ["E0507", "E0507", "E0507"] r#"
pub struct Shop(String);

impl Shop {
    #[track_errors::track_errors]
    pub fn name(&self) -> Result<String, u32> {
        Ok(self.0)
    }

    #[track_errors::track_errors]
    pub async fn name_later(&self) -> Result<String, u32> {
        Ok(self.0)
    }
}

#[track_errors::track_errors]
pub fn parameter(text: &String) -> Result<String, u32> {
    let text = *text;
    Ok(text)
}
"#

    a_future_that_cannot_be_sent: ["", ""] r#"
fn send<T: Send>(_: T) {}

#[track_errors::track_errors]
pub async fn holds_an_rc() -> Result<u32, String> {
    let number = std::rc::Rc::new(1);
    std::future::ready(()).await;
    Ok(*number)
}

#[track_errors::track_errors]
pub async fn takes_an_rc(number: std::rc::Rc<u32>) -> Result<u32, String> {
    std::future::ready(()).await;
    Ok(*number)
}

pub fn caller() {
    send(holds_an_rc());
    send(takes_an_rc(std::rc::Rc::new(1)));
}
"#

    unsafe_code_outside_of_a_block: ["E0133", "E0133"] r#"
unsafe fn danger() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    danger()?;
    Ok(1)
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    danger()
}
"#

    await_outside_of_async_and_break_outside_of_a_loop: ["E0268", "E0728"] r#"
#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    std::future::ready(()).await;
    Ok(1)
}

#[track_errors::track_errors]
pub fn outside() -> Result<u32, String> {
    break;
    Ok(1)
}
"#

    a_signature_with_an_unknown_type: ["E0425", "E0425", "E0107"] r#"
#[track_errors::track_errors]
pub fn parameter(order: Order) -> Result<u32, String> {
    Ok(order.id)
}

#[track_errors::track_errors]
pub async fn returned() -> Result<Order, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn arguments() -> Result<u32, String, u32> {
    Ok(1)
}
"#

    a_call_with_wrong_arguments_points_at_the_function: ["E0061", "E0308", "E0061"] r#"
#[track_errors::track_errors]
pub fn price(id: u32, (a, b): (u32, u32), mut c: u32) -> Result<u32, String> {
    c += 1;
    Ok(id + a + b + c)
}

#[track_errors::track_errors]
pub async fn price_later(id: u32) -> Result<u32, String> {
    Ok(id)
}

pub fn caller() {
    drop(price(1));
    drop(price("text", (1, 2), 3));
    drop(price_later());
}
"#

    a_name_of_the_expansion_is_not_known_in_the_body: [
        "E0425", "E0425", "E0425", "E0425", "E0425", "E0425", "E0425", "E0425", "E0425", "E0433",
        "E0433"
    ] r#"
#[track_errors::track_errors(report = "boundary")]
pub fn sync((a, _): (u32, u32), _: u32) -> Result<u32, String> {
    let a = __track_errors_arg0 + a;
    let b = __track_errors_arg1;
    let c = __TRACK_ERRORS_SITE;
    let d = __track_errors_error;
    finish(a, b);
    Probe::new(c);
    drop(d);
    Ok(1)
}

#[track_errors::track_errors]
pub async fn later((a, _): (u32, u32), _: u32) -> Result<u32, String> {
    let a = __track_errors_arg0 + a;
    let b = __track_errors_arg1;
    let c = __TRACK_ERRORS_SITE;
    let d = __track_errors_value;
    __private::call(b);
    drop((a, c, d));
    "text".parse::<u8>().map_err(|error| error.to_string())?;
    Ok(1)
}
"#

    a_method_of_the_expansion_is_not_known_in_the_body: ["E0599", "E0599", "E0599"] r#"
fn source() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    source().track_errors_mark(1)?;
    source().tried();
    source()
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    source().track_errors_view();
    source()
}
"#

    an_error_that_cannot_be_converted: ["E0277", "E0277", "E0277", "E0277", "E0277", "E0382"] r#"
use std::error::Error;

#[derive(Debug)]
pub struct NoError;

pub fn pay() -> Result<u32, NoError> {
    Err(NoError)
}

#[track_errors::track_errors]
pub fn into(fail: bool) -> Result<u32, Box<dyn Error>> {
    let error = NoError;
    if fail { Err(error.into()) } else { Ok(1) }
}

#[track_errors::track_errors]
pub fn boxed() -> Result<u32, Box<dyn Error>> {
    return Err(Box::new(NoError));
}

#[track_errors::track_errors]
pub fn mapped() -> Result<u32, Box<dyn Error>> {
    pay().map_err(Into::into)
}

#[track_errors::track_errors]
pub fn by_a_closure() -> Result<u32, Box<dyn Error>> {
    pay().map_err(|error| Box::new(error) as Box<dyn Error>)
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, Box<dyn Error>> {
    Err(Box::from(NoError))
}

#[track_errors::track_errors]
pub fn moved() -> Result<u32, Box<dyn Error>> {
    let error = String::new();
    drop(error);
    Err(error.into())
}
"#

    a_line_that_ends_in_a_dot: ["", "E0308", "E0425"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<usize, String> {
    text.
}

pub fn caller() -> usize {
    sync("").unwrap() + sink
}
"#

    a_line_that_ends_in_a_dot_in_an_async_function: ["", "E0308", "E0425"] r#"
#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<usize, String> {
    let first = text.len();
    text.
}

pub async fn caller() -> usize {
    later("").await.unwrap() + sink
}
"#

    a_variable_without_a_value: ["", "E0425"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<usize, String> {
    let length =
}

pub fn caller() -> usize {
    sync("").unwrap() + sink
}
"#

    a_variable_without_a_value_in_the_middle: ["", "E0425"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<usize, String> {
    let length = ;
    let other = text.;
    Ok(1)
}

pub fn caller() -> usize {
    sync("").unwrap() + sink
}
"#

    a_call_that_is_half_written: ["", "E0061", "E0425"] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<usize, String> {
    text.replace("a", );
    text.replace(, "a");
    Ok(1)
}

pub fn caller() -> usize {
    sync("").unwrap() + sink
}
"#

    a_condition_that_is_half_written: ["", "E0308", "E0425"] r#"
#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<usize, String> {
    if text. {
        return Ok(1);
    }
    Ok(2)
}

pub async fn caller() -> usize {
    later("").await.unwrap() + sink
}
"#

    a_method_that_is_half_written: ["", "E0425"] r#"
pub struct Shop;

impl Shop {
    #[track_errors::track_errors]
    pub fn close(&self) -> Result<usize, String> {
        self.;
        Ok(1)
    }
}

pub fn caller() -> usize {
    Shop.close().unwrap() + sink
}
"#
}
