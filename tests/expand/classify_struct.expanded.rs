//! The derive on a struct, and on one without keys.
#[derive(Classify)]
#[classify(level = "critical", fingerprint = "disk", crate = renamed)]
#[classify(expected = true)]
struct DiskFull<'a> {
    path: &'a str,
}
#[automatically_derived]
#[allow(deprecated)]
impl<'a> renamed::Classify for DiskFull<'a> {
    fn level(&self) -> ::core::option::Option<renamed::Level> {
        match self {
            _ => ::core::option::Option::Some(renamed::Level::Critical),
        }
    }
    fn fingerprint(&self) -> ::core::option::Option<renamed::__private::Cow<'_, str>> {
        match self {
            _ => ::core::option::Option::Some(renamed::__private::Cow::Borrowed("disk")),
        }
    }
    fn is_expected(&self) -> bool {
        match self {
            _ => true,
        }
    }
}
#[derive(Classify)]
struct Plain;
#[automatically_derived]
#[allow(deprecated)]
impl ::track_errors::Classify for Plain {}
