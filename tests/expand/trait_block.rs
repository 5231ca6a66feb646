//! The attribute on a trait: on each default body.

#[track_errors]
trait Store {
    fn load(&self, id: u64) -> io::Result<String>;

    fn check(&self, id: u64) -> io::Result<()> {
        self.load(id)?;
        Ok(())
    }

    fn load_later(&self) -> impl Future<Output = io::Result<String>> {
        async { self.load(1) }
    }
}
