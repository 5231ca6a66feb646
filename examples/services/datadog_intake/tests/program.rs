//! The real program: what arrives at the intake, and what it writes itself.

mod server;

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use server::{Request, Server};

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
