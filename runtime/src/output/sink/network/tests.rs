use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::*;

fn listener() -> (TcpListener, Network) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let network = Network::new(&Output::Tcp { host: "127.0.0.1".to_owned(), port }).unwrap();
    (listener, network)
}

fn write(network: &mut Network, lines: &str) -> io::Result<()> {
    network.write(&Batch::new(lines.as_bytes()))
}

fn accept(listener: &TcpListener) -> TcpStream {
    listener.accept().unwrap().0
}

fn read(stream: &mut TcpStream, expected: &str) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

/// The error of the first write that notices that the connection is closed.
fn error_of_a_later_write(network: &mut Network) -> io::Error {
    loop {
        if let Err(error) = write(network, "more\n") {
            return error;
        }
    }
}

/// Waits until the sink notices that the receiver has closed the connection.
fn await_close(network: &mut Network) -> io::Result<()> {
    while network.stream.is_some() {
        network.check()?;
    }
    Ok(())
}

#[test]
fn a_receiver_that_is_absent_is_away_and_gets_the_batch_when_it_is_there() {
    let (listener, mut network) = listener();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = write(&mut network, "one\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert!(error.to_string().contains("refused"), "{error}");

    let listener = TcpListener::bind(address).unwrap();
    write(&mut network, "one\n").unwrap();
    read(&mut accept(&listener), "one\n");
}

#[test]
fn what_a_receiver_had_not_read_when_it_died_is_sent_again_in_whole_lines() {
    let (listener, mut network) = listener();
    write(&mut network, "one\ntwo\n").unwrap();
    let mut stream = accept(&listener);
    // With unread bytes the connection is reset.
    read(&mut stream, "one\nt");
    drop(stream);
    let error = await_close(&mut network).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);

    write(&mut network, "three\n").unwrap();
    read(&mut accept(&listener), "one\ntwo\nthree\n");
}

#[test]
fn what_a_receiver_read_just_before_it_ended_in_order_is_sent_again() {
    let (listener, mut network) = listener();
    write(&mut network, "one\n").unwrap();
    let mut stream = accept(&listener);
    read(&mut stream, "one\n");
    drop(stream);
    let error = await_close(&mut network).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);

    write(&mut network, "two\n").unwrap();
    read(&mut accept(&listener), "one\ntwo\n");
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn what_a_receiver_read_some_time_before_it_ended_in_order_is_not_sent_again() {
    let (listener, mut network) = listener();
    let mut stream = {
        network.connect().unwrap();
        accept(&listener)
    };
    let long_ago = Instant::now().checked_sub(2 * IN_HAND).expect("the system runs for longer");
    network.sent.add(b"one\n".to_vec(), long_ago, true);
    drop(stream.shutdown(std::net::Shutdown::Write));
    await_close(&mut network).unwrap();

    write(&mut network, "two\n").unwrap();
    stream = accept(&listener);
    read(&mut stream, "two\n");
}

#[test]
fn lines_to_a_connection_that_breaks_meanwhile_are_sent_again() {
    let (listener, mut network) = listener();
    write(&mut network, "one\n").unwrap();
    drop(accept(&listener));
    let error = error_of_a_later_write(&mut network);
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);

    write(&mut network, "last\n").unwrap();
    let mut stream = accept(&listener);
    drop((network, listener));
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("one\n") && text.ends_with("last\n"), "{text}");
}

#[test]
fn what_a_receiver_sends_is_ignored() {
    let (listener, mut network) = listener();
    write(&mut network, "one\n").unwrap();
    let mut stream = accept(&listener);
    stream.write_all(b"220 welcome\r\n").unwrap();
    write(&mut network, "two\n").unwrap();
    read(&mut stream, "one\ntwo\n");
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn a_flush_sends_again_what_a_closed_connection_has_lost() {
    let (listener, mut network) = listener();
    write(&mut network, "one\n").unwrap();
    drop(accept(&listener));
    // The first flush that notices it fails, so that the caller pauses.
    while network.stream.is_some() {
        let _away: io::Result<()> = network.flush();
    }
    network.flush().unwrap();
    read(&mut accept(&listener), "one\n");
    assert_eq!(network.unsent(), b"");
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn lines_that_a_receiver_never_takes_are_unsent() {
    use std::os::unix::net::UnixListener;

    use crate::base::test_folder::TestFolder;

    let folder = TestFolder::new();
    let path = folder.join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let mut network = Network::new(&Output::Unix(path)).unwrap();
    write(&mut network, "one\n").unwrap();
    let error = network.flush().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert!(error.to_string().contains("has not taken the last"), "{error}");
    assert_eq!(network.unsent(), b"one\n");

    let mut bytes = [0; 4];
    let mut stream = listener.accept().unwrap().0;
    stream.read_exact(&mut bytes).unwrap();
    network.flush().unwrap();
    assert_eq!(network.unsent(), b"");
}

#[test]
fn a_name_that_does_not_resolve_is_away() {
    let mut network =
        Network::new(&Output::Tcp { host: "name.invalid".to_owned(), port: 1 }).unwrap();
    let error = write(&mut network, "one\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
}

#[test]
fn an_address_that_no_text_gives_is_an_error() {
    for (host, port) in [("localhost", 0), ("", 1), ("tcp://localhost", 1), ("me@localhost", 1)] {
        let address = Output::Tcp { host: host.to_owned(), port };
        assert!(Network::new(&address).is_err(), "{address}");
    }
    #[cfg(unix)]
    assert!(Network::new(&Output::Unix("socket".into())).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn the_systems_hold_less_of_what_is_not_read_than_is_sent_again() {
    let (listener, mut network) = listener();
    write(&mut network, "one\n").unwrap();
    let _reads_nothing = accept(&listener);
    let Some(Stream::Tcp(stream)) = &mut network.stream else { panic!("it is connected") };
    stream.set_nonblocking(true).unwrap();
    let lines = [b'\n'; 64 * 1024];
    let mut taken = 0;
    while let Ok(count) = stream.write(&lines) {
        taken += count;
    }
    assert!(taken <= sent::MAX_BYTES / 2, "{taken}");
}
