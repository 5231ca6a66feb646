//! The macro [`error!`](crate::error!), which expands to public items of [`__private`](crate::__private).

/// Reports an error that is handled in place, like [`report`](crate::report()), with the syntax of
/// `tracing::error!`.
///
/// ```
/// use track_errors::testing;
///
/// # fn charge(_: &str) -> Result<(), std::fmt::Error> { Err(std::fmt::Error) }
/// let (order, user) = (7, "ada");
/// # let (_, records) = testing::capture(|| {
/// if let Err(error) = charge("gold") {
///     track_errors::error!(error, "order {order} failed", order = order, user = %user, level = "critical");
/// }
/// # });
/// # assert_eq!(records[0].log_message.as_deref(), Some("order 7 failed"));
/// # assert_eq!(records[0].fields.len(), 2);
/// # assert_eq!(records[0].level, track_errors::Level::Critical);
/// ```
///
/// First comes the error, of any type that the attribute takes: it needs no trait. Then, in any order:
///
/// | | |
/// |---|---|
/// | `"a message {}", argument` | the message of the log, with the arguments of `format!` after it |
/// | `name`, `name = expr`, `name = %expr`, `name = ?expr`, `"any name" = expr` | a field, as in the attribute's `fields(…)`; the short form comes before the message |
/// | `level = …` | a [`Level`](crate::Level), or its name as a literal |
/// | `kind = …`, `fingerprint = …`, `service = …` | as in [`ErrorReport`](crate::ErrorReport) |
///
/// The macro knows its function, so the line has it in every build. The type's [`Classify`](crate::Classify)
/// counts. The value is `()`; [`ErrorId::of`](crate::ErrorId::of) has the id.
#[macro_export]
macro_rules! error {
    ($error:expr $(, $($rest:tt)*)?) => {
        $crate::__report!(($error) () $($($rest)*)?)
    };
}

/// Collects the calls of an [`ErrorReport`](crate::ErrorReport).
#[doc(hidden)]
#[macro_export]
macro_rules! __report {
    // The end.
    (($error:expr) ($($calls:tt)*)) => {
        match &$error {
            error => {
                static __TRACK_ERRORS_SITE: $crate::__private::Site =
                    $crate::__private::Site::new(::core::module_path!(), 0, || ());
                let view = $crate::__private::view_by_traits_or_by_the_key_describe!(error);
                $crate::__private::begin_report(&__TRACK_ERRORS_SITE, view) $($calls)* .emit();
            }
        }
    };

    // Keys.
    ($error:tt ($($calls:tt)*) level = $level:tt $(, $($rest:tt)*)?) => {
        $crate::__report!($error
            ($($calls)* .level($crate::__report_level!($level)))
            $($($rest)*)?)
    };
    ($error:tt ($($calls:tt)*) level = $level:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error ($($calls)* .level($level)) $($($rest)*)?)
    };
    ($error:tt ($($calls:tt)*) kind = $kind:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error ($($calls)* .kind($kind)) $($($rest)*)?)
    };
    ($error:tt ($($calls:tt)*) fingerprint = $fingerprint:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error ($($calls)* .fingerprint($fingerprint)) $($($rest)*)?)
    };
    ($error:tt ($($calls:tt)*) service = $service:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error ($($calls)* .service($service)) $($($rest)*)?)
    };

    // Fields with a value.
    ($error:tt $calls:tt $($name:ident).+ = $($rest:tt)+) => {
        $crate::__report!(@value $error $calls (::core::stringify!($($name).+)) $($rest)+)
    };
    ($error:tt $calls:tt $name:literal = $($rest:tt)+) => {
        $crate::__report!(@value $error $calls ($name) $($rest)+)
    };
    (@value $error:tt ($($calls:tt)*) ($name:expr) % $value:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error
            ($($calls)* .kept($name, $crate::__private::display(&$value)))
            $($($rest)*)?)
    };
    (@value $error:tt ($($calls:tt)*) ($name:expr) ? $value:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error
            ($($calls)* .kept($name, $crate::__private::debug(&$value)))
            $($($rest)*)?)
    };
    (@value $error:tt ($($calls:tt)*) ($name:expr) $value:expr $(, $($rest:tt)*)?) => {
        $crate::__report!($error
            ($($calls)* .kept($name, match &$value {
                value => $crate::__private::FieldProbe::new(&value).track_errors_field()(value),
            }))
            $($($rest)*)?)
    };

    // Fields that have the name of a variable.
    ($error:tt $calls:tt % $($name:ident).+ $(, $($rest:tt)*)?) => {
        $crate::__report!(@value $error $calls (::core::stringify!($($name).+))
            % $($name).+ $(, $($rest)*)?)
    };
    ($error:tt $calls:tt ? $($name:ident).+ $(, $($rest:tt)*)?) => {
        $crate::__report!(@value $error $calls (::core::stringify!($($name).+))
            ? $($name).+ $(, $($rest)*)?)
    };
    ($error:tt $calls:tt $($name:ident).+ $(, $($rest:tt)*)?) => {
        $crate::__report!(@value $error $calls (::core::stringify!($($name).+))
            $($name).+ $(, $($rest)*)?)
    };

    // The message, and then its arguments, up to the next field or key.
    ($error:tt $calls:tt $message:literal $(, $($rest:tt)*)?) => {
        $crate::__report!(@message $error $calls ($message) $($($rest)*)?)
    };
    (@message $error:tt ($($calls:tt)*) ($($format:tt)*)) => {
        $crate::__report!($error ($($calls)* .message(::core::format_args!($($format)*))))
    };
    (@message $error:tt ($($calls:tt)*) ($($format:tt)*) $($name:ident).+ = $($rest:tt)+) => {
        $crate::__report!($error
            ($($calls)* .message(::core::format_args!($($format)*)))
            $($name).+ = $($rest)+)
    };
    (@message $error:tt ($($calls:tt)*) ($($format:tt)*) $name:literal = $($rest:tt)+) => {
        $crate::__report!($error
            ($($calls)* .message(::core::format_args!($($format)*)))
            $name = $($rest)+)
    };
    (@message $error:tt ($($calls:tt)*) ($($format:tt)*) % $($rest:tt)+) => {
        $crate::__report!($error
            ($($calls)* .message(::core::format_args!($($format)*)))
            % $($rest)+)
    };
    (@message $error:tt ($($calls:tt)*) ($($format:tt)*) ? $($rest:tt)+) => {
        $crate::__report!($error
            ($($calls)* .message(::core::format_args!($($format)*)))
            ? $($rest)+)
    };
    (@message $error:tt $calls:tt ($($format:tt)*) $argument:expr $(, $($rest:tt)*)?) => {
        $crate::__report!(@message $error $calls ($($format)*, $argument) $($($rest)*)?)
    };
}

/// A level by its name.
#[doc(hidden)]
#[macro_export]
macro_rules! __report_level {
    ("debug") => {
        $crate::Level::Debug
    };
    ("info") => {
        $crate::Level::Info
    };
    ("notice") => {
        $crate::Level::Notice
    };
    ("warn") => {
        $crate::Level::Warn
    };
    ("error") => {
        $crate::Level::Error
    };
    ("critical") => {
        $crate::Level::Critical
    };
    ("alert") => {
        $crate::Level::Alert
    };
    ("emergency") => {
        $crate::Level::Emergency
    };
    ($other:literal) => {
        ::core::compile_error!(::core::concat!(
            "unknown level ",
            ::core::stringify!($other),
            ", expected one of debug, info, notice, ",
            "warn, error, critical, alert, emergency"
        ))
    };
    ($other:tt) => {
        $other
    };
}
