//! A program that raises errors of every kind, one after the other, each through a tracked function
//! of its own.
//!
//! Its last line on stderr says how many. No function of it calls another tracked one, so every
//! error is one log, whatever the reporting policy; and a thread is joined before the next error is
//! raised, so the logs come in the order of the source. What each of them must say is written down
//! in `tests/conformance.rs`, by the name of the function.

use std::sync::atomic::{AtomicUsize, Ordering};

static RAISED: AtomicUsize = AtomicUsize::new(0);

fn main() {
    standard_library::raise();
    own_types::raise();
    plain_values::raise();
    borrowed::raise();
    chains::raise();
    erased::raise();
    erased::raise_by_macros();
    messages::raise();
    hostile::raise();
    keys::raise();
    shapes::raise();
    futures::raise();
    threads::raise();
    // Relaxed: every thread that counted has been joined.
    eprintln!("corpus: {} errors raised", RAISED.load(Ordering::Relaxed));
}

/// Counts an error that a tracked function returned.
#[track_caller]
fn raised<T, E>(result: Result<T, E>) {
    assert!(result.is_err(), "every function of the corpus fails");
    RAISED.fetch_add(1, Ordering::Relaxed);
}

/// `name -> Error { body }`: a tracked function for each, and `raise`, which calls all of them.
macro_rules! cases {
    ($($name:ident -> $error:ty { $($body:tt)* })*) => {
        $(
            #[track_errors(service = "corpus")]
            fn $name() -> Result<(), $error> {
                $($body)*;
                Ok(())
            }
        )*

        pub(super) fn raise() {
            $(super::raised($name());)*
        }
    };
}

/// Error types, each with the text that its `Display` writes.
macro_rules! display {
    ($($ty:ty: |$error:pat_param| $text:expr;)*) => {$(
        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $error = self;
                write!(f, "{}", $text)
            }
        }
    )*};
}

