//! A program in debug mode, or not. The tests run it as a process; its first argument says what it
//! does, the environment is theirs.
fn main() {}
