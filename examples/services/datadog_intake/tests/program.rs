//! The real program: what arrives at the intake, and what it writes itself.

mod server;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use server::{Request, Requests, Server};

const KEY: &str = "an0123key0456";

/// The program, which gets these amounts.
fn start(variables: &[(&str, &str)], amounts: &str) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_datadog_intake"))
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.as_ref().unwrap().write_all(amounts.as_bytes()).unwrap();
    child
}

/// Closes its stdin, and waits for its end.
fn end(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    // Whatever goes wrong, the key is nowhere.
    assert!(!stdout(&output).contains("key0456"));
    assert!(!stderr(&output).contains("key0456"));
    output
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The lines of JSON in a text.
fn json_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with('{')).collect()
}

/// The next request; without one, the test fails instead of waiting for ever.
fn next(server: &Requests) -> Request {
    server.received.recv_timeout(Duration::from_secs(60)).unwrap()
}

fn logs(requests: &[Request]) -> Vec<String> {
    requests.iter().flat_map(Request::logs).collect()
}

/// The field `line` of each error log.
fn amounts(logs: &[impl AsRef<str>]) -> Vec<String> {
    let parse = |log: &str| serde_json::from_str::<Value>(log).unwrap();
    let amount = |log: Value| log["context"]["line"].as_str().unwrap().to_owned();
    logs.iter().map(|log| amount(parse(log.as_ref()))).collect()
}

#[test]
fn error_logs_go_to_the_intake_alone() {
    let server = Server::new().listen(&[202]);
    let variables = [("DD_API_KEY", KEY), ("INTAKE_URL", &server.url)];
    let output = end(start(&variables, "120\ntwelve\n80\nten\n"));
    assert_eq!((stdout(&output), stderr(&output)), ("200\n", ""));
    let requests: Vec<_> = server.received.try_iter().collect();
    assert_eq!(amounts(&logs(&requests)), ["twelve", "ten"]);
    assert!(requests.iter().all(|request| request.head.headers["dd-api-key"] == KEY));
    assert!(requests.iter().all(|request| !request.body.contains(KEY)));
}

#[test]
fn what_the_intake_refuses_is_on_stderr() {
    let server = Server::new().listen(&[403]);
    let variables = [("DD_API_KEY", KEY), ("INTAKE_URL", &server.url), ("DD_TRACE_DEBUG", "true")];
    let output = end(start(&variables, "twelve\nten\n"));
    assert_eq!(stdout(&output), "0\n");
    let lines = json_lines(stderr(&output));
    assert_eq!(amounts(&lines), ["twelve", "ten"]);
    // The same bytes, which any other output would have.
    assert_eq!(lines, logs(&server.received.try_iter().collect::<Vec<_>>()));
    assert!(stderr(&output).contains("permission denied"), "{}", stderr(&output));
    assert!(stderr(&output).contains("the intake answered 403 Forbidden"), "{}", stderr(&output));
}

#[test]
fn without_a_usable_setting_error_logs_go_to_stdout() {
    let problems: [(&[(&str, &str)], &str); 4] = [
        (&[], "DD_API_KEY is not set, or no UTF-8"),
        (&[("DD_API_KEY", "a\u{7f}key0456")], "failed to parse header value"),
        (&[("DD_API_KEY", KEY), ("DD_SITE", "datadoghq.eu/?")], "DD_SITE is \"datadoghq.eu/?\""),
        (&[("DD_API_KEY", KEY), ("INTAKE_URL", "http://a b")], "invalid uri character"),
    ];
    for (variables, problem) in problems {
        let output = end(start(variables, "120\ntwelve\n"));
        assert_eq!(amounts(&json_lines(stdout(&output))), ["twelve"]);
        assert!(stderr(&output).starts_with("error logs go to stdout, not to Datadog: "));
        assert!(stderr(&output).contains(problem), "{}", stderr(&output));
    }
}

#[test]
fn an_intake_that_is_overloaded_gets_each_line_once_it_is_not() {
    let server = Server::new().listen(&[503, 429, 202]);
    let program = start(&[("DD_API_KEY", KEY), ("INTAKE_URL", &server.url)], "twelve\n");
    let [refused, again, accepted] = [(); 3].map(|()| next(&server).logs());
    assert_eq!(amounts(&accepted), ["twelve"]);
    assert_eq!((&refused, &again), (&accepted, &accepted));
    program.stdin.as_ref().unwrap().write_all(b"ten\n").unwrap();
    let output = end(program);
    assert_eq!(amounts(&logs(&server.received.try_iter().collect::<Vec<_>>())), ["ten"]);
    assert!(json_lines(stderr(&output)).is_empty(), "{}", stderr(&output));
}

#[test]
fn an_intake_that_comes_later_gets_all_lines() {
    let server = Server::new();
    let variables = [("DD_API_KEY", KEY), ("INTAKE_URL", &server.url), ("DD_TRACE_DEBUG", "true")];
    let mut program = start(&variables, "twelve\n");
    let mut diagnostics = BufReader::new(program.stderr.take().unwrap()).lines();
    let failed = diagnostics.find(|line| line.as_ref().unwrap().contains("Connection refused"));
    assert!(failed.is_some());
    program.stdin.as_ref().unwrap().write_all(b"ten\neleven\n").unwrap();
    let server = server.listen(&[202]);
    let mut arrived = next(&server).logs();
    end(program);
    arrived.extend(logs(&server.received.try_iter().collect::<Vec<_>>()));
    assert_eq!(amounts(&arrived), ["twelve", "ten", "eleven"]);
    assert!(diagnostics.all(|line| !line.unwrap().starts_with('{')));
}

#[test]
fn lines_for_an_intake_that_never_comes_are_on_stderr_at_the_end() {
    let server = Server::new();
    let variables = [("DD_API_KEY", KEY), ("INTAKE_URL", &server.url)];
    let output = end(start(&variables, "twelve\nten\n"));
    assert_eq!(stdout(&output), "0\n");
    assert_eq!(amounts(&json_lines(stderr(&output))), ["twelve", "ten"]);
}

#[test]
fn lines_for_an_intake_that_never_answers_are_on_stderr_at_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let output = end(start(&[("DD_API_KEY", KEY), ("INTAKE_URL", &url)], "twelve\nten\n"));
    assert_eq!(stdout(&output), "0\n");
    assert_eq!(amounts(&json_lines(stderr(&output))), ["twelve", "ten"]);
}
