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

/// The error of a destructor of a thread-local that accesses another one after its destruction.
fn access_too_late() -> Result<(), AccessError> {
    use std::sync::Mutex;
    static RESULT: Mutex<Option<AccessError>> = Mutex::new(None);
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            *RESULT.lock().expect("no panic while it is locked") = LATE.try_with(|_| ()).err();
        }
    }
    thread_local!(static LATE: Late = const { Late });
    std::thread::spawn(|| LATE.with(|_| ())).join().expect("no panic");
    match RESULT.lock().expect("no panic while it is locked").take() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
