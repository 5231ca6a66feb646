use std::any::Any;
use std::borrow::Cow;
use std::ffi::OsString;
use std::num::ParseIntError;
use std::rc::Rc;
use std::sync::Arc;

use track_errors::track_errors;

#[derive(Debug)]
#[allow(dead_code, reason = "its Debug is what counts")]
enum OnlyDebug {
    Variant { code: u8 },
}
struct OnlyDisplay;
display! { OnlyDisplay: |_| "has Display and nothing else"; }
struct Nothing;
#[derive(Clone, Copy)]
union Untold {
    _number: u8,
}

cases! {
    string -> String { Err("a text of its own".to_owned())? }
    string_of_a_parser -> String { "x".parse::<u8>().map_err(|error| format!("age: {error}"))? }
    str -> &'static str { Err("a text")? }
    boxed_str -> Box<str> { Err(Box::<str>::from("a text in a box"))? }
    cow -> Cow<'static, str> { Err(Cow::Borrowed("a text that may be owned"))? }
    os_string -> OsString { Err(OsString::from("of the system"))? }
    unit -> () { Err(())? }
    number -> u64 { Err(404_u64)? }
    character -> char { Err('x')? }
    tuple -> (u16, &'static str) { Err((404, "not found"))? }
    option -> Option<String> { Err(None)? }
    list -> Vec<ParseIntError> {
        let errors: Vec<_> = ["a", ""].iter().filter_map(|n| n.parse::<u8>().err()).collect();
        Err(errors)?
    }
    result -> Result<u8, String> { Err(Err("inside".to_owned()))? }
    only_debug -> OnlyDebug { Err(OnlyDebug::Variant { code: 7 })? }
    only_display -> OnlyDisplay { Err(OnlyDisplay)? }
    nothing -> Nothing { Err(Nothing)? }
    a_union -> Untold { Err(Untold { _number: 1 })? }
    any -> Box<dyn Any + Send> { Err(Box::new("what a thread panicked with") as Box<dyn Any + Send>)? }
    boxed -> Box<ParseIntError> { "x".parse::<u8>().map_err(Box::new)? }
    counted -> Arc<ParseIntError> { "x".parse::<u8>().map_err(Arc::new)? }
    counted_on_one_thread -> Rc<str> { Err(Rc::<str>::from("a text that is counted"))? }
}
