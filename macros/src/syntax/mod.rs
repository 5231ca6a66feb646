//! Questions about Rust syntax that several phases ask. Knows nothing of this crate's attributes.

pub(crate) mod expressions;
pub(crate) mod parameters;
pub(crate) mod tokens;
pub(crate) mod types;
