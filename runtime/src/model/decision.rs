//! What became of an error that left a tracked function.

/// What was decided about an error that leaves a tracked function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is handed on to be written.
    Logged,
    /// It is not logged here: that was decided further in.
    NotHere,
    /// The boundary around the function decides.
    Held,
    /// The attribute or the error's type says that it is no failure.
    Expected,
    /// The function logged too many.
    Limited,
    /// The queue is full.
    Dropped,
}

impl Decision {
    /// Why an error is logged nowhere.
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
