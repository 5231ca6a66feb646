use std::fmt;

use track_errors::track_errors;

const SERVICE: &str = "corpus-by-path";

macro_rules! keys {
    ($($name:ident: $($key:ident = $value:tt),*;)*) => {
        $(
            #[track_errors($($key = $value),*)]
            fn $name() -> fmt::Result {
                Err(fmt::Error)?
            }
        )*

        pub(super) fn raise() {
            $(super::raised($name());)*
            super::raised(r#type::r#match());
        }
    };
}

/// Names that are keywords.
mod r#type {
    #[track_errors::track_errors(service = "corpus", kind = |_| "two\nlines\u{2028}or three")]
    pub(super) fn r#match() -> std::fmt::Result {
        Err(std::fmt::Error)?
    }
}

keys! {
    no_key_at_all: ;
    service_by_path: service = SERVICE;
    service_of_odd_characters: service = "größe \"5\"\\\n\u{2028}💥";
    level_debug: service = "corpus", level = "debug";
    level_info: service = "corpus", level = "info";
    level_notice: service = "corpus", level = "notice";
    level_warn: service = "corpus", level = "warn";
    level_error: service = "corpus", level = "error";
    level_critical: service = "corpus", level = "critical";
    level_alert: service = "corpus", level = "alert";
    level_emergency: service = "corpus", level = "emergency";
    kind: service = "corpus", kind = "PaymentDeclined";
    kind_of_odd_characters: service = "corpus", kind = "größe \"5\"\\\n\u{2028}💥\0";
    report_origin: service = "corpus", report = "origin";
    report_boundary: service = "corpus", report = "boundary";
    report_every: service = "corpus", report = "every";
    rate_limit: service = "corpus", rate_limit = 5;
    rate_limit_off: service = "corpus", rate_limit = "off";
    all_keys: service = "corpus", level = "alert", kind = "Everything", report = "origin", rate_limit = 5;
}
