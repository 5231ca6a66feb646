//! The derive: a variant's keys override the type's.
#[derive(Classify)]
#[classify(level = "error", kind = "PayError")]
enum PayError<T: Display> {
    #[classify(level = "warn", expected)]
    Declined { code: u32 },
    #[classify(kind = "Timeout", fingerprint = "timeout", expected = false)]
    Timeout(T),
    Other,
}
#[automatically_derived]
#[allow(deprecated)]
impl<T: Display> ::track_errors::Classify for PayError<T>
where
    Self: ::core::error::Error,
{
    fn level(&self) -> ::core::option::Option<::track_errors::Level> {
        match self {
            Self::Declined { .. } => {
                ::core::option::Option::Some(::track_errors::Level::Warn)
            }
            _ => ::core::option::Option::Some(::track_errors::Level::Error),
        }
    }
    fn kind(&self) -> ::core::option::Option<::track_errors::__private::Cow<'_, str>> {
        match self {
            Self::Timeout { .. } => {
                ::core::option::Option::Some(
                    ::track_errors::__private::Cow::Borrowed("Timeout"),
                )
            }
            _ => {
                ::core::option::Option::Some(
                    ::track_errors::__private::Cow::Borrowed("PayError"),
                )
            }
        }
    }
    fn fingerprint(
        &self,
    ) -> ::core::option::Option<::track_errors::__private::Cow<'_, str>> {
        match self {
            Self::Timeout { .. } => {
                ::core::option::Option::Some(
                    ::track_errors::__private::Cow::Borrowed("timeout"),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
    fn is_expected(&self) -> bool {
        match self {
            Self::Declined { .. } => true,
            Self::Timeout { .. } => false,
            _ => false,
        }
    }
}
#[derive(Classify)]
enum AllVariants {
    #[classify(level = "alert")]
    A,
    #[classify(level = "emergency")]
    B(u8),
}
#[automatically_derived]
#[allow(deprecated)]
impl ::track_errors::Classify for AllVariants {
    fn level(&self) -> ::core::option::Option<::track_errors::Level> {
        match self {
            Self::A { .. } => ::core::option::Option::Some(::track_errors::Level::Alert),
            Self::B { .. } => {
                ::core::option::Option::Some(::track_errors::Level::Emergency)
            }
        }
    }
}
