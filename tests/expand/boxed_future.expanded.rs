//! A boxed future is tracked inside its box; one that comes from elsewhere, by a box around it.
fn boxed(order: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send>> {
    let order = order + 1;
    Box::pin(
        ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    1548528195u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            ::track_errors::__private::outputs::<
                Result<u32, Error>,
                _,
            >(async move {
                if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                    Result<u32, Error>,
                >() {
                    return __track_errors_value;
                }
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                ::track_errors::__private::mark_returned(
                    load(order).await,
                    1548528195u32,
                )
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
fn alias(order: u32) -> BoxFuture<'static, Result<u32, Error>> {
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        clippy::implicit_return,
        clippy::mixed_read_write_in_expression
    )]
    ::track_errors::__private::finish(
        ::track_errors::__private::enter({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                2099675479u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> BoxFuture<
            'static,
            Result<u32, Error>,
        > {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let order = order;
                {
                    #[allow(unused_imports)]
                    use ::track_errors::__private::MarkAny as _;
                    async move {
                        Ok(
                            ::track_errors::__private::Tried(load(order).await)
                                .track_errors_mark_at(
                                    2099675479u32,
                                    ::core::panic::Location::caller(),
                                )?,
                        )
                    }
                        .boxed()
                }
            }
        }),
        |__track_errors_error| {
            ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
    )
}
fn handed_on(order: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>>>> {
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        clippy::implicit_return,
        clippy::mixed_read_write_in_expression
    )]
    ::track_errors::__private::finish(
        ::track_errors::__private::enter({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                3997864595u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Pin<
            Box<dyn Future<Output = Result<u32, Error>>>,
        > {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let order = order;
                {
                    load(order)
                }
            }
        }),
        |__track_errors_error| {
            ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
    )
}
