//! The attribute on a module: on what stands in it, blocks and modules as well.

#[track_errors(kind = "Shop")]
pub mod shop {
    use super::*;

    pub fn open() -> Result<Shop, ShopError> {
        Shop::open()
    }

    #[track_caller]
    fn knows_its_caller(text: &str) -> Result<u32, ShopError> {
        text.parse().map_err(Into::into)
    }

    impl Shop {
        fn close(self) -> ParseResult {
            self.store.close()
        }
    }

    mod inner {
        async fn step() -> Poll<Result<(), ShopError>> {
            Poll::Ready(Ok(()))
        }
    }
}
