//! A program that fails while the system gives it little: no descriptor, no reader, no room in a file; and that
//! shares its signals and its standard streams with this crate. The tests run it as a process; its first argument
//! names the scenario.

#[cfg(target_os = "linux")]
mod scenarios;
#[cfg(target_os = "linux")]
mod system;

fn main() {
    #[cfg(target_os = "linux")]
    scenarios::run();
}
