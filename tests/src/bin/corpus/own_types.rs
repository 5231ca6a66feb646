use std::error::Error;
use std::fmt::Debug;
use std::io;

use track_errors::track_errors;

#[derive(Debug)]
struct Unit;
#[derive(Debug)]
#[allow(dead_code, reason = "its Debug is what counts")]
struct Tuple(u8, &'static str);
#[derive(Debug)]
#[allow(dead_code, reason = "its Debug is what counts")]
struct Fields {
    code: u8,
    nested: Option<Box<Fields>>,
}
#[derive(Debug)]
enum Payment {
    Declined,
    Limit(u32),
    Card { number: &'static str },
    Network(io::Error),
    Größe,
}
#[derive(Debug)]
struct Generic<T>(T);
#[derive(Debug)]
struct Many<T, const N: usize>([T; N]);

display! {
    Unit: |_| "a struct without fields";
    Tuple: |_| "a struct with two fields";
    Fields: |fields| format_args!("code {}", fields.code);
    Payment: |payment| match payment {
        Payment::Declined => "declined".to_owned(),
        Payment::Limit(limit) => format!("more than {limit}"),
        Payment::Card { number } => format!("bad card {number}"),
        Payment::Network(_) => "no connection".to_owned(),
        Payment::Größe => "wrong size".to_owned(),
    };
    hand_written::Code: |code| format_args!("code {}", code.0);
    named_error::Error: |_| "a struct that is called Error";
}
impl<T: Debug> std::fmt::Display for Generic<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "generic over {:?}", self.0)
    }
}
impl<T, const N: usize> std::fmt::Display for Many<T, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of them", self.0.len())
    }
}

impl Error for Unit {}
impl Error for Tuple {}
impl Error for Fields {}
impl Error for Payment {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Payment::Network(source) => Some(source),
            _ => None,
        }
    }
}
impl<T: Debug> Error for Generic<T> {}
impl<T: Debug, const N: usize> Error for Many<T, N> {}
impl Error for named_error::Error {}
impl Error for hand_written::Code {}

impl From<io::Error> for Payment {
    fn from(error: io::Error) -> Self {
        Payment::Network(error)
    }
}

/// A `Debug` that looks like a variant and is none, because it is not derived.
mod hand_written {
    pub(super) struct Code(pub(super) u8);
    impl std::fmt::Debug for Code {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "E{:04} (see the manual)", self.0)
        }
    }
}

mod named_error {
    #[derive(Debug)]
    pub(super) struct Error;
}

cases! {
    unit_struct -> Unit { Err(Unit)? }
    tuple_struct -> Tuple { Err(Tuple(7, "seven"))? }
    struct_with_fields -> Fields {
        Err(Fields { code: 7, nested: Some(Box::new(Fields { code: 8, nested: None })) })?
    }
    unit_variant -> Payment { Err(Payment::Declined)? }
    tuple_variant -> Payment { Err(Payment::Limit(500))? }
    struct_variant -> Payment { Err(Payment::Card { number: "4711" })? }
    converted_variant -> Payment { Err(io::Error::other("cable cut"))? }
    variant_that_is_not_ascii -> Payment { Err(Payment::Größe)? }
    generic -> Generic<Vec<Option<u8>>> { Err(Generic(vec![Some(1)]))? }
    generic_over_generics -> Generic<Generic<Generic<&'static str>>> {
        Err(Generic(Generic(Generic("deep"))))?
    }
    const_generic -> Many<u8, 3> { Err(Many([0; 3]))? }
    own_debug -> hand_written::Code { Err(hand_written::Code(7))? }
    struct_named_error -> named_error::Error { Err(named_error::Error)? }
    type_in_the_function -> Local { Err(Local)? }
}

use in_a_function::Local;
mod in_a_function {
    #[derive(Debug)]
    pub(super) struct Local;
    display! { Local: |_| "of a module in a module"; }
    impl std::error::Error for Local {}
}
