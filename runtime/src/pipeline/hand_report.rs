//! `HandReport`: what a report by hand adds to a log.

/// What a report by hand says about the log, beside its keys and fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct HandReport {
    /// The message of the log.
    pub(crate) message: Option<Box<str>>,
    pub(crate) service: Option<Box<str>>,
}

impl HandReport {
    pub(super) fn bytes(&self) -> usize {
        let texts = [&self.message, &self.service].into_iter().flatten();
        size_of::<Self>() + texts.map(|text| text.len()).sum::<usize>()
    }
}
