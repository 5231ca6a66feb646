//! The second phase: what was written has to make sense.
//!
//! In: keys and items as they were parsed. Out: [`keys::Keys`] and [`classify::ErrorType`], in which every
//! value has its type, or an error. One rule a branch; each error is at the token that is wrong, and says
//! what is accepted instead.

pub(crate) mod classify;
pub(crate) mod item;
pub(crate) mod keys;
mod values;
