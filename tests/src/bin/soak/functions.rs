//! Fifty tracked functions that fail, and boundaries around them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use track_errors::track_errors;

/// An error. Each has a number of its own.
#[derive(Debug)]
pub(crate) enum Failure {
    Declined(u64),
    Expired(u64),
    Missing(u64),
    Refused(u64),
    TimedOut(u64),
}

/// The kinds of errors.
pub(crate) const KINDS: [fn(u64) -> Failure; 5] =
    [Failure::Declined, Failure::Expired, Failure::Missing, Failure::Refused, Failure::TimedOut];

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, number) = match self {
            Failure::Declined(number) => ("the payment was declined", number),
            Failure::Expired(number) => ("the offer has expired", number),
            Failure::Missing(number) => ("the order is missing", number),
            Failure::Refused(number) => ("the connection was refused", number),
            Failure::TimedOut(number) => ("the store did not answer", number),
        };
        write!(f, "{text}, number {number}")
    }
}

impl std::error::Error for Failure {}

impl Failure {
    fn is_missing(&self) -> bool {
        matches!(self, Failure::Missing(_))
    }
}

/// How often an error left a further function, by the program's own count.
pub(crate) static REPEATED: AtomicU64 = AtomicU64::new(0);

type Fail = fn(Failure) -> Result<(), Failure>;

/// A tracked function, and what the program itself counts of its errors.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    fail: Fail,
    /// Its attribute has a `when`.
    expects_missing: bool,
    pub(crate) made: AtomicU64,
    pub(crate) expected: AtomicU64,
    /// By boundaries, in silence or aloud.
    pub(crate) handled: AtomicU64,
}

macro_rules! functions {
    ($($keys:tt: $($name:ident)*;)*) => {
        $($(function! { $keys $name })*)*

        pub(crate) static FUNCTIONS: [Function; 50] = [$($(Function {
            name: concat!(module_path!(), "::", stringify!($name)),
            fail: $name,
            expects_missing: expects_missing!($keys),
            made: AtomicU64::new(0),
            expected: AtomicU64::new(0),
            handled: AtomicU64::new(0),
        },)*)*];
    };
}

macro_rules! function {
    ([$($keys:tt)*] $name:ident) => {
        #[track_errors(service = "soak", $($keys)*)]
        fn $name(failure: Failure) -> Result<(), Failure> {
            Err(failure)
        }
    };
}

macro_rules! expects_missing {
    ([when $($keys:tt)*]) => {
        true
    };
    ([$($keys:tt)*]) => {
        false
    };
}

functions! {
    [rate_limit = "off"]: import export migrate archive;
    []: checkout;
    [rate_limit = 1]: order pay ship refund cancel quote reserve release pack label track_parcel invoice
        remind sign_in sign_out register confirm;
    [rate_limit = 2]: read_stock write_stock count_stock move_stock price discount tax round convert;
    [rate_limit = 5]: send_mail send_text call_back search index suggest;
    [rate_limit = 1, level = "critical"]: charge settle close_books;
    [when = |failure| !failure.is_missing(), rate_limit = 1]: find_order find_customer find_parcel find_price
        find_offer;
    [when = |failure| !failure.is_missing(), rate_limit = 3]: load_order load_customer load_parcel load_price
        load_offer;
}

/// How many functions, the first ones, have no rate limit.
const UNLIMITED: usize = 4;

/// An error that a function will make.
#[derive(Clone, Copy)]
pub(crate) struct Planned {
    function: &'static Function,
    kind: usize,
    number: u64,
}

impl Planned {
    /// The number decides on the function and the kind. One of a hundred has no rate limit.
    pub(crate) fn new(number: u64) -> Self {
        let random = splitmix(number);
        let (mut at, kind) = (random as usize >> 16, random as usize % KINDS.len());
        at = if random.is_multiple_of(101) {
            at % UNLIMITED
        } else {
            UNLIMITED + at % (FUNCTIONS.len() - UNLIMITED)
        };
        Planned { function: &FUNCTIONS[at], kind, number }
    }

    /// Of a function without a rate limit.
    pub(crate) fn unlimited(number: u64) -> Self {
        let at = number as usize % UNLIMITED;
        Planned { function: &FUNCTIONS[at], kind: number as usize % KINDS.len(), number }
    }

    /// The function fails.
    pub(crate) fn make(self) -> Result<(), Failure> {
        let failure = KINDS[self.kind](self.number);
        self.function.made.fetch_add(1, Ordering::Relaxed);
        if self.is_expected(&failure) {
            self.function.expected.fetch_add(1, Ordering::Relaxed);
        }
        (self.function.fail)(failure)
    }

    fn is_expected(&self, failure: &Failure) -> bool {
        self.function.expects_missing && failure.is_missing()
    }

    /// The boundary decides on the error, unless a `when` did: then it is one that left a function before.
    fn leaves_boundary(&self) {
        if self.is_expected(&KINDS[self.kind](self.number)) {
            REPEATED.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The function fails, inside a boundary that will handle it.
    fn make_handled(self) {
        let result = self.make();
        assert!(result.is_err());
        if result.is_err_and(|failure| !self.is_expected(&failure)) {
            self.function.handled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Mixes the bits of a number.
fn splitmix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The error leaves a second tracked function.
#[track_errors(service = "soak")]
pub(crate) fn climbs(planned: Planned) -> Result<(), Failure> {
    REPEATED.fetch_add(1, Ordering::Relaxed);
    planned.make()?;
    Ok(())
}

#[track_errors(service = "soak", report = "boundary")]
pub(crate) fn handles(planned: Planned) -> Result<(), Failure> {
    planned.make_handled();
    Ok(())
}

#[track_errors(service = "soak", report = "boundary", handled = "warn")]
pub(crate) fn handles_aloud(planned: Planned) -> Result<(), Failure> {
    planned.make_handled();
    Ok(())
}

#[track_errors(service = "soak", report = "boundary")]
pub(crate) fn returns(planned: Planned) -> Result<(), Failure> {
    planned.leaves_boundary();
    planned.make()?;
    Ok(())
}

/// Handles the first two, and returns the third.
#[track_errors(service = "soak", report = "boundary")]
pub(crate) fn returns_the_third(planned: [Planned; 3]) -> Result<(), Failure> {
    let [first, second, third] = planned;
    first.make_handled();
    second.make_handled();
    third.leaves_boundary();
    climbs(third)
}
