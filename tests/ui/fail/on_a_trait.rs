use track_errors::track_errors;

#[track_errors]
trait Store {
    fn save(&self) -> Result<(), ()>;
}

fn main() {
    impl Store for () {
        fn save(&self) -> Result<(), ()> {
            Ok(())
        }
    }
    let _ = ().save();
}
