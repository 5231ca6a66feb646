//! Every line of the real server belongs to its request.

mod support;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use support::{
    DECLINED, Gateway, HELD, NO_ANSWER, PAID, PAID_AT_THE_SECOND_ATTEMPT, REFUSED, Server,
};

const REQUESTS: usize = 500;
/// The table of orders is dropped once this many are answered.
const ANSWERED_BEFORE_THE_DROP: usize = 200;

const NO_SUCH_ORDER: i64 = 1_000_000;

/// The response to a request, and the route that was requested.
struct Answer {
    route: &'static str,
    status: u16,
    request_id: String,
    error_id: Option<String>,
}

async fn ask(route: &'static str, request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
    let error_id = body["error_id"].as_str().map(str::to_owned);
    Answer { route, status, request_id, error_id }
}

async fn create(client: &Client, server: &str, order: Value) -> i64 {
    let response = client.post(format!("{server}/orders")).json(&order).send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.json::<Value>().await.unwrap()["id"].as_i64().unwrap()
}

/// The `i`th request of the load, of which two in ten succeed by themselves.
fn request(
    client: &Client,
    server: &str,
    orders: &HashMap<u32, i64>,
    i: usize,
) -> (&'static str, RequestBuilder) {
    let new = |reference: String, item: &str| {
        let order = json!({ "reference": reference, "item": item, "cents": PAID });
        ("/orders", client.post(format!("{server}/orders")).json(&order))
    };
    let show = |id: i64| ("/orders/{id}", client.get(format!("{server}/orders/{id}")));
    let pay = |cents: u32| {
        ("/orders/{id}/payment", client.post(format!("{server}/orders/{}/payment", orders[&cents])))
    };
    match i % 10 {
        0 => new(format!("new-{i}"), "pencil"),
        1 => new(format!("new-{i}"), " "),
        2 => new(PAID.to_string(), "a duplicate"),
        3 => show(orders[&PAID]),
        4 => show(NO_SUCH_ORDER),
        5 => pay(PAID_AT_THE_SECOND_ATTEMPT),
        6 => pay(REFUSED),
        7 => pay(DECLINED),
        8 if i % 50 == 8 => pay(NO_ANSWER),
        8 => pay(PAID),
        _ => ("/orders/{id}/label", client.get(format!("{server}/orders/{}/label", orders[&PAID]))),
    }
}

/// The error logs: lines of this crate that are not counts.
fn error_logs(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["error"].is_object()).collect()
}

#[tokio::test]
async fn each_failed_request_is_one_error_log_that_names_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("orders.db");
    let gateway = Gateway::start().await;
    let server = Server::start(&database, &gateway, "info").await;
    let client = Client::new();
    let mut orders = HashMap::new();
    for cents in [PAID, PAID_AT_THE_SECOND_ATTEMPT, REFUSED, NO_ANSWER, DECLINED] {
        // The twelfth byte is the first of two of an `é`, which `label` does not expect.
        let order =
            json!({ "reference": cents.to_string(), "item": "éclair café", "cents": cents });
        orders.insert(cents, create(&client, &server.url, order).await);
    }

    let mut load = JoinSet::new();
    for i in 0..REQUESTS {
        let (route, request) = request(&client, &server.url, &orders, i);
        load.spawn(ask(route, request));
    }
    let mut answers = Vec::new();
    while let Some(answer) = load.join_next().await {
        answers.push(answer.unwrap());
        if answers.len() == ANSWERED_BEFORE_THE_DROP {
            let database = database.clone();
            tokio::task::spawn_blocking(move || drop_table(&database)).await.unwrap();
        }
    }
    server.terminate();
    let lines = server.lines().await;

    let statuses: BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
    let expected = BTreeSet::from([200, 201, 402, 404, 409, 422, 500, 502, 504]);
    assert!(statuses.is_superset(&expected), "{statuses:?}");

    // One error log for each failure, and no other.
    let mut kinds = BTreeSet::new();
    let mut logs: HashMap<&str, &Value> = HashMap::new();
    for log in error_logs(&lines) {
        let request_id = log["context"]["request_id"].as_str().unwrap_or_else(|| panic!("{log}"));
        assert!(logs.insert(request_id, log).is_none(), "two logs: {log}");
        kinds.insert(log["error"]["kind"].as_str().unwrap());
    }
    for answer in answers.iter().filter(|answer| answer.status >= 500) {
        let log = logs.remove(&*answer.request_id).expect("an error log for each failed request");
        assert_eq!(log["context"]["route"], answer.route);
        assert_eq!(log["track_errors"]["id"].as_str(), answer.error_id.as_deref());
    }
    assert!(logs.is_empty(), "logs of requests that did not fail: {logs:?}");
    let expected = BTreeSet::from([
        "panic",
        "web_service::gateway::GatewayError::Refused",
        "web_service::gateway::GatewayError::Timeout",
        "web_service::store::StoreError::Sqlite",
    ]);
    assert!(kinds.is_superset(&expected), "{kinds:?}");

    // One line of `tracing` for each request, and none of level error.
    let events: Vec<&Value> = lines.iter().filter(|line| line["level"].is_string()).collect();
    assert!(events.iter().all(|event| event["level"] == "INFO"));
    for answer in &answers {
        let of_request = |event: &&&Value| event["span"]["request_id"] == *answer.request_id;
        let [event] = events.iter().filter(of_request).collect::<Vec<_>>()[..] else {
            panic!("not one event for {}", answer.request_id);
        };
        assert_eq!(event["fields"]["status"], answer.status);
    }
}

fn drop_table(database: &Path) {
    let connection = deadpool_sqlite::rusqlite::Connection::open(database).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection.execute("DROP TABLE orders", []).unwrap();
}

#[tokio::test]
async fn a_request_that_runs_at_sigterm_is_answered_and_its_error_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let mut gateway = Gateway::start().await;
    let server = Server::start(&folder.path().join("orders.db"), &gateway, "info").await;
    let client = Client::new();
    let order = json!({ "reference": "held", "item": "pencil", "cents": HELD });
    let id = create(&client, &server.url, order).await;

    let pay = client.post(format!("{}/orders/{id}/payment", server.url));
    let answer = tokio::spawn(ask("/orders/{id}/payment", pay));
    gateway.held.recv().await.unwrap();
    server.terminate();
    gateway.release.add_permits(1);
    let answer = answer.await.unwrap();
    assert_eq!(answer.status, 502);

    let lines = server.lines().await;
    let [log] = error_logs(&lines)[..] else { panic!("not one error log") };
    assert_eq!(log["context"]["request_id"], *answer.request_id);
    assert_eq!(log["context"]["order"], id);
    assert_eq!(log["error"]["message"], "the gateway answered 400 Bad Request");
}

#[tokio::test]
async fn error_logs_have_their_request_where_events_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = Gateway::start().await;
    // The spans of requests are disabled for the layer that writes events.
    let log = "info,web_service::telemetry=off";
    let server = Server::start(&folder.path().join("orders.db"), &gateway, log).await;
    let client = Client::new();
    let order = json!({ "reference": "refused", "item": "pencil", "cents": REFUSED });
    let id = create(&client, &server.url, order).await;
    let pay = client.post(format!("{}/orders/{id}/payment", server.url));
    let answer = ask("/orders/{id}/payment", pay).await;
    server.terminate();

    let lines = server.lines().await;
    assert!(lines.iter().all(|line| line["span"].is_null()));
    let [log] = error_logs(&lines)[..] else { panic!("not one error log") };
    assert_eq!(log["context"]["request_id"], *answer.request_id);
}
