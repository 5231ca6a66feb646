//! Errors in a loop until the last one is written to `/dev/null`, a file or a pipe, as the second argument
//! says (`null`, `file`, `pipe`).

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::Instant;

use track_errors_benches::peers::{self, PEERS};
use track_errors_benches::{at_depth, print, times};

/// The best of these rounds counts: other load on the machine only slows down.
const ROUNDS: usize = 5;

fn main() -> io::Result<()> {
    let errors = times(50_000);
    let target = std::env::args().nth(2).unwrap_or_else(|| "null".to_owned());
    peers::write_to(match &*target {
        "file" => deleted_file()?,
        "pipe" => drained_pipe()?,
        _ => File::options().append(true).open("/dev/null")?,
    });
    for peer in PEERS.iter().filter(|peer| peer.writes()) {
        (peer.set_up)();
        let errors = if peer.is_slow() { errors / 50 } else { errors } / ROUNDS;
        let round = || {
            let start = Instant::now();
            (0..errors).for_each(|_| (peer.fail)());
            (peer.settle)();
            start.elapsed()
        };
        let spent = at_depth(30, || {
            (peer.fail)();
            (peer.settle)();
            (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
        });
        let ns = spent.as_nanos() as f64 / errors as f64;
        print(&format!("end_to_end_{target}"), peer.name, &[("ns", ns)]);
    }
    Ok(())
}

/// A file that disappears when the process ends.
fn deleted_file() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("track_errors_benches_{}", std::process::id()));
    let file = File::options().append(true).create_new(true).open(&path)?;
    fs::remove_file(path)?;
    Ok(file)
}

/// A pipe with a reader.
fn drained_pipe() -> io::Result<File> {
    let (mut reader, writer) = io::pipe()?;
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while reader.read(&mut buffer).is_ok_and(|bytes| bytes > 0) {}
    });
    Ok(OwnedFd::from(writer).into())
}
