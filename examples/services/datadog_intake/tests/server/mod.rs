//! An intake that the tests play.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;
use flate2::read::GzDecoder;
use serde_json::value::RawValue;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

/// An address that refuses connections, until [`listen`](Server::listen) is called.
pub struct Server {
    pub url: String,
    runtime: Runtime,
    socket: TcpSocket,
}

pub struct Request {
    pub head: Parts,
    /// The uncompressed body.
    pub body: String,
}

/// Requests in the order of their arrival. The server stops with it.
pub struct Requests {
    pub url: String,
    pub received: Receiver<Request>,
    _runtime: Runtime,
}

impl Server {
    pub fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        Server { url, runtime, socket }
    }

    /// Gives each request the next of the answers, and the last one from then on.
    pub fn listen(self, answers: &'static [u16]) -> Requests {
        let (sender, received) = mpsc::channel();
        let answers = Arc::new(Mutex::new(answers));
        let app = Router::new().fallback(async move |head: Parts, body: Bytes| {
            sender.send(Request::new(head, &body)).unwrap();
            let mut answers = answers.lock().unwrap();
            let answer = answers[0];
            if answers.len() > 1 {
                *answers = &answers[1..];
            }
            StatusCode::from_u16(answer).unwrap()
        });
        let guard = self.runtime.enter();
        let listener = self.socket.listen(1024).unwrap();
        drop(guard);
        self.runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Requests { url: self.url, received, _runtime: self.runtime }
    }
}

impl Request {
    fn new(head: Parts, body: &[u8]) -> Self {
        let mut text = String::new();
        GzDecoder::new(body).read_to_string(&mut text).unwrap();
        Request { head, body: text }
    }

    /// The entries of the JSON array, byte for byte.
    pub fn logs(&self) -> Vec<String> {
        let logs: Vec<Box<RawValue>> = serde_json::from_str(&self.body).unwrap();
        logs.iter().map(|log| log.get().to_owned()).collect()
    }
}
