//! A program that fails and ends in the way that its first argument names. The tests run it as a process.

use std::future::Future;
use std::io::{self, Write};

use track_errors::track_errors;

/// Fails with "No such file or directory".
#[track_errors(service = "scenario")]
fn read_settings() -> io::Result<String> {
    let text = std::fs::read_to_string("/there/is/no/such/file")?;
    Ok(text)
}

#[track_errors(service = "scenario")]
async fn read_settings_later() -> io::Result<String> {
    let text = std::future::ready(std::fs::read_to_string("/there/is/no/such/file")).await?;
    Ok(text)
}

/// Not tracked; the error captures its backtrace here.
#[inline(never)]
fn made_further_in() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("made further in"))
}

#[track_errors(service = "scenario")]
fn carries() -> anyhow::Result<()> {
    made_further_in()?;
    Ok(())
}

/// The function names no service.
#[track_errors]
fn read_without_service() -> io::Result<String> {
    std::fs::read_to_string("/there/is/no/such/file")
}

/// Its caller.
#[track_errors(service = "scenario")]
fn start() -> Result<String, String> {
    read_settings().map_err(|error| format!("starting: {error}"))
}

#[track_errors(service = "scenario")]
fn main() -> io::Result<()> {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    match &*scenario {
        "main-returns-err" => Err(io::Error::other("main failed at once"))?,
        "exit" => {
            let _: io::Result<String> = read_settings();
            std::process::exit(3);
        }
        "panic" => {
            let _: io::Result<String> = read_settings();
            panic!("on purpose, after the error");
        }
        "thread" => {
            let thread = std::thread::Builder::new().name("worker".to_owned());
            let thread = thread.spawn(|| {
                let _: io::Result<String> = read_settings();
            })?;
            thread.join().expect("the thread does not panic");
        }
        "detached-thread" => {
            let (failed, wait) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let _: io::Result<String> = read_settings();
                failed.send(()).expect("main waits");
                loop {
                    std::thread::park();
                }
            });
            wait.recv().expect("the thread tells when it failed");
        }
        "thread-local-destructor" => {
            struct Guard;
            impl Drop for Guard {
                fn drop(&mut self) {
                    let _: io::Result<String> = read_settings();
                }
            }
            thread_local!(static GUARD: Guard = const { Guard });
            let thread = std::thread::spawn(|| GUARD.with(|_| ()));
            thread.join().expect("the thread does not panic");
        }
        // The destructor runs after those of this crate's thread-locals.
        "older-thread-local-destructor" => {
            struct Guard;
            impl Drop for Guard {
                fn drop(&mut self) {
                    assert!(start().is_err());
                }
            }
            thread_local!(static GUARD: Guard = const { Guard });
            let thread = std::thread::spawn(|| {
                GUARD.with(|_| ());
                // Handled: `main` is tracked, but on another thread.
                assert!(start().is_err());
            });
            thread.join().expect("the thread does not panic");
        }
        // The thread-locals of the main thread are gone when it runs, and so is this crate's exit handler.
        "exit-handler" => {
            extern "C" fn at_exit() {
                assert!(start().is_err());
            }
            // SAFETY: keeps the pointer of a function that does not unwind.
            assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
            let _: io::Result<String> = read_settings();
        }
        "eight-threads" => std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        let _: io::Result<String> = read_settings();
                    }
                });
            }
        }),
        "once" => {
            let _: io::Result<String> = read_settings();
        }
        "async" => {
            let waker = std::task::Waker::noop();
            let mut future = Box::pin(read_settings_later());
            let _: std::task::Poll<io::Result<String>> =
                future.as_mut().poll(&mut std::task::Context::from_waker(waker));
        }
        "carried" => {
            let _: anyhow::Result<()> = carries();
        }
        "without-service" => {
            let _: io::Result<String> = read_without_service();
        }
        "half-a-line" => {
            print!("half a line");
            io::stdout().flush()?;
            let _: io::Result<String> = read_settings();
        }
        "holds-stdout" => {
            let mut stdout = io::stdout().lock();
            let _: io::Result<String> = read_settings();
            writeln!(stdout, "still mine")?;
        }
        "climb" => {
            // In a thread, because `main` itself is tracked, and handles the error.
            let thread = std::thread::spawn(|| start().is_err());
            assert!(thread.join().expect("the thread does not panic"));
        }
        "builder" => {
            track_errors::builder()
                .format(track_errors::Format::Otlp)
                .output(track_errors::Output::Stderr)
                .env("from-builder")
                .init();
            let _: io::Result<String> = read_settings();
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
    Ok(())
}
