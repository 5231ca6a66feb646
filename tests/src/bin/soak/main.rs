//! A soak: many errors of many functions on many threads, for minutes, to a receiver that is killed and started again.
//! At the end all counts must add up, and memory must not have grown. `docs/soak.md` has a result.
//!
//! The program runs itself twice: as the receiver, and as the program that fails.

#[cfg(target_os = "linux")]
mod account;
#[cfg(target_os = "linux")]
mod driver;
#[cfg(target_os = "linux")]
mod functions;
#[cfg(target_os = "linux")]
mod receiver;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod resources;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod work;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["receive", address, file] => receiver::run(address, file.as_ref()),
        ["fail", errors, seconds] => {
            work::run(errors.parse().expect("a number"), seconds.parse().expect("a number"));
        }
        _ => return driver::run(&driver::Plan::parse(&arguments)),
    }
    std::process::ExitCode::SUCCESS
}

#[cfg(not(target_os = "linux"))]
fn main() {}
