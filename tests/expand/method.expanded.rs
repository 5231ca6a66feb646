//! Methods: a `self` by value is captured as a whole.
impl Cart {
    pub fn total(&self, order: u32) -> Result<u32, CartError> {
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
                    80777981u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            }),
            ::track_errors::__private::call(move || -> Result<u32, CartError> {
                {
                    #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                    let order = order;
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            self.order(order),
                            80777981u32,
                        )
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
    fn close(self) -> Result<(), CartError> {
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
                    667630371u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            }),
            ::track_errors::__private::call(move || -> Result<(), CartError> {
                {
                    ::track_errors::__private::capture(&self);
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            self.store.close(),
                            667630371u32,
                        )
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
    async fn save(mut self: Box<Self>, store: &Store) -> Result<(), CartError> {
        #[allow(clippy::implicit_return)]
        ::track_errors::__private::future(
                || {
                    static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                        ::core::module_path!(),
                        3439296072u32,
                        || (),
                    );
                    &__TRACK_ERRORS_SITE
                },
                async move {
                    {
                        if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                            Result<(), CartError>,
                        >() {
                            return __track_errors_value;
                        }
                        ::track_errors::__private::capture((&store, &self));
                        {
                            #[allow(unreachable_code, clippy::diverging_sub_expression)]
                            ::track_errors::__private::mark_returned(
                                store.save(&mut self).await,
                                3439296072u32,
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
}
