//! A program that panics. The tests run it as a process; its first argument names the scenario.

use std::io;
use std::panic::{self, catch_unwind};
use std::thread;

use track_errors::{Batch, Delivery, Sink};

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("on purpose: in a destructor");
    }
}

extern "C" fn in_c() {
    panic!("on purpose: in C");
}

struct Wild;

impl Sink for Wild {
    fn name(&self) -> &str {
        panic!("on purpose: the name of a sink")
    }

    fn write(&mut self, _: &Batch<'_>) -> io::Result<()> {
        panic!("on purpose: a sink")
    }
}

fn main() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied().unwrap_or("no text");
        eprintln!("the previous hook: {text}");
    }));
    let scenario = std::env::args().nth(1).unwrap_or_default();
    if scenario == "sink" {
        track_errors::builder().delivery(Delivery::Sync).init_with_sink(Wild);
    } else {
        track_errors::builder().init();
    }
    match &*scenario {
        "main" => panic!("on purpose: in main"),
        "destructor" => {
            let _wild = PanicsWhenDropped;
            panic!("on purpose: first");
        }
        "extern" => in_c(),
        "sink" => {
            assert!(catch_unwind(|| panic!("on purpose: with a sink that panics")).is_err());
            std::process::exit(7);
        }
        "thread" => {
            let thread = thread::Builder::new().name("payer".to_owned());
            let thread = thread.spawn(|| panic!("on purpose: in a thread")).expect("a thread");
            assert!(thread.join().is_err());
        }
        other => unreachable!("unknown scenario {other:?}"),
    }
}
