//! The sink of `log` without a logger, and on the calling thread.

use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use log::{Log, Metadata, Record};
use track_errors::{Batch, Delivery, track_errors};

static OUTPUT: Mutex<String> = Mutex::new(String::new());
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Output;

impl track_errors::Sink for Output {
    fn name(&self) -> &str {
        "lines"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let text = std::str::from_utf8(batch.bytes()).expect("UTF-8");
        OUTPUT.lock().expect("no panic").push_str(text);
        Ok(())
    }
}

struct Logger;

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        let thread = thread::current();
        if thread.name() != Some("track_errors") {
            LOGGED.lock().expect("no panic").push(format!("asked by {:?}", thread.name()));
        }
        true
    }

    fn log(&self, record: &Record<'_>) {
        LOGGED.lock().expect("no panic").push(record.args().to_string());
    }

    fn flush(&self) {
        LOGGED.lock().expect("no panic").push("flushed".to_owned());
    }
}

#[track_errors]
fn fails(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

/// One test: the logger of a process is set once.
#[test]
fn what_no_logger_takes_goes_to_the_output() {
    let sink = track_errors::log::sink();
    let error = |text: &str| {
        assert!(fails(text).is_err());
        assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
        let in_output = OUTPUT.lock().expect("no panic").contains(text);
        let logged = std::mem::take(&mut *LOGGED.lock().expect("no panic"));
        (in_output, logged)
    };
    track_errors::builder().record_sink(sink).init_with_sink(Output);
    assert_eq!(error("before there is a logger"), (true, vec![]));

    log::set_logger(&Logger).expect("the first logger");
    assert!(error("while the logger is off").0);
    log::set_max_level(log::LevelFilter::Error);
    let logged = vec!["with a logger".to_owned(), "flushed".to_owned()];
    assert_eq!(error("with a logger"), (false, logged));

    track_errors::builder().delivery(Delivery::Sync).record_sink(sink).init_with_sink(Output);
    LOGGED.lock().expect("no panic").clear();
    assert_eq!(error("on the calling thread"), (true, vec![]));
}