/// Errors of the standard library, as the functions that yield them make them.
mod standard_library {
    use std::alloc::{Layout, LayoutError};
    use std::array::TryFromSliceError;
    use std::cell::{BorrowError, BorrowMutError, RefCell};
    use std::char::{CharTryFromError, DecodeUtf16Error, ParseCharError, TryFromCharError};
    use std::collections::TryReserveError;
    use std::env::{JoinPathsError, VarError};
    use std::ffi::{
        CStr, CString, FromBytesUntilNulError, FromBytesWithNulError, IntoStringError, NulError,
    };
    use std::hint::black_box;
    use std::io::{self, ErrorKind, Read};
    use std::net::AddrParseError;
    use std::num::{ParseFloatError, ParseIntError, TryFromIntError};
    use std::path::{Path, StripPrefixError};
    use std::str::{ParseBoolError, Utf8Error};
    use std::string::{FromUtf8Error, FromUtf16Error};
    use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, channel};
    use std::thread::AccessError;
    use std::time::{Duration, SystemTime, SystemTimeError, TryFromFloatSecsError};
    use std::{fmt, fs};

    use track_errors::track_errors;

    cases! {
        io_of_the_system -> io::Error { fs::read("/there/is/no/such/file")? }
        io_by_number -> io::Error { Err(io::Error::from_raw_os_error(104))? }
        io_by_kind -> io::Error { Err(ErrorKind::PermissionDenied)? }
        io_of_the_library -> io::Error { io::empty().read_exact(&mut [0])? }
        io_with_a_text -> io::Error { Err(io::Error::other("the disk is on fire"))? }
        io_around_another -> io::Error {
            "x".parse::<u8>().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?
        }
        format -> fmt::Error { Err(fmt::Error)? }
        int_empty -> ParseIntError { "".parse::<u8>()? }
        int_invalid -> ParseIntError { "twelve".parse::<u8>()? }
        int_too_large -> ParseIntError { "256".parse::<u8>()? }
        int_conversion -> TryFromIntError { u8::try_from(black_box(256_u16))? }
        float -> ParseFloatError { "1,5".parse::<f64>()? }
        boolean -> ParseBoolError { "yes".parse::<bool>()? }
        character -> ParseCharError { "ab".parse::<char>()? }
        character_of_int -> CharTryFromError { char::try_from(black_box(0xd800_u32))? }
        character_to_int -> TryFromCharError { u8::try_from(black_box('€'))? }
        utf8 -> Utf8Error { std::str::from_utf8(black_box(b"caf\xe9"))? }
        utf8_of_bytes -> FromUtf8Error { String::from_utf8(b"caf\xe9".to_vec())? }
        utf16 -> FromUtf16Error { String::from_utf16(&[0xd800])? }
        utf16_of_a_character -> DecodeUtf16Error {
            char::decode_utf16([0xd800]).next().expect("one character")?
        }
        address -> AddrParseError { "localhost".parse::<std::net::IpAddr>()? }
        array_of_slice -> TryFromSliceError { <[u8; 2]>::try_from(black_box(&[1_u8][..]))? }
        layout -> LayoutError { Layout::from_size_align(1, 3)? }
        borrow -> BorrowError {
            let cell = RefCell::new(1);
            let _held = cell.borrow_mut();
            cell.try_borrow()?
        }
        borrow_mut -> BorrowMutError {
            let cell = RefCell::new(1);
            let _held = cell.borrow();
            cell.try_borrow_mut()?
        }
        reserve -> TryReserveError { Vec::<u8>::new().try_reserve(usize::MAX)? }
        variable -> VarError { std::env::var("TRACK_ERRORS_TESTS_NO_SUCH_VARIABLE")? }
        paths -> JoinPathsError { std::env::join_paths(["with:colon", "with;semicolon\""])? }
        nul_inside -> NulError { CString::new("a\0b")? }
        nul_missing -> FromBytesWithNulError { CStr::from_bytes_with_nul(b"ab")? }
        nul_nowhere -> FromBytesUntilNulError { CStr::from_bytes_until_nul(b"ab")? }
        c_string -> IntoStringError {
            CString::new(b"caf\xe9".to_vec()).expect("no NUL in it").into_string()?
        }
        prefix -> StripPrefixError { Path::new("/a/b").strip_prefix("/c")? }
        receive -> RecvError {
            let (sender, receiver) = channel::<u8>();
            drop(sender);
            receiver.recv()?
        }
        receive_now -> TryRecvError { channel::<u8>().1.try_recv()? }
        receive_soon -> RecvTimeoutError { channel::<u8>().1.recv_timeout(Duration::ZERO)? }
        send -> SendError<u8> {
            let (sender, receiver) = channel();
            drop(receiver);
            sender.send(7)?
        }
        thread_local -> AccessError { std::thread::spawn(access_too_late).join().expect("no panic")? }
        time -> SystemTimeError { SystemTime::UNIX_EPOCH.duration_since(SystemTime::now())? }
        duration -> TryFromFloatSecsError { Duration::try_from_secs_f64(-1.0)? }
    }

    /// What a destructor of one thread-local gets when it asks for another that is gone.
    fn access_too_late() -> Result<(), AccessError> {
        use std::sync::Mutex;
        static RESULT: Mutex<Option<AccessError>> = Mutex::new(None);
        struct Late;
        impl Drop for Late {
            fn drop(&mut self) {
                *RESULT.lock().expect("nobody panics") = LATE.try_with(|_| ()).err();
            }
        }
        thread_local!(static LATE: Late = const { Late });
        std::thread::spawn(|| LATE.with(|_| ())).join().expect("no panic");
        match RESULT.lock().expect("nobody panics").take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// Structs and enums as programs define them.
mod own_types {
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

    /// A `Debug` that looks like a variant and is none, because nobody derived it.
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
}

/// Values that are no errors in the sense of the standard library.
mod plain_values {
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
}

/// Errors that are not `'static`.
mod borrowed {
    use std::error::Error;
    use std::num::ParseIntError;
    use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

    use track_errors::track_errors;

    #[derive(Debug)]
    struct BadLine<'a> {
        line: &'a str,
    }
    display! { BadLine<'_>: |bad| format_args!("bad line {:?}", bad.line); }
    impl Error for BadLine<'_> {}

    #[track_errors(service = "corpus")]
    fn of_the_argument(line: &str) -> Result<u8, BadLine<'_>> {
        Err(BadLine { line })
    }

    #[track_errors(service = "corpus")]
    fn text_of_the_argument(line: &str) -> Result<u8, &str> {
        Err(line)
    }

    #[track_errors(service = "corpus")]
    fn reference_to_an_error(error: &ParseIntError) -> Result<u8, &ParseIntError> {
        Err(error)
    }

    #[track_errors(service = "corpus")]
    fn reference_to_any_error<'a>(error: &'a dyn Error) -> Result<u8, &'a dyn Error> {
        Err(error)
    }

    #[track_errors(service = "corpus")]
    fn boxed_and_borrowed<'a>(line: &'a str) -> Result<u8, Box<dyn Error + 'a>> {
        Err(BadLine { line })?
    }

    #[track_errors(service = "corpus")]
    fn held_lock(lock: &Mutex<u8>) -> Result<u8, TryLockError<MutexGuard<'_, u8>>> {
        Ok(*lock.try_lock()?)
    }

    #[track_errors(service = "corpus")]
    fn poisoned_lock(lock: &Mutex<u8>) -> Result<u8, PoisonError<MutexGuard<'_, u8>>> {
        Ok(*lock.lock()?)
    }

    pub(super) fn raise() {
        let line = String::from("12;x");
        super::raised(of_the_argument(&line));
        super::raised(text_of_the_argument(&line));
        let error = "x".parse::<u8>().expect_err("no number");
        super::raised(reference_to_an_error(&error));
        super::raised(reference_to_any_error(&error));
        super::raised(boxed_and_borrowed(&line));

        let lock = Mutex::new(1);
        let held = lock.lock();
        super::raised(held_lock(&lock));
        drop(held);
        std::thread::scope(|scope| {
            let poisoned = scope.spawn(|| {
                let _held = lock.lock();
                panic!("on purpose: poisons a lock");
            });
            assert!(poisoned.join().is_err());
        });
        super::raised(poisoned_lock(&lock));
    }
}

