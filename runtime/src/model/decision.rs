//! The decision about an error that leaves a tracked function.

/// What was decided about an error that leaves a tracked function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is queued for writing.
    Logged,
    /// It is not logged again: a function further in decided about it.
    NotHere,
    /// The boundary around the function decides.
    Held,
    /// It is not a failure, by the attribute or by the error's type.
    Expected,
    /// The function logged too many.
    Limited,
    /// The queue is full.
    Dropped,
}

impl Decision {
    /// The reason why an error is not logged at all.
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
