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
