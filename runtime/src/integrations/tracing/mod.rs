//! [`tracing`](::tracing): error logs have the fields of the spans that they happened in, or are events themselves.

mod layer;
