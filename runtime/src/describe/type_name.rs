//! Names of types as their users write them.
//!
//! `std::any::type_name` returns the path of a type's definition (`std::io::error::Error`,
//! `alloc::boxed::Box<dyn core::error::Error>`). Users search for its public path (`std::io::Error`,
//! `Box<dyn std::error::Error>`). A table maps one to the other: no rule can know a crate's re-exports.

use std::borrow::Cow;

use super::public_paths::PUBLIC_PATHS;

/// The public path of a type, without pointers to it.
pub(crate) fn public_path(type_name: &str) -> String {
    let type_name = without_lifetimes(type_name);
    let mut out = String::with_capacity(type_name.len());
    let mut rest = unboxed(&type_name);
    while !rest.is_empty() {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        push_path(&mut out, &rest[..end]);
        let next = rest[end..].find(is_path).map_or(rest.len(), |at| end + at);
        out.push_str(&rest[end..next]);
        rest = &rest[next..];
    }
    out
}

/// The type behind `Box`, `Arc`, `Rc`, `&`, `&mut` and `error_stack::Report`, if it has a name: users mean the error,
/// not its container. `&str`, `Box<dyn …>` and `&[u8]` stay as they are.
pub(crate) fn unboxed(type_name: &str) -> &str {
    match pointee(type_name).or_else(|| in_report(type_name)) {
        Some(inner) if !is_any(inner) && inner != "str" && !inner.starts_with('[') => {
            unboxed(inner)
        }
        _ => type_name,
    }
}

/// The type behind `&` and `&mut`, if it has a name.
pub(super) fn without_references(type_name: &str) -> &str {
    match pointee(type_name).filter(|_| type_name.starts_with('&')) {
        Some(inner) if !is_any(inner) && inner != "str" && !inner.starts_with('[') => {
            without_references(inner)
        }
        _ => type_name,
    }
}

/// Whether this is `Box<dyn …>`, `&dyn …` or the like.
pub(super) fn is_pointer_to_any(type_name: &str) -> bool {
    pointee(type_name).is_some_and(is_any)
}

fn is_any(type_name: &str) -> bool {
    type_name.starts_with("dyn ") || type_name.starts_with("(dyn ")
}

/// Whether this is an `error_stack::Report`, or a pointer to one.
pub(super) fn is_report(type_name: &str) -> bool {
    in_report(type_name).is_some() || pointee(type_name).is_some_and(is_report)
}

/// The current error of a report, which is a list if there may be several.
fn in_report(type_name: &str) -> Option<&str> {
    let inner = type_name.strip_prefix("error_stack::report::Report<")?.strip_suffix('>')?;
    Some(inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(inner))
}

fn pointee(type_name: &str) -> Option<&str> {
    if let Some(inner) = type_name.strip_prefix('&') {
        let inner = inner.strip_prefix("'_ ").unwrap_or(inner);
        return Some(inner.strip_prefix("mut ").unwrap_or(inner));
    }
    ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<"].iter().find_map(|pointer| {
        type_name.strip_prefix(pointer).and_then(|inner| inner.strip_suffix('>'))
    })
}

/// Some versions of the compiler write `shop::ParseError<'_>`, others `shop::ParseError`. Errors of one type
/// must be one group.
fn without_lifetimes(type_name: &str) -> Cow<'_, str> {
    if !type_name.contains("'_") {
        return Cow::Borrowed(type_name);
    }
    let mut name = type_name.to_owned();
    for (from, to) in [("'_, ", ""), ("<'_>", ""), (" + '_", ""), ("&'_ ", "&")] {
        name = name.replace(from, to);
    }
    Cow::Owned(name)
}

