//! The compiler warns about a tracked function as about a plain one: the same lints, the same messages, the
//! same places.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use track_errors_tests::compiler::{Diagnostic, Tool, compare, same};

type Compared = LazyLock<BTreeMap<String, [Vec<Diagnostic>; 2]>>;

/// Sources, the lints that each is about, and a test of each. The second list has lints that need to see the
/// body as the function's own, and report less about a closure or an async block.
macro_rules! lints {
    (
        $($name:ident: [$($lint:ident),+] $source:literal)*
        => limits { $($limit:ident: [$($lost:literal),+] $limit_source:literal)* }
    ) => {
        static COMPARED: Compared = LazyLock::new(|| {
            let sources = [
                $((stringify!($name), $source),)*
                $((stringify!($limit), $limit_source),)*
            ];
            compare(env!("CARGO_TARGET_TMPDIR"), "lints", "2024", Tool::Check, &sources)
        });
        $(
            #[test]
            fn $name() {
                assert_same(stringify!($name), &[$(stringify!($lint)),+]);
            }
        )*
        $(
            #[test]
            fn $limit() {
                assert_lost(stringify!($limit), &[$($lost),+]);
            }
        )*
    };
}

#[track_caller]
fn assert_same(name: &str, lints: &[&str]) {
    let [plain, tracked] = &COMPARED[name];
    for lint in lints {
        let reported = plain.iter().any(|diagnostic| diagnostic.code == *lint);
        assert!(reported, "{lint} is not what this source is about: {plain:#?}");
    }
    same(plain, tracked);
}

/// Asserts that exactly these lints, each with its line, are no longer reported, and nothing new is.
#[track_caller]
fn assert_lost(name: &str, expected: &[&str]) {
    let [plain, tracked] = &COMPARED[name];
    let facts = |diagnostics: &[Diagnostic]| -> BTreeSet<String> {
        diagnostics.iter().map(|found| format!("{} in {:?}", found.code, found.line())).collect()
    };
    let (plain, tracked) = (facts(plain), facts(tracked));
    let expected = expected.iter().map(|&lost| lost.to_owned()).collect();
    assert_eq!(plain.difference(&tracked).cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(tracked.difference(&plain).cloned().collect::<Vec<_>>(), Vec::<String>::new());
}

lints! {
    an_uncalled_function_is_dead_code: [dead_code] r#"
#[track_errors::track_errors]
fn never_called() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
async fn never_called_later() -> Result<u32, String> {
    Ok(1)
}

struct Shop;

impl Shop {
    #[track_errors::track_errors]
    fn close(&self) -> Result<u32, String> {
        Ok(1)
    }

    #[track_errors::track_errors]
    async fn close_later(self) -> Result<u32, String> {
        Ok(1)
    }
}
"#

    an_item_that_only_dead_code_uses_is_dead_code: [dead_code] r#"
struct Order {
    id: u32,
    never_read: u32,
}

enum Kind {
    Made,
    NeverMade,
}

fn only_by_the_dead() -> u32 {
    1
}

#[track_errors::track_errors]
fn dead() -> Result<u32, String> {
    Ok(only_by_the_dead())
}

#[track_errors::track_errors]
pub fn alive() -> Result<u32, String> {
    let order = Order { id: 1, never_read: 2 };
    let Kind::Made = Kind::Made else { return Err(String::new()) };
    Ok(order.id)
}
"#

    an_unused_parameter_is_reported: [unused_variables] r#"
#[track_errors::track_errors]
pub fn sync(used: u32, not_used: u32, (a, b): (u32, u32), _: u32, _ignored: u32) -> Result<u32, String> {
    Ok(used + a)
}

#[track_errors::track_errors]
pub async fn later(used: u32, not_used: u32, (a, b): (u32, u32), _: u32, _ignored: u32) -> Result<u32, String> {
    Ok(used + a)
}

#[track_errors::track_errors]
pub fn future(used: u32, not_used: u32) -> impl Future<Output = Result<u32, String>> {
    async move { Ok(used) }
}

#[track_errors::track_errors]
pub fn boxed(used: u32, not_used: u32) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    Box::pin(async move { Ok(used) })
}

pub struct Shop;

impl Shop {
    #[track_errors::track_errors]
    pub fn method(&self, not_used: u32) -> Result<u32, String> {
        Ok(1)
    }

    #[track_errors::track_errors]
    pub async fn method_later(self, not_used: u32) -> Result<u32, String> {
        Ok(1)
    }
}
"#

    an_unused_parameter_with_the_name_of_a_field_is_reported: [unused_variables] r#"
pub struct Order {
    pub id: u32,
}

#[track_errors::track_errors]
pub fn sync(order: Order, id: u32) -> Result<u32, String> {
    Ok(order.id)
}

#[track_errors::track_errors]
pub async fn later(order: Order, id: u32) -> Result<u32, String> {
    Ok(order.id)
}

#[track_errors::track_errors]
pub async fn text(id: u32) -> Result<&'static str, String> {
    Ok("id")
}
"#

    an_unused_parameter_in_a_struct_pattern_is_reported: [unused_variables] r#"
