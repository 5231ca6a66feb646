//! A receiver of lines, which loses nothing when it is killed: what it has read is in the file, but for the beginning
//! of a line, whose rest its system has not acknowledged.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

const BUFFER: usize = 256 * 1024;

/// Writes whole lines of all connections to the file, until it is killed or the driver ends. Says `listening`, and
/// `connected` for each connection.
pub(crate) fn run(address: &str, file: &Path) {
    let mut file = File::options().read(true).append(true).create(true).open(file).expect("a file");
    end_last_line(&mut file).expect("a file can be read");
    thread::spawn(|| {
        // It says nothing, so this waits for its end.
        let _: io::Result<u64> = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(1);
    });
    let listener = TcpListener::bind(address).expect("the address is free");
    say("listening\n");
    for connection in listener.incoming() {
        let connection = connection.expect("a connection");
        let file = file.try_clone().expect("a descriptor");
        say("connected\n");
        // An error: the program has gone, and the connection with it.
        thread::spawn(move || receive(connection, file));
    }
}

fn say(text: &str) {
    io::stdout().write_all(text.as_bytes()).expect("the driver listens");
}

/// A receiver may be killed in the middle of a write.
fn end_last_line(file: &mut File) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}

/// Looks at what came, writes its whole lines, and only then takes it from the socket: a connection that ends with
/// bytes in its socket is reset, so the sender knows that they were not read.
fn receive(mut connection: TcpStream, mut file: File) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    // The beginning of a line.
    let mut begun = Vec::new();
    loop {
        let count = connection.peek(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        begun.extend_from_slice(&buffer[..count]);
        let lines = begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if lines > 0 {
            file.write_all(&begun[..lines])?;
        }
        connection.read_exact(&mut buffer[..count])?;
        begun.drain(..lines);
    }
}
