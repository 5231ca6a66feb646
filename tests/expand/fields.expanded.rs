//! Fields: values that the body cannot consume are kept, all others are formatted before the call.
fn pay(order: &Order, user: &User, cart: Cart, count: u32) -> Result<(), PayError> {
    let __track_errors_kept = {
        (
            {
                let __track_errors_value = &order.id;
                ::track_errors::__private::FieldProbe::new(&__track_errors_value)
                    .track_errors_field()(__track_errors_value)
            },
            {
                let __track_errors_value = &user.name;
                ::track_errors::__private::display(__track_errors_value)
            },
            {
                let __track_errors_words = match &cart {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::debug(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
            {
                let __track_errors_words = match &cart.total() {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::FieldProbe::new(
                                    &__track_errors_value,
                                )
                                .track_errors_field()(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
            {
                let __track_errors_words = match &(1 + count) {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::FieldProbe::new(
                                    &__track_errors_value,
                                )
                                .track_errors_field()(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
        )
    };
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        clippy::implicit_return,
        clippy::mixed_read_write_in_expression
    )]
    ::track_errors::__private::finish_keyed(
        ::track_errors::__private::enter({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                1582696073u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<(), PayError> {
            {
                #[allow(unused_variables)]
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let order = order;
                #[allow(unused_variables)]
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let user = user;
                #[allow(unused_variables)]
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let cart = cart;
                #[allow(unused_variables)]
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let count = count;
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(
                        charge(order, user, cart, count),
                        1582696073u32,
                    )
                }
            }
        }),
        |__track_errors_error| {
            ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
        |_, _| {},
        |__track_errors_collected| {
            __track_errors_collected.add("order.id", &__track_errors_kept.0);
            __track_errors_collected.add("user", &__track_errors_kept.1);
            __track_errors_collected.add("cart", &__track_errors_kept.2);
            __track_errors_collected.add("total", &__track_errors_kept.3);
            __track_errors_collected.add("n", &__track_errors_kept.4);
        },
    )
}
fn pattern(&self, __track_errors_arg1: (u32, u32)) -> Result<u32, PayError> {
    let __track_errors_kept = {
        #[allow(unused_variables)]
        let (left, right) = &__track_errors_arg1;
        (
            {
                let __track_errors_words = match &left {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::FieldProbe::new(
                                    &__track_errors_value,
                                )
                                .track_errors_field()(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
            {
                let __track_errors_words = match &self.store.lock().count {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::FieldProbe::new(
                                    &__track_errors_value,
                                )
                                .track_errors_field()(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
        )
    };
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        clippy::implicit_return,
        clippy::mixed_read_write_in_expression
    )]
    ::track_errors::__private::finish_keyed(
        ::track_errors::__private::enter({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                2268922153u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, PayError> {
            {
                let __track_errors_arg1 = __track_errors_arg1;
                #[allow(unused_variables)]
                let (left, right) = __track_errors_arg1;
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(
                        add(left, right),
                        2268922153u32,
                    )
                }
            }
        }),
        |__track_errors_error| {
            ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
        |_, _| {},
        |__track_errors_collected| {
            __track_errors_collected.add("left", &__track_errors_kept.0);
            __track_errors_collected.add("locked", &__track_errors_kept.1);
        },
    )
}
async fn load(&self) -> Result<String, StoreError> {
    let __track_errors_kept = {
        (
            {
                let __track_errors_value = &self.id;
                ::track_errors::__private::FieldProbe::new(&__track_errors_value)
                    .track_errors_field()(__track_errors_value)
            },
        )
    };
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    3859241449u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<String, StoreError>,
                    >() {
                        return __track_errors_value;
                    }
                    ::track_errors::__private::capture((&self,));
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            self.read().await,
                            3859241449u32,
                        )
                    }
                }
            },
            move |__track_errors_value, __track_errors_call| ::track_errors::__private::finish_poll_keyed(
                __track_errors_call,
                __track_errors_value,
                |__track_errors_error| {
                    ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                        __track_errors_error
                    )
                },
                |_, _| {},
                |__track_errors_collected| {
                    __track_errors_collected.add("id", &__track_errors_kept.0);
                },
            ),
        )
        .await
}
fn outlives(id: &str) -> impl Future<Output = Result<String, StoreError>> {
    let __track_errors_kept = {
        (
            {
                let __track_errors_words = match &id {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::FieldProbe::new(
                                    &__track_errors_value,
                                )
                                .track_errors_field()(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
        )
    };
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
        || {
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                1356470786u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        },
        ::track_errors::__private::outputs::<
            Result<String, StoreError>,
            _,
        >(
            ::track_errors::__private::call(move || {
                {
                    #[allow(unused_variables)]
                    #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                    let id = id;
                    {
                        read(id.to_owned())
                    }
                }
            }),
        ),
        move |__track_errors_value, __track_errors_call| ::track_errors::__private::finish_poll_keyed(
            __track_errors_call,
            __track_errors_value,
            |__track_errors_error| {
                ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                    __track_errors_error
                )
            },
            |_, _| {},
            |__track_errors_collected| {
                __track_errors_collected.add("id", &__track_errors_kept.0);
            },
        ),
    )
}
fn boxed<'a>(
    id: &'a str,
) -> Pin<Box<dyn Future<Output = Result<String, StoreError>> + 'a>> {
    let __track_errors_kept = {
        (
            {
                let __track_errors_value = id;
                ::track_errors::__private::FieldProbe::new(&__track_errors_value)
                    .track_errors_field()(__track_errors_value)
            },
        )
    };
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
                Result<String, StoreError>,
                _,
            >(async move {
                if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                    Result<String, StoreError>,
                >() {
                    return __track_errors_value;
                }
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                ::track_errors::__private::mark_returned(read(id).await, 1548528195u32)
            }),
            move |__track_errors_value, __track_errors_call| ::track_errors::__private::finish_poll_keyed(
                __track_errors_call,
                __track_errors_value,
                |__track_errors_error| {
                    ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                        __track_errors_error
                    )
                },
                |__track_errors_error, __track_errors_classification| {
                    __track_errors_classification
                        .kind(__track_errors_error, |error| error.kind());
                },
                |__track_errors_collected| {
                    __track_errors_collected.add("id", &__track_errors_kept.0);
                },
            ),
        ),
    )
}
