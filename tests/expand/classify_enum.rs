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

#[derive(Classify)]
enum AllVariants {
    #[classify(level = "alert")]
    A,
    #[classify(level = "emergency")]
    B(u8),
}
