//! `Builder::init`: the settings of the process.

use crate::config::Builder;
use crate::output::sink::Sink;
use crate::{pipeline, report};

fn install(settings: Builder, sink: Option<Box<dyn Sink>>) {
    report::panics::register();
    pipeline::install_settings(settings, sink);
}

impl Builder {
    /// Installs these settings for the whole process, in place of any before.
    ///
    /// Call it at the beginning of `main`. Without it, the first error installs the settings of the
    /// environment. A setting that cannot be used (a wrong variable, a file that cannot be opened) is reported
    /// in one line on stderr, with what is used instead.
    ///
    /// ```
    /// track_errors::builder().service("checkout").env("staging").init();
    /// ```
    pub fn init(self) {
        install(self, None);
    }

    /// Like [`init`](Builder::init), with a sink of your own.
    ///
    /// ```
    /// use std::io;
    /// use track_errors::{Batch, Sink};
    ///
    /// struct Lines;
    ///
    /// impl Sink for Lines {
    ///     fn name(&self) -> &str {
    ///         "lines"
    ///     }
    ///
    ///     fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
    ///         for line in batch.lines() {
    ///             println!("{} bytes", line.len());
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// track_errors::builder().init_with_sink(Lines);
    /// ```
    pub fn init_with_sink(self, sink: impl Sink + 'static) {
        install(self, Some(Box::new(sink)));
    }
}
