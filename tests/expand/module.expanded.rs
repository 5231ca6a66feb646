//! The attribute on a module: on what stands in it, blocks and modules as well.
pub mod shop {
    use super::*;
    pub fn open() -> Result<Shop, ShopError> {
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
                        3546203337u32,
                        || (),
                    )
                    .kind("Shop");
                &__TRACK_ERRORS_SITE
            }),
            ::track_errors::__private::call(move || -> Result<Shop, ShopError> {
                {
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            Shop::open(),
                            3546203337u32,
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
    #[track_caller]
    fn knows_its_caller(text: &str) -> Result<u32, ShopError> {
        let __track_errors_entry = ::track_errors::__private::enter({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    1473338760u32,
                    || (),
                )
                .kind("Shop");
            &__TRACK_ERRORS_SITE
        });
        #[allow(
            clippy::result_large_err,
            clippy::type_complexity,
            clippy::implicit_return,
            clippy::mixed_read_write_in_expression
        )]
        #[allow(clippy::diverging_sub_expression)]
        let __track_errors_value: Result<u32, ShopError> = '__track_errors_body: {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let text = text;
                {
                    #[allow(unused_imports)]
                    use ::track_errors::__private::MarkAny as _;
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned_at(
                        ::track_errors::__private::Tried(text.parse())
                            .track_errors_mark_behind(1473338760u32)
                            .map_err(Into::into),
                        1473338760u32,
                        {
                            #[allow(clippy::incompatible_msrv)]
                            const __TRACK_ERRORS_HERE: &::core::panic::Location<
                                'static,
                            > = ::core::panic::Location::caller();
                            __TRACK_ERRORS_HERE
                        },
                    )
                }
            }
        };
        #[allow(unreachable_code, clippy::implicit_return)]
        ::track_errors::__private::finish(
            __track_errors_entry,
            __track_errors_value,
            |__track_errors_error| {
                ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                    __track_errors_error
                )
            },
        )
    }
    impl Shop {
        fn close(self) -> ParseResult {
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
                        )
                        .kind("Shop");
                    &__TRACK_ERRORS_SITE
                }),
                ::track_errors::__private::call(move || -> ParseResult {
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
    }
    mod inner {
        async fn step() -> Poll<Result<(), ShopError>> {
            #[allow(clippy::implicit_return)]
            ::track_errors::__private::future(
                    || {
                        static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                                ::core::module_path!(),
                                3343129103u32,
                                || (),
                            )
                            .kind("Shop");
                        &__TRACK_ERRORS_SITE
                    },
                    async move {
                        {
                            if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                                Poll<Result<(), ShopError>>,
                            >() {
                                return __track_errors_value;
                            }
                            {
                                Poll::Ready(Ok(()))
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
}
