//! The decision about an error that leaves a tracked function.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Queued for writing.
    Logged,
    /// Not logged again: an inner function decided about it.
    NotHere,
    /// The boundary around the function decides.
    Held,
    /// No failure, according to the attribute or the error's type.
    Expected,
    /// The function logged too many.
    Limited,
    /// The queue is full.
    Dropped,
}

impl Decision {
    /// Why an error is not logged at all.
    pub(crate) fn reason(self) -> Option<&'static str> {
        match self {
            Decision::Logged | Decision::NotHere | Decision::Held => None,
            Decision::Expected => {
                Some("it is expected: the attribute's `when` or its type says so")
            }
            Decision::Limited => Some(
                "its function logs more of this kind than the rate limit allows; it is counted as suppressed",
            ),
            Decision::Dropped => {
                Some("the queue is full or the sink hangs; it is counted as dropped")
            }
        }
    }
}
