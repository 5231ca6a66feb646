//! A boundary opens a scope: at the call, or as a future.
fn run(job: Job) -> Result<(), JobError> {
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
                    718098122u32,
                    || (),
                )
                .boundary()
                .handled(::track_errors::Level::Warn);
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<(), JobError> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let job = job;
                {
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(job.run(), 718098122u32)
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
async fn handle(request: Request) -> Result<Response, HttpError> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::boundary_future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                        ::core::module_path!(),
                        780127187u32,
                        || (),
                    )
                    .boundary();
                &__TRACK_ERRORS_SITE
            },
            async move {
                {
                    if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                        Result<Response, HttpError>,
                    >() {
                        return __track_errors_value;
                    }
                    ::track_errors::__private::capture((&request,));
                    {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            route(request).await,
                            780127187u32,
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
fn boxed(job: Job) -> Pin<Box<dyn Future<Output = Result<(), JobError>>>> {
    Box::pin(
        ::track_errors::__private::boundary_future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                        ::core::module_path!(),
                        1548528195u32,
                        || (),
                    )
                    .boundary();
                &__TRACK_ERRORS_SITE
            },
            ::track_errors::__private::outputs::<
                Result<(), JobError>,
                _,
            >(async move {
                if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                    Result<(), JobError>,
                >() {
                    return __track_errors_value;
                }
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                ::track_errors::__private::mark_returned(job.run().await, 1548528195u32)
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