pub struct Point {
    pub x: u32,
    pub y: u32,
}

#[track_errors::track_errors]
pub fn sync(Point { x, y }: Point) -> Result<u32, String> {
    Ok(x)
}

#[track_errors::track_errors]
pub async fn later(Point { x, y }: Point) -> Result<u32, String> {
    Ok(x)
}
"#

    an_unused_variable_is_reported: [unused_variables, unused_assignments] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<u32, std::num::ParseIntError> {
    let not_used = text.parse::<u32>()?;
    let mut assigned = 1;
    assigned = 2;
    Ok(1)
}

#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<u32, std::num::ParseIntError> {
    let not_used = text.parse::<u32>()?;
    let mut assigned = 1;
    assigned = 2;
    Ok(1)
}
"#

    a_parameter_whose_new_value_is_never_read_is_reported: [unused_assignments] r#"
#[track_errors::track_errors]
pub fn sync(mut count: u32) -> Result<u32, String> {
    let before = count;
    count = 2;
    Ok(before)
}

#[track_errors::track_errors]
pub async fn later(mut count: u32) -> Result<u32, String> {
    let before = count;
    count = 2;
    Ok(before)
}
"#

    an_unneeded_mut_is_reported: [unused_mut] r#"
#[track_errors::track_errors]
pub fn sync(mut count: u32, (mut a, b): (u32, u32)) -> Result<u32, String> {
    let mut sum = count + a + b;
    Ok(sum)
}

#[track_errors::track_errors]
pub async fn later(mut count: u32, (mut a, b): (u32, u32)) -> Result<u32, String> {
    let mut sum = count + a + b;
    Ok(sum)
}

pub struct Shop(u32);

impl Shop {
    #[track_errors::track_errors]
    pub fn method(mut self) -> Result<u32, String> {
        Ok(self.0)
    }

    #[track_errors::track_errors]
    pub async fn method_later(mut self) -> Result<u32, String> {
        Ok(self.0)
    }
}
"#

    code_after_a_return_is_reported: [unreachable_code] r#"
#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    return Ok(1);
    Ok(2)
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    return Ok(1);
    Ok(2)
}

#[track_errors::track_errors]
pub fn statement(flag: bool) -> Result<u32, String> {
    if flag {
        return Err(String::new());
        println!("not reached");
    }
    Ok(1)
}
"#

    code_after_a_panic_or_a_loop_is_reported: [unreachable_code] r#"
fn value() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn panics() -> Result<u32, String> {
    panic!("no");
    value()
}

#[track_errors::track_errors]
pub async fn panics_later() -> Result<u32, String> {
    panic!("no");
    value()
}

#[track_errors::track_errors]
pub fn loops() -> Result<u32, String> {
    loop {}
    Ok(1)
}

#[track_errors::track_errors]
pub fn argument() -> Result<u32, String> {
    Ok(panic!("no"))
}

#[track_errors::track_errors]
pub fn question_mark() -> Result<u32, String> {
    let number: u32 = Err(return Ok(1)).map_err(|error: String| error)?;
    Ok(number)
}
"#

    a_call_after_a_return_is_reported: [unreachable_code] r#"
fn value() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    return value();
    value()
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    return value();
    value()
}

#[track_errors::track_errors]
pub fn arms(number: u32) -> Result<u32, String> {
    match number {
        0 => {
            return value();
            value()
        }
        _ => value(),
    }
}

#[track_errors::track_errors]
pub fn argument() -> Result<u32, String> {
    fn of(number: u32) -> Result<u32, String> {
        Ok(number)
    }
    of(return value())
}
"#

    an_unreachable_arm_is_reported: [unreachable_patterns] r#"
#[track_errors::track_errors]
pub fn sync(number: Option<u32>) -> Result<u32, String> {
    match number {
        Some(number) => Ok(number),
        None => Err(String::new()),
        _ => Ok(2),
    }
}

#[track_errors::track_errors]
pub async fn later(number: Option<u32>) -> Result<u32, String> {
    match number {
        Some(number) => Ok(number),
        None => Err(String::new()),
        _ => Ok(2),
    }
}
"#

    an_unused_result_is_reported: [unused_must_use] r#"
