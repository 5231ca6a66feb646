//! Error types of crates with private modules: their path in `type_name`, and their public path.
//!
//! The versions above each entry have these results of `std::any::type_name` for the public path.

/// Private path → public path.
pub(super) const PUBLIC_PATHS: [(&str, &str); 71] = [
    // tokio 1.54.1
    ("tokio::runtime::task::error::JoinError", "tokio::task::JoinError"),
    ("tokio::sync::batch_semaphore::AcquireError", "tokio::sync::AcquireError"),
    ("tokio::sync::batch_semaphore::TryAcquireError", "tokio::sync::TryAcquireError"),
    ("tokio::sync::mutex::TryLockError", "tokio::sync::TryLockError"),
    ("tokio::sync::once_cell::SetError", "tokio::sync::SetError"),
    ("tokio::runtime::handle::TryCurrentError", "tokio::runtime::TryCurrentError"),
    ("tokio::net::tcp::split_owned::ReuniteError", "tokio::net::tcp::ReuniteError"),
    ("tokio::net::unix::split_owned::ReuniteError", "tokio::net::unix::ReuniteError"),
    // tokio-util 0.7.20
    ("tokio_util::codec::lines_codec::LinesCodecError", "tokio_util::codec::LinesCodecError"),
    (
        "tokio_util::codec::length_delimited::LengthDelimitedCodecError",
        "tokio_util::codec::LengthDelimitedCodecError",
    ),
    (
        "tokio_util::codec::any_delimiter_codec::AnyDelimiterCodecError",
        "tokio_util::codec::AnyDelimiterCodecError",
    ),
    ("tokio_util::sync::mpsc::PollSendError", "tokio_util::sync::PollSendError"),
    // hyper 0.14.32 and 1.12.0
    ("hyper::error::Error", "hyper::Error"),
    // hyper-util 0.1.21
    ("hyper_util::client::legacy::client::Error", "hyper_util::client::legacy::Error"),
    // reqwest 0.11.27 and 0.12.28
    ("reqwest::error::Error", "reqwest::Error"),
    // reqwest-middleware 0.5.2
    ("reqwest_middleware::error::Error", "reqwest_middleware::Error"),
    // http 1.5.0 (`Error` and `InvalidHeaderValue` also in 0.2.12)
    ("http::error::Error", "http::Error"),
    ("http::header::name::InvalidHeaderName", "http::header::InvalidHeaderName"),
    ("http::header::value::InvalidHeaderValue", "http::header::InvalidHeaderValue"),
    ("http::header::value::ToStrError", "http::header::ToStrError"),
    ("http::header::map::MaxSizeReached", "http::header::MaxSizeReached"),
    // axum 0.8.9
    (
        "axum::extract::path::FailedToDeserializePathParams",
        "axum::extract::rejection::FailedToDeserializePathParams",
    ),
    (
        "axum::extract::path::InvalidUtf8InPathParam",
        "axum::extract::rejection::InvalidUtf8InPathParam",
    ),
    // axum-core 0.5.6 (`Error` and `BytesRejection` also in 0.4.5)
    ("axum_core::error::Error", "axum::Error"),
    ("axum_core::extract::rejection::BytesRejection", "axum::extract::rejection::BytesRejection"),
    ("axum_core::extract::rejection::StringRejection", "axum::extract::rejection::StringRejection"),
    (
        "axum_core::extract::rejection::FailedToBufferBody",
        "axum::extract::rejection::FailedToBufferBody",
    ),
    (
        "axum_core::extract::rejection::LengthLimitError",
        "axum::extract::rejection::LengthLimitError",
    ),
    (
        "axum_core::extract::rejection::UnknownBodyError",
        "axum::extract::rejection::UnknownBodyError",
    ),
    ("axum_core::extract::rejection::InvalidUtf8", "axum::extract::rejection::InvalidUtf8"),
    // tonic 0.14.9 (`Status` and `transport::Error` also in 0.12.3)
    ("tonic::status::Status", "tonic::Status"),
    ("tonic::transport::error::Error", "tonic::transport::Error"),
    (
        "tonic::metadata::encoding::InvalidMetadataValue",
        "tonic::metadata::errors::InvalidMetadataValue",
    ),
    ("tonic::metadata::key::InvalidMetadataKey", "tonic::metadata::errors::InvalidMetadataKey"),
    ("tonic::status::TimeoutExpired", "tonic::TimeoutExpired"),
    ("tonic::status::ConnectError", "tonic::ConnectError"),
    // prost 0.14.6
    ("prost::error::DecodeError", "prost::DecodeError"),
    ("prost::error::EncodeError", "prost::EncodeError"),
    ("prost::error::UnknownEnumValue", "prost::UnknownEnumValue"),
    // serde_json 1.0.154
    ("serde_json::error::Error", "serde_json::Error"),
    // serde_yaml 0.9.34
    ("serde_yaml::error::Error", "serde_yaml::Error"),
    // toml 1.2.2
    ("toml::de::error::Error", "toml::de::Error"),
    ("toml::ser::error::Error", "toml::ser::Error"),
    // sqlx-core 0.8.6
    ("sqlx_core::error::Error", "sqlx::Error"),
    ("sqlx_core::error::UnexpectedNullError", "sqlx::error::UnexpectedNullError"),
    ("sqlx_core::migrate::error::MigrateError", "sqlx::migrate::MigrateError"),
    // sqlx-postgres 0.8.6
    ("sqlx_postgres::error::PgDatabaseError", "sqlx::postgres::PgDatabaseError"),
    // sqlx-mysql 0.8.6
    ("sqlx_mysql::error::MySqlDatabaseError", "sqlx::mysql::MySqlDatabaseError"),
    // rusqlite 0.32.1
    ("rusqlite::error::Error", "rusqlite::Error"),
    ("rusqlite::types::from_sql::FromSqlError", "rusqlite::types::FromSqlError"),
    // libsqlite3-sys 0.30.1
    ("libsqlite3_sys::error::Error", "rusqlite::ffi::Error"),
    // tokio-postgres 0.7.18
    ("tokio_postgres::error::Error", "tokio_postgres::Error"),
    // redis 1.8.1
    ("redis::errors::redis_error::RedisError", "redis::RedisError"),
    ("redis::errors::parsing_error::ParsingError", "redis::ParsingError"),
    ("redis::errors::server_error::ServerError", "redis::ServerError"),
    // redis 0.27.6
    ("redis::types::RedisError", "redis::RedisError"),
    // aws-smithy-runtime-api 1.20.0
    ("aws_smithy_runtime_api::http::error::HttpError", "aws_smithy_runtime_api::http::HttpError"),
    // aws-smithy-types 1.9.3
    (
        "aws_smithy_types::date_time::format::DateTimeParseError",
        "aws_smithy_types::date_time::DateTimeParseError",
    ),
    (
        "aws_smithy_types::date_time::format::DateTimeFormatError",
        "aws_smithy_types::date_time::DateTimeFormatError",
    ),
    // chrono 0.4.45
    ("chrono::format::ParseError", "chrono::ParseError"),
    ("chrono::time_delta::OutOfRangeError", "chrono::OutOfRangeError"),
    ("chrono::round::RoundingError", "chrono::RoundingError"),
    ("chrono::weekday::ParseWeekdayError", "chrono::ParseWeekdayError"),
    ("chrono::month::ParseMonthError", "chrono::ParseMonthError"),
    // config 0.15.27
    ("config::error::ConfigError", "config::ConfigError"),
    // csv 1.4.0
    ("csv::error::Error", "csv::Error"),
    ("csv::error::ErrorKind", "csv::ErrorKind"),
    ("csv::error::IntoInnerError", "csv::IntoInnerError"),
    // regex 1.13.2
    ("regex::error::Error", "regex::Error"),
    // url 2.5.8
    ("url::parser::ParseError", "url::ParseError"),
    // uuid 1.29.3
    ("uuid::error::Error", "uuid::Error"),
];
