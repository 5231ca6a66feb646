//! The derive on a struct, and on one without keys.

#[derive(Classify)]
#[classify(level = "critical", fingerprint = "disk", crate = renamed)]
#[classify(expected = true)]
struct DiskFull<'a> {
    path: &'a str,
}

#[derive(Classify)]
struct Plain;
