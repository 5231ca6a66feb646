//! The attribute on an `impl` block: on each method that returns a `Result`.

#[track_errors(service = "shop", report = "boundary", handled = "error")]
impl Cart {
    const LIMIT: u32 = 7;

    pub fn total(&self) -> Result<u32, CartError> {
        self.sum()
    }

    #[track_errors(level = "warn", report = "origin")]
    fn own_keys(&self) -> Result<u32, CartError> {
        self.sum()
    }

    #[track_errors(skip)]
    fn skipped(&self) -> Result<u32, CartError> {
        self.sum()
    }

    #[track_errors(levl = "warn")]
    fn refused(&self) -> Result<u32, CartError> {
        self.sum()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    const fn constant() -> Result<u32, CartError> {
        Ok(1)
    }

    #[track_caller]
    fn knows_its_caller(&self) -> Result<u32, CartError> {
        self.sum()
    }
}
