//! The layer that knows the fields of the current spans.
