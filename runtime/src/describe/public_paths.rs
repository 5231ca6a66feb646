//! Types in private modules: their module in `type_name`, and their public module.
//!
//! The versions above each entry have these results of `std::any::type_name` for the public path.

/// Private module, public module, and the types that the public one re-exports; no types: all, also those of
/// deeper modules. The public module of the prelude is empty. The first entry counts.
pub(super) const PUBLIC_PATHS: [(&str, &str, &[&str]); 80] = [
    // The standard library, after `core::` and `alloc::` have become `std::`.
    ("std::io::error", "std::io", &[]),
    ("std::num::error", "std::num", &[]),
    ("std::num::dec2flt", "std::num", &[]),
    ("std::num::float_parse", "std::num", &[]),
    ("std::num::imp::dec2flt", "std::num", &[]),
    ("std::str::error", "std::str", &[]),
    ("std::char::convert", "std::char", &[]),
    ("std::char::decode", "std::char", &[]),
    ("std::net::parser", "std::net", &[]),
    ("std::alloc::layout", "std::alloc", &[]),
    ("std::ffi::c_str", "std::ffi", &[]),
    ("std::ffi::os_str", "std::ffi", &[]),
    ("std::thread::local", "std::thread", &[]),
    ("std::sync::poison", "std::sync", &[]),
    ("std::slice::get_disjoint_mut", "std::slice", &[]),
    ("std::slice::index", "std::slice", &[]),
    ("std::task::poll", "std::task", &[]),
    ("std::marker", "", &[]),
    // The prelude.
    ("std::boxed", "", &["Box"]),
    ("std::string", "", &["String"]),
    ("std::vec", "", &["Vec"]),
    ("std::option", "", &["Option"]),
    ("std::result", "", &["Result"]),
    // tokio 1.54.1
    ("tokio::runtime::task::error", "tokio::task", &["JoinError"]),
    ("tokio::sync::batch_semaphore", "tokio::sync", &["AcquireError", "TryAcquireError"]),
    ("tokio::sync::mutex", "tokio::sync", &["TryLockError"]),
    ("tokio::sync::once_cell", "tokio::sync", &["SetError"]),
    ("tokio::runtime::handle", "tokio::runtime", &["TryCurrentError"]),
    ("tokio::net::tcp::split_owned", "tokio::net::tcp", &["ReuniteError"]),
    ("tokio::net::unix::split_owned", "tokio::net::unix", &["ReuniteError"]),
    // tokio-util 0.7.20
    ("tokio_util::codec::lines_codec", "tokio_util::codec", &["LinesCodecError"]),
    ("tokio_util::codec::length_delimited", "tokio_util::codec", &["LengthDelimitedCodecError"]),
    ("tokio_util::codec::any_delimiter_codec", "tokio_util::codec", &["AnyDelimiterCodecError"]),
    ("tokio_util::sync::mpsc", "tokio_util::sync", &["PollSendError"]),
    // hyper 0.14.32 and 1.12.0
    ("hyper::error", "hyper", &["Error"]),
    // hyper-util 0.1.21
    ("hyper_util::client::legacy::client", "hyper_util::client::legacy", &["Error"]),
    // reqwest 0.11.27 and 0.12.28
    ("reqwest::error", "reqwest", &["Error"]),
    // reqwest-middleware 0.5.2
    ("reqwest_middleware::error", "reqwest_middleware", &["Error"]),
    // http 1.5.0 (`Error` and `InvalidHeaderValue` also in 0.2.12)
    ("http::error", "http", &["Error"]),
    ("http::header::name", "http::header", &["InvalidHeaderName"]),
    ("http::header::value", "http::header", &["InvalidHeaderValue", "ToStrError"]),
    ("http::header::map", "http::header", &["MaxSizeReached"]),
    // axum 0.8.9
    (
        "axum::extract::path",
        "axum::extract::rejection",
        &["FailedToDeserializePathParams", "InvalidUtf8InPathParam"],
    ),
    // axum-core 0.5.6 (`Error` and `BytesRejection` also in 0.4.5)
    ("axum_core::error", "axum", &["Error"]),
    (
        "axum_core::extract::rejection",
        "axum::extract::rejection",
        &[
            "BytesRejection",
            "StringRejection",
            "FailedToBufferBody",
            "LengthLimitError",
            "UnknownBodyError",
            "InvalidUtf8",
        ],
    ),
    // tonic 0.14.9 (`Status` and `transport::Error` also in 0.12.3)
    ("tonic::status", "tonic", &["Status", "TimeoutExpired", "ConnectError"]),
    ("tonic::transport::error", "tonic::transport", &["Error"]),
    ("tonic::metadata::encoding", "tonic::metadata::errors", &["InvalidMetadataValue"]),
    ("tonic::metadata::key", "tonic::metadata::errors", &["InvalidMetadataKey"]),
    // prost 0.14.6
    ("prost::error", "prost", &["DecodeError", "EncodeError", "UnknownEnumValue"]),
    // serde_json 1.0.154
    ("serde_json::error", "serde_json", &["Error"]),
    // serde_yaml 0.9.34
    ("serde_yaml::error", "serde_yaml", &["Error"]),
    // toml 1.2.2
    ("toml::de::error", "toml::de", &["Error"]),
    ("toml::ser::error", "toml::ser", &["Error"]),
    // sqlx-core 0.8.6
    ("sqlx_core::error", "sqlx", &["Error"]),
    ("sqlx_core::error", "sqlx::error", &["UnexpectedNullError"]),
    ("sqlx_core::migrate::error", "sqlx::migrate", &["MigrateError"]),
    // sqlx-postgres 0.8.6
    ("sqlx_postgres::error", "sqlx::postgres", &["PgDatabaseError"]),
    // sqlx-mysql 0.8.6
    ("sqlx_mysql::error", "sqlx::mysql", &["MySqlDatabaseError"]),
    // rusqlite 0.32.1
    ("rusqlite::error", "rusqlite", &["Error"]),
    ("rusqlite::types::from_sql", "rusqlite::types", &["FromSqlError"]),
    // libsqlite3-sys 0.30.1
    ("libsqlite3_sys::error", "rusqlite::ffi", &["Error"]),
    // tokio-postgres 0.7.18
    ("tokio_postgres::error", "tokio_postgres", &["Error"]),
    // redis 1.8.1
    ("redis::errors::redis_error", "redis", &["RedisError"]),
    ("redis::errors::parsing_error", "redis", &["ParsingError"]),
    ("redis::errors::server_error", "redis", &["ServerError"]),
    // redis 0.27.6
    ("redis::types", "redis", &["RedisError"]),
    // aws-smithy-runtime-api 1.20.0
    ("aws_smithy_runtime_api::http::error", "aws_smithy_runtime_api::http", &["HttpError"]),
    // aws-smithy-types 1.9.3
    (
        "aws_smithy_types::date_time::format",
        "aws_smithy_types::date_time",
        &["DateTimeParseError", "DateTimeFormatError"],
    ),
    // chrono 0.4.45
    ("chrono::format", "chrono", &["ParseError"]),
    ("chrono::time_delta", "chrono", &["OutOfRangeError"]),
    ("chrono::round", "chrono", &["RoundingError"]),
    ("chrono::weekday", "chrono", &["ParseWeekdayError"]),
    ("chrono::month", "chrono", &["ParseMonthError"]),
    // config 0.15.27
    ("config::error", "config", &["ConfigError"]),
    // csv 1.4.0
    ("csv::error", "csv", &["Error", "ErrorKind", "IntoInnerError"]),
    // regex 1.13.2
    ("regex::error", "regex", &["Error"]),
    // url 2.5.8
    ("url::parser", "url", &["ParseError"]),
    // uuid 1.29.3
    ("uuid::error", "uuid", &["Error"]),
    // snafu 0.9.2
    ("snafu::whatever", "snafu", &["Whatever", "WhateverLocal"]),
];