#[track_errors::track_errors]
pub fn fail() -> Result<u32, String> {
    Err(String::new())
}

#[track_errors::track_errors]
pub async fn fail_later() -> Result<u32, String> {
    Err(String::new())
}

#[must_use = "it is the price"]
#[track_errors::track_errors]
pub fn above() -> Option<Result<u32, String>> {
    None
}

#[track_errors::track_errors]
#[must_use = "it is the price"]
pub fn below() -> Option<Result<u32, String>> {
    None
}

pub fn caller() {
    fail();
    fail_later();
    above();
    below();
}

#[track_errors::track_errors]
pub async fn inside() -> Result<u32, String> {
    fail();
    fail_later();
    fail_later().await;
    1 + 1;
    Ok(1)
}

#[track_errors::track_errors]
pub fn inside_sync() -> Result<u32, String> {
    fail();
    fail_later();
    below();
    Ok(1)
}
"#

    a_call_of_a_deprecated_function_is_reported: [deprecated] r#"
#[deprecated(since = "1.2.0", note = "call `new_price`")]
#[track_errors::track_errors]
pub fn above() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
#[deprecated(since = "1.2.0", note = "call `new_price`")]
pub async fn below() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn caller() -> Result<u32, String> {
    drop(below());
    above()
}
"#

    the_operand_of_a_question_mark_is_unchanged: [unused_variables] r#"
fn c() -> Result<u8, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn sync() -> Result<u8, String> {
    let not_used = ();
    let a = { Ok::<u8, String>(1) }?;
    let b = ({ c() })?;
    let d = { c() }? + { let e = c(); e }?;
    Ok(a + b + d)
}
"#

    style_lints_check_the_body: [unused_parens, unused_braces, unused_labels, path_statements, redundant_semicolons] r#"
#[track_errors::track_errors]
pub fn sync(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = (text.parse::<u32>())?;
    let other = { number };
    if (other > 1) {
        return (Ok(1));
    }
    'outer: loop {
        break;
    }
    number;;
    return (Ok(number));
}

#[track_errors::track_errors]
pub async fn later(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number = (text.parse::<u32>())?;
    let other = { number };
    if (other > 1) {
        return (Ok(1));
    }
    'outer: loop {
        break;
    }
    number;;
    return (Ok(number));
}

#[track_errors::track_errors]
pub fn around_the_tail(text: &str) -> Result<u32, std::num::ParseIntError> {
    (text.parse::<u32>())
}

#[track_errors::track_errors]
pub fn braces_around_an_argument(text: &str) -> Result<u32, std::num::ParseIntError> {
    Ok({ text.parse::<u32>()? })
}
"#

    names_are_looked_at: [non_snake_case, non_upper_case_globals, non_camel_case_types] r#"
#[track_errors::track_errors]
pub fn NotSnake(Parameter: u32, (First, second): (u32, u32)) -> Result<u32, String> {
    const lower: u32 = 1;
    struct small(u32);
    let Variable = small(lower);
    Ok(Variable.0 + Parameter + First + second)
}

#[track_errors::track_errors]
pub async fn NotSnakeLater(Parameter: u32, (First, second): (u32, u32)) -> Result<u32, String> {
    const lower: u32 = 1;
    struct small(u32);
    let Variable = small(lower);
    Ok(Variable.0 + Parameter + First + second)
}
"#

    unused_imports_items_and_macros_of_a_body_are_reported: [unused_imports, unused_macros, dead_code] r#"
#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    use std::collections::HashMap;
    macro_rules! never_called { () => {} }
    fn nested() {}
    const NOT_USED: u32 = 1;
    Ok(1)
}

#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    use std::collections::HashMap;
    macro_rules! never_called { () => {} }
    fn nested() {}
    const NOT_USED: u32 = 1;
    Ok(1)
}
"#

    lints_of_unsafe_code_check_the_body: [E0133, unused_unsafe, unsafe_code] r#"
#![warn(unsafe_code)]

#[track_errors::track_errors]
pub unsafe fn sync(number: *const u32) -> Result<u32, String> {
    Ok(*number)
}

#[track_errors::track_errors]
pub async unsafe fn later(number: *const u32) -> Result<u32, String> {
    Ok(*number)
}

#[track_errors::track_errors]
pub fn not_needed(number: u32) -> Result<u32, String> {
    Ok(unsafe { number })
}
"#

    an_undocumented_public_function_is_reported: [missing_docs] r#"
//! A library.
#![warn(missing_docs)]