/// `source()` in all lengths.
mod chains {
    use std::error::Error;

    use track_errors::track_errors;

    /// A message, and what caused it.
    #[derive(Debug)]
    struct Link {
        message: String,
        source: Option<Box<Link>>,
    }
    display! { Link: |link| link.message; }
    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.source.as_deref().map(|link| link as _)
        }
    }

    /// The first message is that of the error, the last that of the root cause.
    fn chain(messages: impl DoubleEndedIterator<Item = impl Into<String>>) -> Link {
        let chain = messages.rev().fold(None, |source, message| {
            Some(Link { message: message.into(), source: source.map(Box::new) })
        });
        chain.expect("at least one message")
    }

    /// Its cause is itself.
    #[derive(Debug)]
    struct Circle;
    display! { Circle: |_| "turns in a circle"; }
    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    cases! {
        two_causes -> Link { Err(chain(["paying", "no card", "wallet is empty"].into_iter()))? }
        causes_in_the_message -> Link { Err(chain(["paying: no card", "no card"].into_iter()))? }
        causes_without_a_text -> Link { Err(chain(["paying", "", ""].into_iter()))? }
        causes_of_several_lines -> Link {
            Err(chain(["paying", "no\n  card\n   0: not::a_frame\n at x.rs:1:1"].into_iter()))?
        }
        hundred_causes -> Link { Err(chain((0..100).map(|n| format!("link {n}"))))? }
        huge_causes -> Link { Err(chain((0..100).map(|n| format!("{n}").repeat(10_000))))? }
        circle -> Circle { Err(Circle)? }
    }
}

