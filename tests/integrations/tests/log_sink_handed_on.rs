//! A logger that hands records on to `tracing` from a thread of its own, where the layer logs events of text.

use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use log::{Log, Metadata, Record};
use tracing_subscriber::prelude::*;
use track_errors::track_errors;

/// Messages of the records.
static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Files and lines of the records.
static PLACES: Mutex<Vec<(Option<String>, Option<u32>)>> = Mutex::new(Vec::new());

/// What its thread does next.
type Job = Box<dyn FnOnce(&tracing_log::LogTracer) + Send>;

struct HandsOn(Sender<Job>);

impl Log for HandsOn {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let (target, message) = (record.target().to_owned(), record.args().to_string());
        let (file, line) = (record.file().map(str::to_owned), record.line());
        SEEN.lock().expect("no panic").push(message.clone());
        PLACES.lock().expect("no panic").push((file.clone(), line));
        let level = record.level();
        let job: Job = Box::new(move |tracer| {
            let mut record = Record::builder();
            record.level(level).target(&target);
            // Not every logger keeps the place.
            if message != "without its place" {
                record.file(file.as_deref()).line(line);
            }
            tracer.log(&record.args(format_args!("{message}")).build());
        });
        self.0.send(job).expect("the thread runs");
    }

    fn flush(&self) {}
}

#[track_errors]
fn fails(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[test]
fn an_error_log_that_a_logger_hands_on_is_not_logged_again_and_other_records_are() {
    let (jobs, next) = mpsc::channel::<Job>();
    thread::spawn(move || {
        let tracer = tracing_log::LogTracer::new();
        next.into_iter().for_each(|job| job(&tracer));
    });
    log::set_boxed_logger(Box::new(HandsOn(jobs.clone()))).expect("the first logger");
    log::set_max_level(log::LevelFilter::Info);
    let layer = track_errors::tracing::layer().log_text_events();
    tracing_subscriber::registry().with(layer).try_init().expect("the first subscriber");
    track_errors::builder().record_sink(track_errors::log::sink()).init();

    assert!(fails("with its place").is_err());
    assert!(fails("without its place").is_err());
    let line = line!() + 1;
    log::error!("of the application");
    // The thread has handed all on, so that what comes of it is in the queue, and is handed on in turn.
    for _ in 0..2 {
        assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
        let (done, is_done) = mpsc::channel();
        jobs.send(Box::new(move |_| done.send(()).expect("it is awaited"))).expect("it runs");
        is_done.recv().expect("it was reached");
    }
    assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");

    // The place of such an event is that of the record.
    let place = (Some(file!().to_owned()), Some(line));
    assert_eq!(PLACES.lock().expect("no panic").iter().filter(|other| **other == place).count(), 2);

    let mut seen = SEEN.lock().expect("no panic").clone();
    seen.sort_unstable();
    let twice = "of the application";
    assert_eq!(seen, [twice, twice, "with its place", "without its place"]);
}