#[track_errors::track_errors]
pub fn sync() -> Result<u32, String> {
    Ok(1)
}

/// Documented above.
#[track_errors::track_errors]
pub async fn later() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
/// Documented below.
pub async fn below() -> Result<u32, String> {
    Ok(1)
}
"#

    lints_of_the_signature_are_unchanged: [
        async_fn_in_trait, unused_lifetimes, single_use_lifetimes, unreachable_pub,
        private_interfaces, improper_ctypes_definitions
    ] r#"
#![warn(unused_lifetimes, single_use_lifetimes, unreachable_pub)]

pub trait Shop {
    #[track_errors::track_errors]
    async fn later(&self) -> Result<u32, String> {
        Ok(1)
    }
}

#[track_errors::track_errors]
pub fn lifetimes<'a, 'b>(text: &'b str) -> Result<usize, String> {
    Ok(text.len())
}

mod inner {
    #[track_errors::track_errors]
    pub fn not_reachable() -> Result<u32, String> {
        Ok(1)
    }
}

struct Private;

#[track_errors::track_errors]
pub fn private() -> Result<Private, String> {
    drop(inner::not_reachable());
    Ok(Private)
}

#[track_errors::track_errors]
pub extern "C" fn foreign() -> Result<u32, String> {
    Ok(1)
}
"#

    a_misplaced_attribute_is_reported: [unused_attributes, unused_doc_comments] r#"
#[track_errors::track_errors]
#[inline]
#[inline]
pub fn twice() -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub fn comment() -> Result<u32, String> {
    /// On nothing that is documented.
    let number = 1;
    Ok(number)
}
"#

    expected_and_allowed_lints_are_not_reported: [unfulfilled_lint_expectations] r#"
#[track_errors::track_errors]
#[expect(unused_variables, reason = "it is fulfilled")]
pub fn fulfilled(not_used: u32) -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
#[expect(unused_variables, reason = "it is not fulfilled")]
pub fn not_fulfilled(used: u32) -> Result<u32, String> {
    Ok(used)
}

#[allow(unused_variables)]
#[track_errors::track_errors]
pub async fn above(not_used: u32) -> Result<u32, String> {
    Ok(1)
}

#[track_errors::track_errors]
pub async fn inside(not_used: u32) -> Result<u32, String> {
    #![allow(unused_variables)]
    Ok(1)
}

#[track_errors::track_errors]
pub fn on_the_parameter(#[allow(unused_variables)] not_used: u32) -> Result<u32, String> {
    #[expect(unused_variables)]
    let not_used = 1;
    Ok(1)
}
"#

    needless_borrows_and_moves_are_reported: [dropping_references, unused_comparisons] r#"
#[track_errors::track_errors]
pub fn sync(number: u32, text: &str) -> Result<usize, String> {
    drop(text);
    if number >= 0 {
        return Ok(text.len());
    }
    Ok(1)
}

#[track_errors::track_errors]
pub async fn later(number: u32, text: &str) -> Result<usize, String> {
    drop(text);
    if number >= 0 {
        return Ok(text.len());
    }
    Ok(1)
}
"#

    => limits {
    an_overwritten_parameter_of_an_async_function_is_not_reported: [
        "unused_assignments in Some(9)"
    ] r#"
#[track_errors::track_errors]
pub fn sync(mut count: u32) -> Result<u32, String> {
    count = 2;
    Ok(count)
}

#[track_errors::track_errors]
pub async fn later(mut count: u32) -> Result<u32, String> {
    count = 2;
    Ok(count)
}
"#

    a_parameter_that_only_the_fields_use_counts_as_used: [
        "unused_variables in Some(3)",
        "unused_variables in Some(9)"
    ] r#"
#[track_errors::track_errors(fields(id, left))]
pub fn plain(id: u32, (left, right): (u8, u8)) -> Result<u8, String> {
    Ok(right)
}

#[track_errors::track_errors(fields(id, left))]
#[track_caller]
pub fn caller(id: u32, (left, right): (u8, u8)) -> Result<u8, String> {
    Ok(right)
}
"#

    a_function_that_only_calls_itself_is_not_reported: [
        "unconditional_recursion in Some(3)",
        "unconditional_recursion in Some(8)"
    ] r#"
#[track_errors::track_errors]
pub fn forever(number: u32) -> Result<u32, String> {
    forever(number + 1)
}

#[track_errors::track_errors]
pub fn forever_with_a_question_mark(number: u32) -> Result<u32, String> {
    let number = forever_with_a_question_mark(number + 1)?;
    Ok(number)
}
"#
    }
}
