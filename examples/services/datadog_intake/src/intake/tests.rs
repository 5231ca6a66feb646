use std::net::TcpListener;

use super::*;

#[path = "../../tests/server/mod.rs"]
mod server;

use server::{Request, Server};

const KEY: &str = "an0123key0456";

fn intake(url: &str) -> DatadogIntake {
    DatadogIntake::new(url, KEY, Duration::from_secs(10)).unwrap()
}

/// Posts to a server that accepts everything, and returns what it got.
fn requests(lines: &[String]) -> Vec<Request> {
    let server = Server::new().listen(&[202]);
    let lines: Vec<_> = lines.iter().map(String::as_bytes).collect();
    intake(&server.url).post(&lines).unwrap();
    server.received.try_iter().collect()
}

fn logs(requests: &[Request]) -> Vec<String> {
    requests.iter().flat_map(Request::logs).collect()
}

#[test]
fn a_request_has_the_lines_as_they_are_and_the_key() {
    let lines =
        [r#"{"message": "twelve",  "n":1.50}"#, r#"{"message":"\u2028 é"}"#].map(str::to_owned);
    let requests = requests(&lines);
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].head.uri.path(), "/api/v2/logs");
    assert_eq!(requests[0].logs(), lines);
    let header = |name| requests[0].head.headers[name].to_str().unwrap();
    assert_eq!(header("dd-api-key"), KEY);
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("content-encoding"), "gzip");
}

#[test]
fn more_logs_than_a_request_takes_are_sent_in_several() {
    let lines: Vec<_> = (0..2_500).map(|n| format!(r#"{{"n":{n}}}"#)).collect();
    let requests = requests(&lines);
    assert_eq!(logs(&requests), lines);
    assert!(requests.iter().all(|request| request.logs().len() <= 1_000));
}

#[test]
fn more_bytes_than_a_request_takes_are_sent_in_several() {
    let text = "x".repeat(250_000);
    let lines: Vec<_> = (0..30).map(|n| format!(r#"{{"n":{n},"text":"{text}"}}"#)).collect();
    let requests = requests(&lines);
    assert_eq!(logs(&requests), lines);
    assert!(requests.iter().all(|request| request.body.len() <= 5_000_000));
}

#[test]
fn each_answer_has_its_kind_of_error() {
    let answers = [
        (301, ErrorKind::InvalidData),
        (400, ErrorKind::InvalidData),
        (401, ErrorKind::PermissionDenied),
        (403, ErrorKind::PermissionDenied),
        (408, ErrorKind::NotConnected),
        (413, ErrorKind::InvalidData),
        (429, ErrorKind::NotConnected),
        (500, ErrorKind::NotConnected),
        (503, ErrorKind::NotConnected),
    ];
    let server = Server::new().listen(&[301, 400, 401, 403, 408, 413, 429, 500, 503]);
    let intake = intake(&server.url);
    for (status, kind) in answers {
        let error = intake.post(&[b"{}"]).unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(
            error.to_string().starts_with(&format!("the intake answered {status} ")),
            "{error}"
        );
    }
}

#[test]
fn a_server_that_refuses_connections_is_away() {
    let server = Server::new();
    let error = intake(&server.url).post(&[b"{}"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

#[test]
fn a_server_that_closes_without_an_answer_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let intake = intake(&format!("http://{}", listener.local_addr().unwrap()));
    let server = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let error = intake.post(&[b"{}"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected, "{error}");
    server.join().unwrap();
}

#[test]
fn a_server_that_never_answers_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let intake = DatadogIntake::new(&url, KEY, Duration::from_millis(50)).unwrap();
    let error = intake.post(&[b"{}"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert_eq!(error.to_string(), "timeout: global");
}

#[test]
fn no_error_holds_the_key() {
    let key = "a\u{7f}key0456";
    let error = DatadogIntake::new("https://localhost", key, Duration::MAX).err().unwrap();
    assert!(!format!("{error} {error:?}").contains("key0456"), "{error:?}");
    assert!(!format!("{:?}", intake("https://localhost").key).contains(KEY));
}
