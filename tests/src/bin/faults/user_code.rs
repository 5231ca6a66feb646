//! Sinks and hooks that misbehave.

use std::io::{self, Write as _};
use std::sync::{Condvar, Mutex};

use track_errors::{
    Batch, Delivery, ErrorLog, ErrorRecord, Handover, Keep, Level, RecordSink, Sink,
};

/// Whether blocked sinks may go on.
static MAY_GO_ON: Mutex<bool> = Mutex::new(false);
static GOES_ON: Condvar = Condvar::new();

/// Lets the sink go on that blocks.
pub(crate) fn go_on() {
    *MAY_GO_ON.lock().expect("no panic") = true;
    GOES_ON.notify_all();
}

fn wait_to_go_on() {
    let may = MAY_GO_ON.lock().expect("no panic");
    drop(GOES_ON.wait_while(may, |may| !*may).expect("no panic"));
}

fn print(batch: &Batch<'_>) -> io::Result<()> {
    io::stdout().write_all(batch.bytes())
}

/// Panics at every second batch, before it takes any of it.
#[derive(Default)]
struct Panics(u64);

impl Sink for Panics {
    fn name(&self) -> &str {
        "panics"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        self.0 += 1;
        assert!(self.0.is_multiple_of(2), "on purpose: a sink that panics");
        print(batch)
    }
}

/// Takes nothing before the test lets it go on.
struct Blocks;

impl Sink for Blocks {
    fn name(&self) -> &str {
        "blocks"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        wait_to_go_on();
        print(batch)
    }
}

/// Prints every second line, and says that it failed.
struct FailsAfterSome;

impl Sink for FailsAfterSome {
    fn name(&self) -> &str {
        "fails after some"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        for line in batch.lines().step_by(2) {
            io::stdout().write_all(&[line, b"\n"].concat())?;
        }
        Err(io::Error::other("on purpose"))
    }
}

/// A sink of records, which does this and then refuses them.
struct Records(fn());

impl RecordSink for Records {
    fn name(&self) -> &str {
        "records"
    }

    fn write(&self, _: &ErrorLog<'_>) -> Handover {
        (self.0)();
        Handover::Refused
    }
}

/// What the program's argument names.
pub(crate) fn install(name: &str) {
    let builder = track_errors::builder();
    match name {
        "" => {}
        "sync" => builder.delivery(Delivery::Sync).init(),
        "sink-panics" => builder.init_with_sink(Panics::default()),
        "sink-blocks" => builder.init_with_sink(Blocks),
        "sink-fails-after-some" => builder.init_with_sink(FailsAfterSome),
        "context-panics" => {
            builder.context(|_| panic!("on purpose: a hook of the context")).init();
        }
        "before-emit-panics" => {
            builder.before_emit(|_| panic!("on purpose: a hook of the record")).init();
        }
        "before-emit-refuses" => {
            // Even numbers. (A handled error that it refuses is counted as handled.)
            let is_even = |message: &str| message.ends_with(['0', '2', '4', '6', '8']);
            let refuses = move |record: &mut ErrorRecord| {
                record.level == Level::Error && is_even(&record.message)
            };
            builder
                .before_emit(move |record| if refuses(record) { Keep::No } else { Keep::Yes })
                .init();
        }
        "before-emit-blocks" => {
            builder
                .before_emit(|_| {
                    wait_to_go_on();
                    Keep::Yes
                })
                .init();
        }
        "record-sink-panics" => {
            builder.record_sink(Records(|| panic!("on purpose: a sink of records"))).init();
        }
        "record-sink-blocks" => builder.record_sink(Records(wait_to_go_on)).init(),
        other => unreachable!("no sink and no hook is called {other:?}"),
    }
}
