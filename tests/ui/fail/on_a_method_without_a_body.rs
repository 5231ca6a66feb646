use track_errors::track_errors;

trait Store {
    #[track_errors]
    fn save(&self, order: u32) -> Result<(), std::io::Error>;
}

impl Store for () {
    fn save(&self, _: u32) -> Result<(), std::io::Error> {
        Ok(())
    }
}

fn main() {
    let _ = ().save(1);
}
