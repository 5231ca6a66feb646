//! Helpers that know nothing of errors: text, locks, signals, names, JSON.

pub(crate) mod clock;
pub(crate) mod escape;
pub(crate) mod generations;
pub(crate) mod guarded;
pub(crate) mod hash;
pub(crate) mod json;
pub(crate) mod lock;
pub(crate) mod memo;
pub(crate) mod named;
pub(crate) mod once_box;
pub(crate) mod random;
pub(crate) mod reentrancy;
pub(crate) mod signals;
pub(crate) mod source;
pub(crate) mod sync;
#[cfg(test)]
pub(crate) mod test_folder;
pub(crate) mod text;
pub(crate) mod url;
