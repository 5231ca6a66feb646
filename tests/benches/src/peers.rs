//! The measured libraries behind one type: how to set each up, and how a program logs with it when the same
//! function, [`debit`], fails.
//!
//! All lines go to [`Out`]: nowhere, unless [`write_to`] named a file.

use std::fmt;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, LineWriter, Write};
use std::sync::{Arc, Mutex, Once, OnceLock};
use std::time::{Duration, Instant};

use track_errors::{BacktraceMode, Batch, Overflow, RateLimit, track_errors};

/// One way to deal with an error.
pub struct Peer {
    /// The name in the results.
    pub name: &'static str,
    /// Sets up the process for the peer. Call it before `fail`.
    pub set_up: fn(),
    /// [`debit`] fails, and the error is logged, reported or created; returns when the calling
    /// thread can go on.
    pub fail: fn(),
    /// Waits until all logs are written. Most peers write at once.
    pub settle: fn(),
}

impl Peer {
    /// The time of this many errors on the calling thread. Pauses until everything is written, so that no queue gets
    /// full, are left out.
    pub fn measure(&self, errors: u64) -> Duration {
        /// Errors between two pauses; few enough for any queue.
        const BATCH: u64 = 100;

        let mut spent = Duration::ZERO;
        let mut left = errors;
        while left > 0 {
            let batch = left.min(BATCH);
            let start = Instant::now();
            for _ in 0..batch {
                (self.fail)();
            }
            spent += start.elapsed();
            left -= batch;
            (self.settle)();
        }
        spent
    }
}

/// All peers, `plain` first.
pub const PEERS: &[Peer] = &[
    // Ignores the error: the extra cost of the others is their own.
    Peer { fail: plain, ..Peer::new("plain") },
    Peer { set_up: track_errors, fail: tracked, settle: flush, ..Peer::new("track_errors") },
    Peer {
        set_up: track_errors,
        fail: tracked_by_trail,
        settle: flush,
        ..Peer::new("track_errors, trail")
    },
    Peer { set_up: tracing_json, fail: instrumented, ..Peer::new("tracing::instrument(err)") },
    Peer { set_up: tracing_json, fail: tracing_error, ..Peer::new("tracing::error!") },
    Peer {
        set_up: tracing_json,
        fail: tracing_error_with_backtrace,
        ..Peer::new("tracing::error! + backtrace")
    },
    #[cfg(feature = "fastrace")]
    Peer {
        set_up: fastrace_reporter,
        fail: fastrace_event,
        settle: fastrace::flush,
        ..Peer::new("fastrace")
    },
    Peer { set_up: sentry_client, fail: sentry_error, ..Peer::new("sentry::capture_error") },
    Peer { fail: anyhow_error, ..Peer::new("anyhow (creation)") },
    Peer { fail: eyre_error, ..Peer::new("eyre (creation)") },
    Peer { fail: snafu_error, ..Peer::new("snafu (creation)") },
    Peer { fail: error_stack_report, ..Peer::new("error-stack (creation)") },
    Peer { fail: slog_error, ..Peer::new("slog-json") },
    Peer { set_up: env_log, fail: log_error, ..Peer::new("log + env_logger") },
    Peer { set_up: emit_json, fail: emit_error, ..Peer::new("emit") },
];

impl Peer {
    const fn new(name: &'static str) -> Self {
        Peer { name, set_up: || {}, fail: || {}, settle: || {} }
    }

    /// Whether it only creates an error, and logs nothing.
    pub fn is_creation(&self) -> bool {
        self.name.ends_with("(creation)")
    }

    /// Whether it writes a line for each error.
    pub fn writes(&self) -> bool {
        !self.is_creation() && self.name != "fastrace"
    }

    /// Whether it resolves symbols on the calling thread for each error.
    pub fn is_slow(&self) -> bool {
        self.name.ends_with("backtrace") || self.name.starts_with("sentry")
    }

    /// The peer with this name.
    pub fn named(name: &str) -> &'static Peer {
        PEERS.iter().find(|peer| peer.name == name).expect("the name of a peer")
    }
}

/// The peers that are measured in this environment. `anyhow` and similar crates capture a backtrace only
/// with `RUST_BACKTRACE=1`, which would make the others slower. So there are two runs, with `plain` and
/// `track_errors` in both.
pub fn measured() -> impl Iterator<Item = &'static Peer> {
    let backtraces = takes_backtraces();
    PEERS.iter().filter(move |peer| {
        ["plain", "track_errors"].contains(&peer.name) || peer.is_creation() == backtraces
    })
}

/// Whether this is the run with `RUST_BACKTRACE=1`.
pub fn takes_backtraces() -> bool {
    std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0")
}

static FILE: OnceLock<File> = OnceLock::new();

/// Makes all peers write to the file instead of nowhere.
pub fn write_to(file: File) {
    FILE.set(file).expect("the first call");
}

