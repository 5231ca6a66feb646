//! An async function: a list of captures instead of new bindings, where a list can say it.
async fn plain(client: Client, order: u32) -> Result<u32, ClientError> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    3552460647u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<u32, ClientError>,
                    >() {
                        return __track_errors_value;
                    }
                    ::track_errors::__private::capture((&order, &client));
                    {
                        #[allow(unused_imports)]
                        use ::track_errors::__private::MarkAny as _;
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            ::track_errors::__private::Tried(client.get(order).await)
                                .track_errors_mark(3552460647u32)?
                                .parse(),
                            3552460647u32,
                        )
                    }
                }
            },
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
        .await
}
async fn no_parameters() -> Result<(), ClientError> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    3548818135u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<(), ClientError>,
                    >() {
                        return __track_errors_value;
                    }
                    {
                        Ok(())
                    }
                }
            },
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
        .await
}
async fn moved_pattern(
    State(pool): State<Pool>,
    (a, mut b): (u8, u8),
) -> Result<(), Error> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    452957249u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<(), Error>,
                    >() {
                        return __track_errors_value;
                    }
                    ::track_errors::__private::capture((&b, &a, &pool));
                    {
                        b += a;
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            pool.get(b).await,
                            452957249u32,
                        )
                    }
                }
            },
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
        .await
}
async fn ignored(
    _: Guard,
    used: String,
    __track_errors_arg2: Guard,
    _also: Guard,
) -> Result<(), Error> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    3830646117u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<(), Error>,
                    >() {
                        return __track_errors_value;
                    }
                    #[allow(
                        clippy::used_underscore_binding,
                        clippy::no_effect_underscore_binding
                    )]
                    ::track_errors::__private::capture((
                        &_also,
                        &__track_errors_arg2,
                        &used,
                    ));
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            send(used).await,
                            3830646117u32,
                        )
                    }
                }
            },
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
        .await
}
async fn pattern_that_stays(
    __track_errors_arg0: (String, String),
) -> Result<String, Error> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    2076352402u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<String, Error>,
                    >() {
                        return __track_errors_value;
                    }
                    let __track_errors_arg0 = __track_errors_arg0;
                    let (left, _) = __track_errors_arg0;
                    {
                        Ok(left)
                    }
                }
            },
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
        .await
}
async fn unused(client: Client) -> Result<(), Error> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    2244945947u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<(), Error>,
                    >() {
                        return __track_errors_value;
                    }
                    #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                    let client = client;
                    {
                        Ok(())
                    }
                }
            },
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
        .await
}
