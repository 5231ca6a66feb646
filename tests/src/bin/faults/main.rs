//! A program that accounts for all its errors while something goes wrong. The tests run it as a process: its
//! first argument names the sink or the hooks that it has; standard input is a socket, by which the tests give
//! commands and read answers. At its end it reports what happened.

#[cfg(target_os = "linux")]
mod commands;
#[cfg(target_os = "linux")]
mod system;
#[cfg(target_os = "linux")]
mod user_code;
#[cfg(target_os = "linux")]
mod work;

fn main() {
    #[cfg(target_os = "linux")]
    commands::run();
}
