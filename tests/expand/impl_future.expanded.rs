//! A function that returns a future.
fn block(order: u32) -> impl Future<Output = Result<u32, Error>> + Send {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
        || {
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                3943480674u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        },
        ::track_errors::__private::outputs::<
            Result<u32, Error>,
            _,
        >(
            ::track_errors::__private::call(move || {
                {
                    #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                    let order = order;
                    {
                        #[allow(unused_imports)]
                        use ::track_errors::__private::MarkAny as _;
                        async move {
                            if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                                Result<u32, Error>,
                            >() {
                                return __track_errors_value;
                            }
                            let order = ::track_errors::__private::Tried(
                                    load(order).await,
                                )
                                .track_errors_mark(3943480674u32)?;
                            Ok(order)
                        }
                    }
                }
            }),
        ),
        |__track_errors_value, __track_errors_call| ::track_errors::__private::finish_poll(
            __track_errors_call,
            __track_errors_value,
            |__track_errors_error| {
                ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                    __track_errors_error
                )
            },
        ),
    )
}
fn handed_on<'a>(client: &'a Client) -> impl Future<Output = Result<u32, Error>> + 'a {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
        || {
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                3997864595u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        },
        ::track_errors::__private::outputs::<
            Result<u32, Error>,
            _,
        >(
            ::track_errors::__private::call(move || {
                {
                    #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                    let client = client;
                    {
                        client.get()
                    }
                }
            }),
        ),
        |__track_errors_value, __track_errors_call| ::track_errors::__private::finish_poll(
            __track_errors_call,
            __track_errors_value,
            |__track_errors_error| {
                ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                    __track_errors_error
                )
            },
        ),
    )
}
