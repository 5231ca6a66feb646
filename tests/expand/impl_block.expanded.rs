//! The attribute on an `impl` block: on each method that returns a `Result`.
impl Cart {
    const LIMIT: u32 = 7;
    pub fn total(&self) -> Result<u32, CartError> {
        #[allow(
            clippy::result_large_err,
            clippy::type_complexity,
            clippy::implicit_return,
            clippy::mixed_read_write_in_expression
        )]
        ::track_errors::__private::finish(
            ::track_errors::__private::enter_boundary({
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                        ::core::module_path!(),
                        80777981u32,
                        || (),
                    )
                    .service("shop")
                    .boundary()
                    .handled(::track_errors::Level::Error);
                &__TRACK_ERRORS_SITE
            }),
            ::track_errors::__private::call(move || -> Result<u32, CartError> {
                {
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(self.sum(), 80777981u32)
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
    fn own_keys(&self) -> Result<u32, CartError> {
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
                        3972413540u32,
                        || (),
                    )
                    .service("shop")
                    .level(::track_errors::Level::Warn)
                    .report(::track_errors::ReportPolicy::Origin);
                &__TRACK_ERRORS_SITE
            }),
            ::track_errors::__private::call(move || -> Result<u32, CartError> {
                {
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            self.sum(),
                            3972413540u32,
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
    fn skipped(&self) -> Result<u32, CartError> {
        self.sum()
    }
    ::core::compile_error! {
        "unknown key `levl` (did you mean `level`?), expected one of: `service`, `level`, `when`, `kind`, `fingerprint`, `fields`, `report`, `handled`, `rate_limit`, `backtrace`, `describe`, `crate`"
    }
    fn refused(&self) -> Result<u32, CartError> {
        self.sum()
    }
    fn len(&self) -> usize {
        self.rows.len()
    }
    const fn constant() -> Result<u32, CartError> {
        Ok(1)
    }
    #[track_caller]
    fn knows_its_caller(&self) -> Result<u32, CartError> {
        let __track_errors_entry = ::track_errors::__private::enter_boundary({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    1473338760u32,
                    || (),
                )
                .service("shop")
                .boundary()
                .handled(::track_errors::Level::Error);
            &__TRACK_ERRORS_SITE
        });
        #[allow(
            clippy::result_large_err,
            clippy::type_complexity,
            clippy::implicit_return,
            clippy::mixed_read_write_in_expression
        )]
        #[allow(clippy::diverging_sub_expression)]
        let __track_errors_value: Result<u32, CartError> = '__track_errors_body: {
            {
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned_at(
                        self.sum(),
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
}
