//! What `#[async_trait]` makes of a method before this attribute is expanded.

impl Store for Files {
    #[track_errors]
    fn load<'life0, 'async_trait>(
        &'life0 self,
        id: u64,
    ) -> ::core::pin::Pin<
        Box<
            dyn ::core::future::Future<Output = Result<String, StoreError>>
                + ::core::marker::Send
                + 'async_trait,
        >,
    >
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            if let ::core::option::Option::Some(__ret) =
                ::core::option::Option::None::<Result<String, StoreError>>
            {
                #[allow(unreachable_code)]
                return __ret;
            }
            let __self = self;
            let id = id;
            let __ret: Result<String, StoreError> = { __self.read(id).await };
            #[allow(unreachable_code)]
            __ret
        })
    }
}
