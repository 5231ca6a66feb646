//! The first phase: tokens become keys and items.
//!
//! In: what the user wrote. Out: syntax trees, or an error where the grammar ends. What the trees mean
//! is checked by `valid`.

pub(crate) mod fields;
pub(crate) mod item;
pub(crate) mod keys;
