//! Methods of traits: impls, default bodies, `dyn`.

use super::*;

trait Store {
    const NAME: &'static str;

    fn save(&mut self, text: &str) -> Result<u32, ParseIntError>;

    #[track_errors]
    fn save_twice(&mut self, text: &str) -> Result<(&'static str, u32), ParseIntError> {
        let first: u32 = text.parse()?;
        Ok((Self::NAME, first * 2))
    }

    #[track_errors]
    fn make(text: &str) -> Result<Self, ParseIntError>
    where
        Self: Sized + From<u32>,
    {
        Ok(Self::from(text.parse::<u32>()?))
    }
}

#[derive(Debug, PartialEq)]
struct Memory(u32);

impl From<u32> for Memory {
    fn from(total: u32) -> Self {
        Memory(total)
    }
}

impl Store for Memory {
    const NAME: &'static str = "memory";

    #[track_errors]
    fn save(&mut self, text: &str) -> Result<u32, ParseIntError> {
        self.0 = text.parse()?;
        Ok(self.0)
    }
}

#[test]
fn a_method_of_a_trait_impl() {
    let (value, record) = one_record(|| Memory(0).save("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    assert_eq!(
        record.function,
        "<shapes_sync::traits::Memory as shapes_sync::traits::Store>::save"
    );
    assert_eq!(no_record(|| Memory(0).save("5")), Ok(5));
}

#[test]
fn a_default_body_in_a_trait() {
    let (value, record) = one_record(|| Memory(0).save_twice("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    assert_eq!(record.function, "shapes_sync::traits::Store::save_twice");
    assert_eq!(no_record(|| Memory(0).save_twice("5")), Ok(("memory", 10)));
}

#[test]
fn a_default_body_without_a_receiver() {
    let (value, record) = one_record(|| Memory::make("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_eq!(record.function, "shapes_sync::traits::Store::make");
    assert_eq!(no_record(|| Memory::make("5")), Ok(Memory(5)));
}

#[test]
fn a_method_behind_dyn() {
    trait Save {
        fn save(&self) -> Result<(), &'static str>;
    }
    impl Save for u8 {
        #[track_errors]
        fn save(&self) -> Result<(), &'static str> {
            Err("full")
        }
    }

    let store: Box<dyn Save> = Box::new(1_u8);
    let (value, record) = one_record(|| store.save());
    assert_eq!(value, Err("full"));
    assert_eq!((&*record.kind, &*record.message), ("&str", "full"));
}