/// Containers for any error.
mod erased {
    use std::error::Error;
    use std::sync::Arc;
    use std::{fmt, fs, io};

    use anyhow::Context;
    use track_errors::track_errors;

    type Boxed = Box<dyn Error>;
    type BoxedSend = Box<dyn Error + Send + Sync>;

    cases! {
        boxed_by_question_mark -> Boxed { "x".parse::<u8>()? }
        boxed_send_by_question_mark -> BoxedSend { fs::read("/there/is/no/such/file")? }
        boxed_by_into -> Boxed { "x".parse::<u8>().map_err(Into::<Boxed>::into)? }
        boxed_text -> Boxed { Err("a text in a box")? }
        boxed_string -> BoxedSend { Err(format!("text {}", 7))? }
        boxed_and_coerced -> Boxed {
            let send: BoxedSend = fmt::Error.into();
            Err(send as Boxed)?
        }
        counted_error -> Arc<dyn Error + Send + Sync> {
            Err(Arc::new(fmt::Error) as Arc<dyn Error + Send + Sync>)?
        }
        anyhow_by_question_mark -> anyhow::Error { "x".parse::<u8>()? }
        anyhow_text -> anyhow::Error { Err(anyhow::anyhow!("no card for {}", "Ada"))? }
        anyhow_context -> anyhow::Error {
            fs::read("/there/is/no/such/file").context("reading the price list").context("paying")?
        }
        anyhow_around_eyre -> anyhow::Error {
            Err(anyhow::Error::from_boxed(eyre::eyre!("from the other one").into()))?
        }
        eyre_by_question_mark -> eyre::Report { "x".parse::<u8>()? }
        eyre_text -> eyre::Report { Err(eyre::eyre!("no card for {}", "Ada"))? }
        eyre_wrapped -> eyre::Report {
            let read = Err::<(), _>(io::Error::other("cable cut"));
            eyre::WrapErr::wrap_err(read, "asking the bank")?
        }
    }

    pub(super) fn raise_by_macros() {
        #[track_errors(service = "corpus")]
        fn anyhow_bail() -> anyhow::Result<()> {
            anyhow::bail!("bailed out of {}", "anyhow");
        }
        #[track_errors(service = "corpus")]
        fn anyhow_ensure(amount: i32) -> anyhow::Result<()> {
            anyhow::ensure!(amount > 0, "the amount is {amount}");
            Ok(())
        }
        #[track_errors(service = "corpus")]
        fn eyre_bail() -> eyre::Result<()> {
            eyre::bail!("bailed out of {}", "eyre");
        }
        super::raised(anyhow_bail());
        super::raised(anyhow_ensure(0));
        super::raised(eyre_bail());
    }
}

/// Texts that a line of JSON, a terminal or a stack could stumble over.
mod messages {
    use track_errors::track_errors;