/// The output of all peers.
struct Out;

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match FILE.get() {
            Some(file) => (&mut &*file).write(bytes),
            None => Ok(black_box(bytes).len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl track_errors::Sink for Out {
    fn name(&self) -> &str {
        "bench"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.write_all(batch.bytes())
    }
}

/// The error of all peers: cheap to create, with a variant and a formatted message.
#[derive(Debug)]
pub enum PayError {
    /// The bank refused.
    Declined { code: u16 },
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PayError::Declined { code } = self;
        write!(f, "card declined by the bank (code {code})")
    }
}

impl std::error::Error for PayError {}

/// Fails.
#[inline(never)]
pub fn debit() -> Result<(), PayError> {
    Err(PayError::Declined { code: black_box(51) })
}

fn plain() {
    let _ = black_box(debit());
}

fn track_errors() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        track_errors::builder()
            .service("bench")
            .backtrace(BacktraceMode::Native)
            .rate_limit(RateLimit::Off)
            .overflow(Overflow::Block)
            .init_with_sink(Out);
    });
}

fn tracked() {
    #[track_errors]
    #[inline(never)]
    fn pay() -> Result<(), PayError> {
        debit()?;
        Ok(())
    }
    let _ = black_box(pay());
}

fn tracked_by_trail() {
    #[track_errors(backtrace = "trail")]
    #[inline(never)]
    fn pay() -> Result<(), PayError> {
        debit()?;
        Ok(())
    }
    let _ = black_box(pay());
}

fn flush() {
    assert!(track_errors::flush(Duration::from_secs(60)), "written within a minute");
}

/// The usual `tracing` set-up for JSON; installs it once.
pub fn tracing_json() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt().json().with_writer(|| Out).finish();
        tracing::subscriber::set_global_default(subscriber).expect("no other one is installed");
    });
}

fn instrumented() {
    #[tracing::instrument(err, skip_all)]
    #[inline(never)]
    fn pay() -> Result<(), PayError> {
        debit()?;
        Ok(())
    }
    let _ = black_box(pay());
}

fn tracing_error() {
    if let Err(error) = debit() {
        tracing::error!(%error, "payment failed");
    }
}

fn tracing_error_with_backtrace() {
    if let Err(error) = debit() {
        let stack = std::backtrace::Backtrace::force_capture();
        tracing::error!(%error, %stack, "payment failed");
    }
}

#[cfg(feature = "fastrace")]
fn fastrace_reporter() {
    struct Discards;
    impl fastrace::collector::Reporter for Discards {
        fn report(&mut self, spans: Vec<fastrace::collector::SpanRecord>) {
            black_box(spans);
        }
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| fastrace::set_reporter(Discards, fastrace::collector::Config::default()));
}

/// An event in a span of a trace: without a trace nothing is recorded.
#[cfg(feature = "fastrace")]
fn fastrace_event() {
    use fastrace::prelude::{Event, LocalSpan, Span, SpanContext};

    #[fastrace::trace]
    #[inline(never)]
    fn pay() -> Result<(), PayError> {
        let paid = debit();
        if let Err(error) = &paid {
            let text = || ("error", error.to_string());
            LocalSpan::add_event(Event::new("payment failed").with_property(text));
        }
        paid
    }
    let request = Span::root("request", SpanContext::random());
    let _parent = request.set_local_parent();
    let _ = black_box(pay());
}

fn sentry_client() {
    struct NoTransport;
    impl sentry::Transport for NoTransport {
        fn send_envelope(&self, envelope: sentry::Envelope) {
            black_box(envelope);
        }
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let options = sentry::ClientOptions::new()
            .dsn("https://key@example.invalid/1")
            .attach_stacktrace(true)
            .transport(Arc::new(NoTransport));
        // Until the process ends.
        std::mem::forget(sentry::init(options));
    });
}

fn sentry_error() {
    if let Err(error) = debit() {
        sentry::capture_error(&error);
    }
}

fn anyhow_error() {
    let _ = black_box(debit().map_err(anyhow::Error::new));
}

fn eyre_error() {
    let _ = black_box(debit().map_err(eyre::Report::new));
}

fn snafu_error() {
    use snafu::{Backtrace, ResultExt, Snafu};

    #[derive(Debug, Snafu)]
    #[snafu(display("payment failed"))]
    struct Failed {
        source: PayError,
        backtrace: Option<Backtrace>,
    }
    let _ = black_box(debit().context(FailedSnafu));
}

fn error_stack_report() {
    let _ = black_box(debit().map_err(error_stack::Report::new));
}

fn slog_error() {
    use slog::{Drain, Logger, o};

    static LOGGER: OnceLock<Logger> = OnceLock::new();
    let logger = LOGGER.get_or_init(|| {
        let drain = slog_json::Json::default(LineWriter::new(Out));
        Logger::root(Mutex::new(drain).fuse(), o!("service" => "bench"))
    });
    if let Err(error) = debit() {
        slog::error!(logger, "payment failed"; "error" => %error);
    }
}

fn env_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        env_logger::Builder::new()
            .filter_level(log::LevelFilter::Error)
            .target(env_logger::Target::Pipe(Box::new(Out)))
            .init();
    });
}

fn log_error() {
    if let Err(error) = debit() {
        log::error!("payment failed: {error}");
    }
}

fn emit_json() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        use emit::Props;

        let _ = emit::setup()
            .emit_to(emit::emitter::from_fn(|event| {
                let line = serde_json::json!({
                    "mdl": event.mdl(),
                    "ts": event.ts(),
                    "msg": event.msg().to_string(),
                    "props": event.props().as_map(),
                });
                let _ = Out.write_all(format!("{line}\n").as_bytes());
            }))
            .init();
    });
}

fn emit_error() {
    if let Err(err) = debit() {
        emit::error!("payment failed: {err}");
    }
}
