//! Unit tests: the attribute and the derive on tokens, without a compiler.

mod golden;
