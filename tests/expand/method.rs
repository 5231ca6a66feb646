//! Methods: a `self` by value is captured as a whole.

impl Cart {
    #[track_errors]
    pub fn total(&self, order: u32) -> Result<u32, CartError> {
        self.order(order)
    }

    #[track_errors]
    fn close(self) -> Result<(), CartError> {
        self.store.close()
    }

    #[track_errors]
    async fn save(mut self: Box<Self>, store: &Store) -> Result<(), CartError> {
        store.save(&mut self).await
    }
}
