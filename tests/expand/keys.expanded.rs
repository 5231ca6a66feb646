//! Keys that are constants stand in the site; those that depend on the error become a closure.
fn constants() -> Result<(), PayError> {
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
                    2914248034u32,
                    || (),
                )
                .service("checkout")
                .level(::track_errors::Level::Critical)
                .kind("PaymentDeclined")
                .fingerprint("payment")
                .report(::track_errors::ReportPolicy::Every)
                .rate_limit(::track_errors::RateLimit::per_second(50u32))
                .backtrace(::track_errors::BacktraceMode::Trail);
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<(), PayError> {
            {
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(pay(), 2914248034u32)
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
fn paths() -> Result<(), PayError> {
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        clippy::implicit_return,
        clippy::mixed_read_write_in_expression
    )]
    renamed::__private::finish(
        renamed::__private::enter({
            static __TRACK_ERRORS_SITE: renamed::__private::Site = renamed::__private::Site::new(
                    ::core::module_path!(),
                    3858670495u32,
                    || (),
                )
                .service(crate::SERVICE)
                .level(Level::Warn)
                .rate_limit(renamed::RateLimit::Off);
            &__TRACK_ERRORS_SITE
        }),
        renamed::__private::call(move || -> Result<(), PayError> {
            {
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    renamed::__private::mark_returned(pay(), 3858670495u32)
                }
            }
        }),
        |__track_errors_error| {
            renamed::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
    )
}
fn per_error(order: u32) -> Result<(), PayError> {
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
                962912581u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<(), PayError> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let order = order;
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(pay(order), 962912581u32)
                }
            }
        }),
        |__track_errors_error| {
            ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
        |__track_errors_error, __track_errors_classification| {
            __track_errors_classification
                .when(__track_errors_error, |error| !error.is_timeout());
            __track_errors_classification
                .level(__track_errors_error, |error| error.level());
            __track_errors_classification.kind(__track_errors_error, PayError::kind);
            __track_errors_classification
                .fingerprint(__track_errors_error, |error| error.code());
        },
        |_| {},
    )
}
async fn per_error_async(order: u32) -> Result<(), PayError> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    203045330u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<(), PayError>,
                    >() {
                        return __track_errors_value;
                    }
                    ::track_errors::__private::capture((&order,));
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            pay(order).await,
                            203045330u32,
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
                |__track_errors_error, __track_errors_classification| {
                    __track_errors_classification
                        .when(__track_errors_error, PayError::is_worth_a_log);
                },
                |_| {},
            ),
        )
        .await
}