fn push_path(out: &mut String, path: &str) {
    let path = match path.strip_prefix("core::").or_else(|| path.strip_prefix("alloc::")) {
        Some(rest) => format!("std::{rest}"),
        None => path.to_owned(),
    };
    let public = PUBLIC_PATHS.iter().find_map(|(private, public, names)| {
        let name = path.strip_prefix(private)?.strip_prefix("::")?;
        (names.is_empty() || names.contains(&name)).then_some(public)
    });
    let Some(module) = public else { return out.push_str(&path) };
    if !module.is_empty() {
        out.push_str(module);
        out.push_str("::");
    }
    // `std::sync::poison::mutex::…`: omits deeper modules.
    out.push_str(last_segment(&path));
}

/// The last segment of a path, without generic arguments: `Declined` of `shop::Pay<T>::Declined`.
pub(crate) fn last_segment(path: &str) -> &str {
    let end = path.bytes().position(|byte| byte == b'<').unwrap_or(path.len());
    let start = path[..end].bytes().rposition(|byte| byte == b':').map_or(0, |colon| colon + 1);
    &path[start..end]
}

/// Whether this is the [last segment](last_segment) of the path.
pub(super) fn is_last_segment(path: &str, name: &str) -> bool {
    match path.strip_suffix(name) {
        // Generic arguments end otherwise.
        Some(before) => before.is_empty() || before.ends_with("::") && !before.contains('<'),
        None => path.ends_with('>') && last_segment(path) == name,
    }
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::error::Error;

    use super::*;

    #[test]
    fn error_types_of_the_standard_library_have_their_public_path() {
        macro_rules! check {
            ($($ty:ty)*) => {$(
                assert_eq!(public_path(type_name::<$ty>()), stringify!($ty).replace(' ', ""));
            )*};
        }
        check! {
            std::io::Error
            std::fmt::Error
            std::num::ParseIntError
            std::num::ParseFloatError
            std::num::TryFromIntError
            std::str::Utf8Error
            std::str::ParseBoolError
            std::string::FromUtf8Error
            std::string::FromUtf16Error
            std::char::ParseCharError
            std::char::CharTryFromError
            std::char::DecodeUtf16Error
            std::char::TryFromCharError
            std::net::AddrParseError
            std::array::TryFromSliceError
            std::alloc::LayoutError
            std::cell::BorrowError
            std::cell::BorrowMutError
            std::collections::TryReserveError
            std::env::VarError
            std::env::JoinPathsError
            std::ffi::NulError
            std::ffi::FromBytesWithNulError
            std::ffi::FromBytesUntilNulError
            std::ffi::FromVecWithNulError
            std::ffi::IntoStringError
            std::path::StripPrefixError
            std::sync::mpsc::RecvError
            std::sync::mpsc::TryRecvError
            std::sync::mpsc::RecvTimeoutError
            std::sync::mpsc::SendError<u8>
            std::sync::PoisonError<u8>
            std::sync::TryLockError<u8>
            std::thread::AccessError
            std::time::SystemTimeError
            std::time::TryFromFloatSecsError
        }
    }

    #[test]
    fn error_types_of_crates_with_private_modules_have_their_public_path() {
        for (type_name, expected) in [
            ("tokio::runtime::task::error::JoinError", "tokio::task::JoinError"),
            ("&tokio::sync::once_cell::SetError<u8>", "tokio::sync::SetError<u8>"),
            ("tokio::time::error::Elapsed", "tokio::time::error::Elapsed"),
            ("alloc::boxed::Box<hyper::error::Error>", "hyper::Error"),
            ("alloc::sync::Arc<sqlx_core::error::Error>", "sqlx::Error"),
            ("reqwest::error::Error", "reqwest::Error"),
            ("rusqlite::error::Error", "rusqlite::Error"),
            ("serde_json::error::Error", "serde_json::Error"),
            ("tonic::status::Status", "tonic::Status"),
            ("axum_core::error::Error", "axum::Error"),
            ("axum::extract::rejection::JsonRejection", "axum::extract::rejection::JsonRejection"),
            ("redis::types::RedisError", "redis::RedisError"),
            (
                "shop::Retried<aws_smithy_runtime_api::http::error::HttpError, core::fmt::Error>",
                "shop::Retried<aws_smithy_runtime_api::http::HttpError, std::fmt::Error>",
            ),
            // A crate of the user's may have modules of the same names.
            ("shop::hyper::error::Error", "shop::hyper::error::Error"),
            ("shop::error::Error", "shop::error::Error"),
        ] {
            assert_eq!(public_path(type_name), expected, "{type_name}");
        }
    }

    #[test]
    fn every_private_path_has_one_public_path() {
        let mut seen = Vec::new();
        for (private, public, names) in PUBLIC_PATHS {
            for name in names {
                let private = format!("{private}::{name}");
                let public = format!("{public}::{name}").trim_start_matches("::").to_owned();
                assert_eq!(public_path(&private), public);
                assert_eq!(public_path(&public), public, "the public path of {private} is another");
                assert!(!seen.contains(&private), "{private}");
                seen.push(private);
            }
        }
    }

    #[test]
    fn containers_are_named_as_in_the_source() {
        type Boxed = Box<dyn Error + Send + Sync>;
        assert_eq!(public_path(type_name::<Boxed>()), "Box<dyn std::error::Error + Send + Sync>");
        assert_eq!(public_path(type_name::<Option<Vec<String>>>()), "Option<Vec<String>>");
        assert_eq!(public_path(type_name::<&str>()), "&str");
        assert_eq!(public_path(type_name::<()>()), "()");
    }

    #[test]
    fn lifetimes_are_left_out() {
        assert_eq!(public_path("shop::ParseError<'_>"), "shop::ParseError");
        assert_eq!(public_path("shop::Two<'_, '_, u8>"), "shop::Two<u8>");
        assert_eq!(public_path("&'_ shop::Two<'_, '_>"), "shop::Two");
        assert_eq!(
            public_path("alloc::boxed::Box<dyn core::error::Error + '_>"),
            "Box<dyn std::error::Error>"
        );
    }

    #[test]
    fn a_report_of_error_stack_is_its_current_error() {
        let report = "error_stack::report::Report<std::io::error::Error>";
        assert_eq!(public_path(report), "std::io::Error");
        assert_eq!(
            public_path("error_stack::report::Report<[shop::Error<u8>]>"),
            "shop::Error<u8>"
        );
        assert!(is_report(report) && is_report(&format!("&alloc::boxed::Box<{report}>")));
        assert!(!is_report("shop::Error<error_stack::report::Report<u8>>"));
    }

    #[test]
    fn pointers_to_a_concrete_error_are_left_out() {
        type Shared = std::sync::Arc<std::num::ParseIntError>;
        assert_eq!(public_path(type_name::<Shared>()), "std::num::ParseIntError");
        assert_eq!(public_path(type_name::<&std::fmt::Error>()), "std::fmt::Error");
        assert_eq!(public_path(type_name::<Box<std::io::Error>>()), "std::io::Error");
        assert_eq!(public_path(type_name::<std::rc::Rc<std::io::Error>>()), "std::io::Error");
        assert_eq!(public_path(type_name::<&mut std::fmt::Error>()), "std::fmt::Error");
        assert_eq!(public_path(type_name::<&Box<std::fmt::Error>>()), "std::fmt::Error");
    }

    #[test]
    fn the_last_segment_is_the_bare_name() {
        assert_eq!(last_segment("shop::PayError<a::B>"), "PayError");
        assert_eq!(last_segment("PayError"), "PayError");
    }

    #[test]
    fn the_last_segment_of_a_path_has_no_generic_arguments() {
        for (path, last) in [
            ("shop::PayError", "PayError"),
            ("shop::Pay<shop::Card>", "Pay"),
            ("Pay<A, Pay<B>>", "Pay"),
            ("PayError", "PayError"),
        ] {
            assert_eq!(last_segment(path), last);
            assert!(is_last_segment(path, last), "{path}");
            for other in ["Error", "Card", "A", "Paid", "ay", ""] {
                assert!(!is_last_segment(path, other), "{path}: {other}");
            }
        }
    }
}
