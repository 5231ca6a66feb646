//! Methods under `#[async_trait]`.

use super::*;
use ::async_trait::async_trait;

#[async_trait]
trait Store: Sync {
    async fn save(&self, text: &str) -> Result<u32, ParseIntError>;

    #[track_errors]
    async fn check(&self, text: &str) -> Result<u32, ParseIntError> {
        pause().await;
        let number = text.parse::<u32>()?;
        Ok(number + self.save("1").await?)
    }

    #[track_errors]
    async fn refuse(&mut self) -> Result<(), &'static str>
    where
        Self: Send,
    {
        Err("refused")
    }
}

struct Memory(u32);

#[async_trait]
impl Store for Memory {
    #[track_errors(service = "store")]
    async fn save(&self, text: &str) -> Result<u32, ParseIntError> {
        pause().await;
        let number = text.parse::<u32>()?;
        Ok(self.0 + number)
    }
}

/// The line of `code` in the function `name` of this module.
fn line_of(name: &str, code: &str) -> u32 {
    let source = include_str!("async_trait.rs");
    let source = &source[..source.find("fn line_of").unwrap()];
    let start = source.rfind(&format!("fn {name}")).unwrap();
    let at = start + source[start..].find(code).unwrap();
    u32::try_from(1 + source[..at].matches('\n').count()).unwrap()
}

#[test]
fn a_method_in_an_impl() {
    let (value, record) = one_record_of(is_send(Memory(1).save("twelve")));
    assert_eq!(value, Err(not_a_number()));
    let source = include_str!("async_trait.rs");
    let at = source.find("#[track_errors(service = \"store\")]").unwrap();
    let line = u32::try_from(1 + source[..at].matches('\n').count() + 3).unwrap();
    let function = "<shapes_async::async_trait::Memory as shapes_async::async_trait::Store>::save";
    assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    assert_eq!(record.service.as_deref(), Some("store"));
    assert_eq!(no_record(|| block_on(Memory(1).save("5"))), Ok(6));
}

#[test]
fn a_default_body() {
    let (value, record) = one_record_of(is_send(Memory(1).check("twelve")));
    assert_eq!(value, Err(not_a_number()));
    let function = "shapes_async::async_trait::Store::check";
    assert_eq!(facts(&record), (KIND, MESSAGE, function, line_of("check", "?;")));
    assert_eq!(no_record(|| block_on(Memory(1).check("5"))), Ok(7));
}

#[test]
fn a_default_body_that_fails_at_once() {
    let (value, record) = one_record_of(Memory(1).refuse());
    assert_eq!((value, &*record.message), (Err("refused"), "refused"));
    assert_eq!(record.location.line, line_of("refuse", "Err("));
}

#[test]
fn behind_dyn() {
    let store: Arc<dyn Store + Send> = Arc::new(Memory(1));
    assert_eq!(one_record_of(store.save("twelve")).0, Err(not_a_number()));
    assert_eq!(one_record_of(store.check("twelve")).0, Err(not_a_number()));
}

#[test]
fn generic_methods_and_arguments_of_every_form() {
    #[async_trait]
    trait Adder<T: Send + Sync + 'static> {
        async fn add<U>(
            &mut self,
            first: U,
            (a, _): (u32, T),
            mut b: u32,
        ) -> Result<&mut u32, U::Error>
        where
            U: TryInto<u32> + Send,
            U::Error: Send;
    }
    struct Sum(u32);
    #[async_trait]
    impl<T: Send + Sync + 'static> Adder<T> for Sum {
        #[track_errors]
        async fn add<U>(
            &mut self,
            first: U,
            (a, _): (u32, T),
            mut b: u32,
        ) -> Result<&mut u32, U::Error>
        where
            U: TryInto<u32> + Send,
            U::Error: Send,
        {
            b += 1;
            self.0 += first.try_into()? + a + b;
            Ok(&mut self.0)
        }
    }

    let mut sum = Sum(0);
    let (value, record) = one_record_of(sum.add(-1_i64, (1, "x"), 1));
    assert!(value.is_err());
    // The generic function knows only the type of the error.
    assert_eq!(record.kind, "std::num::TryFromIntError");
    assert_eq!(no_record(|| block_on(sum.add(1_i64, (1, ()), 1)).copied()), Ok(4));
}

#[test]
fn without_send() {
    #[async_trait(?Send)]
    trait Local {
        async fn read(self: Rc<Self>, text: Rc<str>) -> Result<u32, ParseIntError>;
    }
    #[async_trait(?Send)]
    impl Local for u32 {
        #[track_errors]
        async fn read(self: Rc<Self>, text: Rc<str>) -> Result<u32, ParseIntError> {
            pause().await;
            Ok(*self + text.parse::<u32>()?)
        }
    }
    let line = line!() - 3;

    let (value, record) = one_record_of(Rc::new(1_u32).read("twelve".into()));
    assert_eq!((value, record.location.line), (Err(not_a_number()), line));
    assert_eq!(no_record(|| block_on(Rc::new(1_u32).read("5".into()))), Ok(6));
}

#[test]
fn an_alias_of_result() {
    #[async_trait]
    trait Read {
        async fn read(&self) -> std::io::Result<String>;
    }
    #[async_trait]
    impl Read for str {
        #[track_errors]
        async fn read(&self) -> std::io::Result<String> {
            let text = std::fs::read_to_string(self)?;
            Ok(text)
        }
    }
    let line = line!() - 4;

    let (value, record) = one_record_of("/there/is/no/such/file".read());
    assert_eq!(value.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    assert_eq!((&*record.kind, record.location.line), ("std::io::Error", line));
}
