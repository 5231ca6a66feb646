//! Every key, in every form that is accepted.
#![deny(warnings)]

use track_errors::{Level, track_errors};

const SERVICE: &str = "checkout";

mod settings {
    pub const SERVICE: &str = "checkout";
    pub static NAME: &str = "checkout";
    pub struct Service;
    impl Service {
        pub const NAME: &'static str = "checkout";
    }
}

mod per_error {
    pub fn level(_: &()) -> track_errors::Level {
        track_errors::Level::Warn
    }
    pub fn fingerprint(_: &()) -> u32 {
        17
    }
    pub struct Of;
    impl Of {
        pub fn level(_: &()) -> track_errors::Level {
            track_errors::Level::Alert
        }
    }
}

macro_rules! accepted {
    ($($name:ident $args:tt)*) => {
        $(
            #[track_errors $args]
            fn $name() -> Result<(), ()> {
                Ok(())
            }
        )*
        fn main() {
            $(assert_eq!($name(), Ok(()));)*
        }
    };
}

accepted! {
    nothing()
    literal(service = "checkout")
    raw_literal(service = r#"checkout"#)
    constant(service = SERVICE)
    constant_by_path(service = crate::settings::SERVICE)
    a_static(service = settings::NAME)
    associated_constant(service = settings::Service::NAME)
    warn(level = "warn")
    error(level = "error")
    critical(level = "critical")
    alert(level = "alert")
    emergency(level = "emergency")
    origin(report = "origin")
    boundary(report = "boundary")
    every(report = "every")
    rate_limit(rate_limit = 50)
    no_rate_limit(rate_limit = "off")
    kind(kind = "PaymentDeclined")
    kind_per_error(kind = |_| "K")
    fingerprint(fingerprint = "f")
    fingerprint_per_error(fingerprint = per_error::fingerprint)
    level_by_constant(level = track_errors::Level::Warn)
    level_by_imported_constant(level = Level::Warn)
    level_per_error_by_qualified_path(level = <per_error::Of>::level)
    level_per_error(level = per_error::level)
    when(when = |_| true)
    when_typed(when = |_: &()| true)
    no_fields(fields())
    fields_by_text(fields("request id" = 1, "http.route" = %"/", r#"type"# = ?Some(4)))
    fields(fields(one = 1, two.three = %"x", four = ?Some(4), five = per_error::level(&()).as_str(),))
    backtrace_native(backtrace = "native")
    backtrace_carried(backtrace = "carried")
    backtrace_trail(backtrace = "trail")
    krate(crate = ::track_errors)
    trailing_comma(service = "checkout",)
    all_in_any_order(kind = "K", crate = track_errors, level = "alert", service = "checkout",)
}
