//! A Collector that the test plays: OTLP over gRPC and over HTTP.

use std::process::Output;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

#[derive(Debug, Clone, Copy)]
pub enum Protocol {
    Grpc,
    Http,
}

/// What arrived.
#[derive(Clone, Default)]
pub struct Collector {
    pub logs: Arc<Mutex<Vec<LogRecord>>>,
    pub spans: Arc<Mutex<Vec<Span>>>,
    /// The attributes of the resource, of each request.
    pub resources: Arc<Mutex<Vec<Vec<KeyValue>>>>,
}

impl Collector {
    /// Runs the service with this number of orders, until it ends. `sampler`: which of their traces are recorded.
    pub async fn run(&self, protocol: Protocol, orders: usize, sampler: &str) -> Output {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (server, name) = match protocol {
            Protocol::Grpc => (tokio::spawn(self.clone().serve_grpc(listener)), "grpc"),
            Protocol::Http => (tokio::spawn(self.clone().serve_http(listener)), "http/protobuf"),
        };
        let output = Command::new(env!("CARGO_BIN_EXE_opentelemetry_service"))
            .arg(orders.to_string())
            .env_clear()
            .env("OTEL_SERVICE_NAME", "orders")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", name)
            .env("OTEL_TRACES_SAMPLER", sampler)
            // Spans are the SDK's affair: it drops those that its queue has no room for.
            .env("OTEL_BSP_MAX_QUEUE_SIZE", "4096")
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        server.abort();
        output
    }

    async fn serve_grpc(self, listener: TcpListener) {
        Server::builder()
            .add_service(LogsServiceServer::new(self.clone()))
            .add_service(TraceServiceServer::new(self))
            .serve_with_incoming(TcpListenerStream::new(listener))
            .await
            .unwrap();
    }

    async fn serve_http(self, listener: TcpListener) {
        let app = Router::new()
            .route("/v1/logs", post(logs_over_http))
            .route("/v1/traces", post(spans_over_http))
            .with_state(self);
        axum::serve(listener, app).await.unwrap();
    }

    fn take_logs(&self, request: ExportLogsServiceRequest) {
        for of_resource in request.resource_logs {
            let attributes = of_resource.resource.unwrap_or_default().attributes;
            self.resources.lock().unwrap().push(attributes);
            for of_scope in of_resource.scope_logs {
                self.logs.lock().unwrap().extend(of_scope.log_records);
            }
        }
    }

    fn take_spans(&self, request: ExportTraceServiceRequest) {
        for of_resource in request.resource_spans {
            for of_scope in of_resource.scope_spans {
                self.spans.lock().unwrap().extend(of_scope.spans);
            }
        }
    }
}

#[tonic::async_trait]
impl LogsService for Collector {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.take_logs(request.into_inner());
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.take_spans(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

type Answer = ([(axum::http::HeaderName, &'static str); 1], Vec<u8>);

fn answer(message: &impl Message) -> Answer {
    ([(CONTENT_TYPE, "application/x-protobuf")], message.encode_to_vec())
}

async fn logs_over_http(State(collector): State<Collector>, body: Bytes) -> Answer {
    collector.take_logs(ExportLogsServiceRequest::decode(body).unwrap());
    answer(&ExportLogsServiceResponse::default())
}

async fn spans_over_http(State(collector): State<Collector>, body: Bytes) -> Answer {
    collector.take_spans(ExportTraceServiceRequest::decode(body).unwrap());
    answer(&ExportTraceServiceResponse::default())
}

/// The value of an attribute: a text, or a whole number.
pub fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == name)?;
    text(attribute.value.as_ref())
}

/// A text, or a whole number.
pub fn text(value: Option<&AnyValue>) -> Option<String> {
    match value?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{other:?}"),
    }
}
