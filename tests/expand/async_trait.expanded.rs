//! What `#[async_trait]` makes of a method before this attribute is expanded.
impl Store for Files {
    fn load<'life0, 'async_trait>(
        &'life0 self,
        id: u64,
    ) -> ::core::pin::Pin<
        Box<
            dyn ::core::future::Future<
                Output = Result<String, StoreError>,
            > + ::core::marker::Send + 'async_trait,
        >,
    >
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(
            ::track_errors::__private::future(
                || {
                    static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                        ::core::module_path!(),
                        3859241449u32,
                        || (),
                    );
                    &__TRACK_ERRORS_SITE
                },
                ::track_errors::__private::outputs::<
                    Result<String, StoreError>,
                    _,
                >(async move {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<String, StoreError>,
                    >() {
                        return __track_errors_value;
                    }
                    if let ::core::option::Option::Some(__ret) = ::core::option::Option::None::<
                        Result<String, StoreError>,
                    > {
                        #[allow(unreachable_code)] return __ret;
                    }
                    let __self = self;
                    let id = id;
                    let __ret: Result<String, StoreError> = {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned_at(
                            __self.read(id).await,
                            3859241449u32,
                            ::core::panic::Location::caller(),
                        )
                    };
                    #[allow(unreachable_code)] __ret
                }),
                |__track_errors_value, __track_errors_call| ::track_errors::__private::finish_poll(
                    __track_errors_call,
                    __track_errors_value,
                    |__track_errors_error| {
                        ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                            __track_errors_error
                        )
                    },
                ),
            ),
        )
    }
}