    cases! {
        empty -> String { Err(String::new())? }
        only_spaces -> String { Err("   ".to_owned())? }
        only_line_breaks -> String { Err("\n\r\n".to_owned())? }
        padded -> String { Err("  in the middle \n".to_owned())? }
        nul -> String { Err("a\0b\0".to_owned())? }
        controls -> String { Err((0..32_u8).map(char::from).chain(['\x7f', '\u{85}']).collect::<String>())? }
        escape_sequences -> String { Err("\x1b[31mred\x1b[0m \x07bell \x08back".to_owned())? }
        quotes -> String { Err(r#"he said "it's 5\6" and left \"#.to_owned())? }
        json -> String { Err(r#"{"error":{"kind":"Other"},"status":"ok"}"#.to_owned())? }
        several_lines -> String { Err("first\nsecond\r\n\tthird\n".to_owned())? }
        like_a_stack -> String { Err("boom\n   0: evil::frame\n             at evil.rs:1:1".to_owned())? }
        line_separators -> String { Err("one\u{2028}two\u{2029}three\u{b}four\u{c}five".to_owned())? }
        emoji -> String { Err("\u{1f4a5} \u{1f469}\u{200d}\u{1f467} \u{1f1e9}\u{1f1ea}".to_owned())? }
        right_to_left -> String { Err("\u{202e}gnp.exe \u{2066}שלום\u{2069} \u{feff}".to_owned())? }
        noncharacters -> String { Err("\u{fffe}\u{ffff}\u{10ffff}\u{e000}".to_owned())? }
        lossy_surrogates -> String { Err(String::from_utf16_lossy(&[0x61, 0xd800, 0xdc61, 0xdfff]))? }
        combining -> String { Err(format!("a{}", "\u{301}".repeat(5_000)))? }
        percent -> String { Err("100 % {braces} %s %n ${jndi:ldap://x}".to_owned())? }
        long -> String { Err("m".repeat(10_000))? }
        megabytes_of_letters -> String { Err("m".repeat(10_000_000))? }
        megabytes_of_quotes -> String { Err("\"".repeat(5_000_000))? }
        megabytes_of_nul -> String { Err("\0".repeat(5_000_000))? }
        megabytes_of_emoji -> String { Err("\u{1f4a5}".repeat(1_000_000))? }
        megabytes_of_lines -> String { Err("line\n".repeat(1_000_000))? }
    }
}

/// Error types whose code does not do what it should.
mod hostile {
    use std::error::Error;
    use std::fmt::{self, Debug, Display, Formatter};

    use track_errors::track_errors;

    macro_rules! hostile {
        ($($name:ident { display: $display:expr, debug: $debug:expr, source: $source:expr })*) => {$(
            struct $name;
            impl Display for $name {
                fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                    let display: fn(&mut Formatter<'_>) -> fmt::Result = $display;
                    display(f)
                }
            }
            impl Debug for $name {
                fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                    let debug: fn(&mut Formatter<'_>) -> fmt::Result = $debug;
                    debug(f)
                }
            }
            impl Error for $name {
                fn source(&self) -> Option<&(dyn Error + 'static)> {
                    let source: fn() -> Option<&'static (dyn Error + 'static)> = $source;
                    source()
                }
            }
        )*};
    }

    fn panics(_: &mut Formatter<'_>) -> fmt::Result {
        panic!("on purpose: formatting an error")
    }
    fn half(f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("half of it ")?;
        panic!("on purpose: formatting the rest of an error")
    }
    fn fails(_: &mut Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
    fn endless(f: &mut Formatter<'_>) -> fmt::Result {
        loop {
            f.write_str("and so on, ")?;
        }
    }

    hostile! {
        DisplayPanics { display: panics, debug: |f| f.write_str("DisplayPanics"), source: || None }
        DisplayPanicsLate { display: half, debug: panics, source: || None }
        DebugPanics { display: |f| f.write_str("no card"), debug: panics, source: || None }
        EverythingPanics { display: panics, debug: panics, source: || panic!("on purpose: a source") }
        DisplayFails { display: fails, debug: fails, source: || None }
        DisplayIsEndless { display: endless, debug: |f| f.write_str("Endless"), source: || None }
        SaysNothing { display: |_| Ok(()), debug: |_| Ok(()), source: || None }
        SourcePanics {
            display: |f| f.write_str("no card"),
            debug: |f| f.write_str("SourcePanics"),
            source: || panic!("on purpose: a source")
        }
        CauseIsEndless {
            display: |f| f.write_str("no card"),
            debug: |f| f.write_str("CauseIsEndless"),
            source: || Some(&DisplayIsEndless)
        }
        CausePanics {
            display: |f| f.write_str("no card"),
            debug: |f| f.write_str("CausePanics"),
            source: || Some(&EverythingPanics)
        }
    }

    cases! {
        display_panics -> DisplayPanics { Err(DisplayPanics)? }
        display_panics_late -> DisplayPanicsLate { Err(DisplayPanicsLate)? }
        debug_panics -> DebugPanics { Err(DebugPanics)? }
        everything_panics -> EverythingPanics { Err(EverythingPanics)? }
        boxed_everything_panics -> Box<dyn Error> { Err(EverythingPanics)? }
        display_fails -> DisplayFails { Err(DisplayFails)? }
        display_is_endless -> DisplayIsEndless { Err(DisplayIsEndless)? }
        says_nothing -> SaysNothing { Err(SaysNothing)? }
        source_panics -> SourcePanics { Err(SourcePanics)? }
        cause_is_endless -> CauseIsEndless { Err(CauseIsEndless)? }
        cause_panics -> CausePanics { Err(CausePanics)? }
    }
}

/// The keys of the attribute.
mod keys {
    use std::fmt;

    use track_errors::track_errors;

    const SERVICE: &str = "corpus-by-path";

    macro_rules! keys {
        ($($name:ident: $($key:ident = $value:tt),*;)*) => {
            $(
                #[track_errors($($key = $value),*)]
                fn $name() -> fmt::Result {
                    Err(fmt::Error)?
                }
            )*

            pub(super) fn raise() {
                $(super::raised($name());)*
            }
        };
    }

    keys! {
        no_key_at_all: ;
        service_by_path: service = SERVICE;
        service_of_odd_characters: service = "größe \"5\"\\\n\u{2028}💥";
        level_warn: service = "corpus", level = "warn";
        level_error: service = "corpus", level = "error";
        level_critical: service = "corpus", level = "critical";
        level_alert: service = "corpus", level = "alert";
        level_emergency: service = "corpus", level = "emergency";
        kind: service = "corpus", kind = "PaymentDeclined";
        kind_of_odd_characters: service = "corpus", kind = "größe \"5\"\\\n\u{2028}💥\0";
        report_origin: service = "corpus", report = "origin";
        report_boundary: service = "corpus", report = "boundary";
        report_every: service = "corpus", report = "every";
        rate_limit: service = "corpus", rate_limit = 5;
        rate_limit_off: service = "corpus", rate_limit = "off";
        all_keys: service = "corpus", level = "alert", kind = "Everything", report = "origin", rate_limit = 5;
    }
}

/// Every shape of function.
mod shapes {
    use std::fmt::{self, Debug, Display};
    use std::hint::black_box;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::task::Poll;

    use track_errors::track_errors;

    struct Cart<T>(T);

    impl<T> Cart<T> {
        #[track_errors(service = "corpus")]
        fn associated() -> fmt::Result {
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_reference(&self) -> fmt::Result {
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_mutable_reference(&mut self) -> fmt::Result {
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_value(mut self, other: T) -> fmt::Result {
            self.0 = other;
            drop(self);
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_box(self: Box<Self>) -> fmt::Result {
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_arc(self: Arc<Self>) -> fmt::Result {
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_rc(self: &Rc<Self>) -> fmt::Result {
            Err(fmt::Error)?
        }
        #[track_errors(service = "corpus")]
        fn by_pin(self: Pin<&mut Self>) -> fmt::Result {
            Err(fmt::Error)?
        }
    }

    trait Basket {
        fn in_a_trait(&self) -> fmt::Result;
        #[track_errors(service = "corpus")]
        fn by_default(&self) -> fmt::Result {
            Err(fmt::Error)?
        }
    }
    impl<T> Basket for Cart<T> {
        #[track_errors(service = "corpus")]
        fn in_a_trait(&self) -> fmt::Result {
            Err(fmt::Error)?
        }
    }
    impl Basket for &mut [u8] {
        #[track_errors(service = "corpus")]
        fn in_a_trait(&self) -> fmt::Result {
            Err(fmt::Error)?
        }
    }

    #[track_errors(service = "corpus")]
    fn generic<T: Display, const N: usize>(values: [T; N]) -> Result<T, String> {
        Err(format!("{}", values[0]))
    }
    #[track_errors(service = "corpus")]
    fn generic_error<E: Debug + Clone>(error: &E) -> Result<(), E> {
        Err(error.clone())
    }
    #[track_errors(service = "corpus")]
    fn impl_argument(value: impl Display) -> Result<impl Display, String> {
        if black_box(true) { Err(value.to_string()) } else { Ok(1) }
    }
    /// # Safety
    ///
    /// It does nothing.
    #[track_errors(service = "corpus")]
    #[allow(unsafe_code, reason = "a shape of function")]
    unsafe fn unsafe_function() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    #[allow(improper_ctypes_definitions, reason = "a shape of function")]
    extern "C" fn foreign() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn patterns((a, _): (u8, u8), [b, ..]: [u8; 3], mut c: u8, _: u8) -> Result<u8, String> {
        c += a + b;
        Err(format!("{c}"))
    }
    #[track_errors(service = "corpus")]
    fn r#match() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn größe() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn by_return() -> fmt::Result {
        if black_box(true) {
            return Err(fmt::Error);
        }
        Ok(())
    }
    #[track_errors(service = "corpus")]
    fn by_a_macro() -> fmt::Result {
        macro_rules! fail {
            () => {
                return Err(fmt::Error)
            };
        }
        fail!()
    }
    #[track_errors(service = "corpus")]
    fn in_a_loop() -> Result<u32, std::num::ParseIntError> {
        let mut sum = 0;
        for number in ["1", "2", "three"] {
            sum += number.parse::<u32>()?;
        }
        Ok(sum)
    }
    #[track_errors(service = "corpus")]
    fn option_of_result() -> Option<fmt::Result> {
        Some(Err(fmt::Error))
    }
    #[track_errors(service = "corpus")]
    fn poll_of_result() -> Poll<fmt::Result> {
        Poll::Ready(Err(fmt::Error))
    }
    #[track_errors(service = "corpus")]
    fn poll_of_option_of_result() -> Poll<Option<fmt::Result>> {
        Poll::Ready(Some(Err(fmt::Error)))
    }

    /// Calls a tracked function under 200 frames of its own.
    #[inline(never)]
    fn below(depth: usize) -> fmt::Result {
        #[track_errors(service = "corpus")]
        fn deep_down() -> fmt::Result {
            Err(fmt::Error)?
        }
        black_box(if depth == 0 { deep_down() } else { below(black_box(depth - 1)) })
    }

    pub(super) fn raise() {
        use super::raised;

        raised(Cart::<u8>::associated());
        raised(Cart("").by_reference());
        raised(Cart(vec![1]).by_mutable_reference());
        raised(Cart(1).by_value(2));
        raised(Box::new(Cart([1; 7])).by_box());
        raised(Arc::new(Cart((1, 'x'))).by_arc());
        raised(Rc::new(Cart(|| 1)).by_rc());
        raised(Pin::new(&mut Cart(Some(1))).by_pin());
        raised(Cart(1).in_a_trait());
        raised((&Cart(1) as &dyn Basket).by_default());
        let list: &mut [u8] = &mut [1];
        raised(list.in_a_trait());
        raised(generic(["one", "two"]));
        raised(generic_error(&vec!["one"]));
        raised(impl_argument('x'));
        // SAFETY: it asks for nothing.
        #[allow(unsafe_code, reason = "a shape of function")]
        raised(unsafe { unsafe_function() });
        raised(foreign());
        raised(patterns((1, 2), [3, 4, 5], 6, 7));
        raised(r#match());
        raised(größe());
        raised(by_return());
        raised(by_a_macro());
        raised(in_a_loop());
        raised(option_of_result().expect("some"));
        let Poll::Ready(result) = poll_of_result() else { panic!("it is ready") };
        raised(result);
        let Poll::Ready(Some(result)) = poll_of_option_of_result() else { panic!("it is ready") };
        raised(result);
        raised(below(200));
    }
}

/// Functions that fail later.
mod futures {
    use std::error::Error;
    use std::future::{Future, poll_fn, ready};
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};
    use std::{fmt, fs, io};

    use track_errors::track_errors;

    /// Pending once, so that the error comes with a later poll.
    async fn later() {
        let mut polled = false;
        poll_fn(
            |_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending },
        )
        .await;
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(value) =
                future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                return value;
            }
        }
    }

    #[track_errors(service = "corpus")]
    async fn at_once() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    async fn after_a_while(path: &str) -> io::Result<Vec<u8>> {
        later().await;
        ready(fs::read(path)).await
    }
    #[track_errors(service = "corpus")]
    async fn erased_after_a_while() -> Result<u8, Box<dyn Error + Send + Sync>> {
        later().await;
        Ok("x".parse::<u8>()?)
    }
    #[track_errors(service = "corpus")]
    fn returned() -> impl Future<Output = fmt::Result> {
        async {
            later().await;
            Err(fmt::Error)?
        }
    }
    #[track_errors(service = "corpus")]
    fn boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<u8, &'a str>> + Send + 'a>> {
        Box::pin(async move {
            later().await;
            Err(text)
        })
    }
    struct Client;
    trait Fetch {
        async fn in_a_trait(&self) -> fmt::Result;
    }
    impl Fetch for Client {
        #[track_errors(service = "corpus")]
        async fn in_a_trait(&self) -> fmt::Result {
            later().await;
            Err(fmt::Error)?
        }
    }
    impl Client {
        #[track_errors(service = "corpus")]
        async fn of_a_type(self, _: u8) -> fmt::Result {
            later().await;
            Err(fmt::Error)?
        }
    }

    pub(super) fn raise() {
        use super::raised;

        raised(block_on(at_once()));
        raised(block_on(after_a_while("/there/is/no/such/file")));
        raised(block_on(erased_after_a_while()));
        raised(block_on(returned()));
        raised(block_on(boxed("a text of the argument")));
        raised(block_on(Client.in_a_trait()));
        raised(block_on(Client.of_a_type(1)));
        // A future that moves to another thread between two polls.
        let mut moved = Box::pin(after_a_while("/there/is/no/such/file"));
        assert!(moved.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let thread = std::thread::Builder::new().name("second poll".to_owned());
        let thread = thread.spawn(move || raised(block_on(moved))).expect("the thread starts");
        thread.join().expect("no panic");
        // A future that is dropped before it fails is no error.
        drop(at_once());
    }
}

/// Threads with and without names, and threads that end.
mod threads {
    use std::panic::catch_unwind;
    use std::{fmt, thread};

    use track_errors::track_errors;

    #[track_errors(service = "corpus")]
    fn on_a_thread() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn in_a_destructor() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn of_a_panicking_thread() -> fmt::Result {
        Err(fmt::Error)?
    }
    #[track_errors(service = "corpus")]
    fn of_a_small_stack() -> fmt::Result {
        Err(fmt::Error)?
    }

    /// Calls a tracked function when it is dropped.
    struct Guard(fn() -> fmt::Result);
    impl Drop for Guard {
        fn drop(&mut self) {
            super::raised(self.0());
        }
    }

    pub(super) fn raise() {
        thread::spawn(|| super::raised(on_a_thread())).join().expect("no panic");
        let long = "long ".repeat(20_000);
        for name in ["worker-1", "größe \"5\"\\ 💥", "two\nlines\u{1b}[31m\u{2028}", "", &long]
        {
            let thread = thread::Builder::new().name(name.to_owned());
            let thread = thread.spawn(|| super::raised(on_a_thread())).expect("the thread starts");
            thread.join().expect("no panic");
        }
        thread_local!(static GUARD: Guard = const { Guard(in_a_destructor) });
        thread::spawn(|| GUARD.with(|_| ())).join().expect("no panic");
        let panicked = catch_unwind(|| {
            let _guard = Guard(of_a_panicking_thread);
            panic!("on purpose: an error while a thread panics");
        });
        assert!(panicked.is_err());
        let small = thread::Builder::new().stack_size(64 * 1024);
        let small = small.spawn(|| super::raised(of_a_small_stack())).expect("the thread starts");
        small.join().expect("no panic");
    }
}
