//! The sink of the Logs API.

use std::error::Error;
use std::fmt;
use std::io;
use std::process;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{Logger, LoggerProvider};

use super::current::{CurrentContext, register};
use super::log_record;
use crate::base::lock::lock;
use crate::config::{ErrorLog, Handover, RecordSink, UnloggedErrors};
use crate::model::Level;

/// The variable of the SDK with the size of its queue, and its default.
const QUEUE_VARIABLE: &str = "OTEL_BLRP_MAX_QUEUE_SIZE";
const QUEUE_SIZE: usize = 2048;
/// How often the provider is flushed before a record becomes a line: the SDK waits for five seconds, and a batch may
/// take longer.
const TRIES: u32 = 3;
/// After that, records are lines for so long.
const PAUSE: Duration = Duration::from_secs(1);

/// Error logs are records of OpenTelemetry's Logs API, in place of lines.
///
/// `provider` makes the logger, whose scope is `track_errors`; its resource names the service. `flush` has the
/// provider export what it has. A batch processor drops what its queue has no room for, so the sink calls `flush`
/// whenever it has handed over half as many records as fit into the queue: [`LogsSink::queue_size`], or
/// `OTEL_BLRP_MAX_QUEUE_SIZE`, or 2,048. It is also called by [`flush`](crate::flush), and at the end of the program.
///
/// A record is a line of the [`output`](crate::Builder::output) where the provider cannot take it: it was shut down, no
/// processor wants the record, `flush` failed three times within the last second, the error is one of the exporter's
/// own (its context suppresses telemetry), or this process is a forked child, in which the provider's thread does not
/// run.
///
/// ```
/// # mod opentelemetry_sdk { pub mod logs {
/// #     pub use opentelemetry::logs::NoopLoggerProvider as SdkLoggerProvider;
/// # } }
/// # trait Flush { fn force_flush(&self) -> std::io::Result<()> { Ok(()) } }
/// # impl Flush for opentelemetry_sdk::logs::SdkLoggerProvider {}
/// # fn with(provider: opentelemetry_sdk::logs::SdkLoggerProvider) {
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
/// use track_errors::opentelemetry;
///
/// let sink = opentelemetry::sink(provider.clone(), SdkLoggerProvider::force_flush);
/// track_errors::builder().record_sink(sink).init();
/// # }
/// ```
pub fn sink<P, E>(
    provider: P,
    flush: impl Fn(&P) -> Result<(), E> + Send + Sync + 'static,
) -> LogsSink<P>
where
    P: LoggerProvider + Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    register();
    let queue_size = std::env::var(QUEUE_VARIABLE).ok().and_then(|size| size.parse().ok());
    LogsSink {
        provider,
        flush: Box::new(move |provider| flush(provider).map_err(io::Error::other)),
        queue_size: queue_size.unwrap_or(QUEUE_SIZE),
        queue: Mutex::default(),
        process: process::id(),
    }
}

/// Has the provider export what it has.
type Flush<P> = Box<dyn Fn(&P) -> io::Result<()> + Send + Sync>;

/// The sink of [`sink`].
pub struct LogsSink<P> {
    provider: P,
    flush: Flush<P>,
    queue_size: usize,
    /// No thread but a worker, or the one that logs, locks it: a forked child does not.
    queue: Mutex<ProviderQueue>,
    process: u32,
}

/// What is known of the queue of the provider.
#[derive(Debug, Default)]
struct ProviderQueue {
    /// Records that were handed over since the last flush.
    unflushed: usize,
    /// When the last flush failed.
    failed_at: Option<Instant>,
}

impl<P: LoggerProvider> LogsSink<P> {
    /// How many records the provider's queue has room for, where the program says so in code
    /// (`BatchConfigBuilder::with_max_queue_size`).
    pub fn queue_size(mut self, queue_size: usize) -> Self {
        self.queue_size = queue_size;
        self
    }

    /// Whether the provider belongs to this process, and its thread runs.
    fn is_of_this_process(&self) -> bool {
        self.process == process::id()
    }

    /// Makes a record and hands it over, if the provider takes it.
    fn emit(
        &self,
        level: Level,
        event: Option<&str>,
        fill: impl FnOnce(&mut <P::Logger as Logger>::LogRecord),
    ) -> Handover {
        let scope = InstrumentationScope::builder("track_errors")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        // A new one each time: a logger that was made before the provider was shut down loses records.
        let logger = self.provider.logger_with_scope(scope);
        let is_wanted = logger.event_enabled(log_record::severity(level), "track_errors", event);
        if !is_wanted || !self.has_room() {
            return Handover::Refused;
        }
        let mut record = logger.create_log_record();
        fill(&mut record);
        logger.emit(record);
        Handover::Taken
    }

    /// Makes room for a record in the provider's queue. Others may use the provider, so half of it is theirs.
    fn has_room(&self) -> bool {
        let mut queue = lock(&self.queue);
        if queue.unflushed >= (self.queue_size / 2).max(1) {
            let is_pause = queue.failed_at.is_some_and(|failed_at| failed_at.elapsed() < PAUSE);
            let is_flushed = !is_pause && (0..TRIES).any(|_| self.flush_queue(&mut queue).is_ok());
            if !is_flushed {
                return false;
            }
        }
        queue.unflushed += 1;
        true
    }

    fn flush_queue(&self, queue: &mut ProviderQueue) -> io::Result<()> {
        let result = (self.flush)(&self.provider);
        match result {
            Ok(()) => *queue = ProviderQueue::default(),
            Err(_) => queue.failed_at = Some(Instant::now()),
        }
        result
    }
}

impl<P: LoggerProvider + Send + Sync> RecordSink for LogsSink<P> {
    fn name(&self) -> &str {
        "opentelemetry"
    }

    fn write(&self, log: &ErrorLog<'_>) -> Handover {
        let context = log.record.carried.get::<CurrentContext>();
        if !self.is_of_this_process() || context.is_some_and(CurrentContext::is_suppressed) {
            return Handover::Refused;
        }
        self.emit(log.record.level, Some(log_record::EVENT), |record| log_record::fill(record, log))
    }

    fn write_unlogged(&self, unlogged: &UnloggedErrors<'_>) -> Handover {
        if !self.is_of_this_process() {
            return Handover::Refused;
        }
        self.emit(Level::Info, None, |record| log_record::fill_unlogged(record, unlogged))
    }

    fn flush(&self) -> io::Result<()> {
        if !self.is_of_this_process() {
            return Ok(());
        }
        let mut queue = lock(&self.queue);
        if queue.unflushed == 0 { Ok(()) } else { self.flush_queue(&mut queue) }
    }
}

impl<P> fmt::Debug for LogsSink<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogsSink").field("queue_size", &self.queue_size).finish_non_exhaustive()
    }
}
