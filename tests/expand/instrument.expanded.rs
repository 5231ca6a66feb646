//! What `#[tracing::instrument]` makes of an async body before this attribute is expanded.
async fn load(id: u64) -> Result<String, StoreError> {
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
                    ::track_errors::__private::capture((&id,));
                    {
                        #[allow(unused_imports)]
                        use ::track_errors::__private::MarkAny as _;
                        let __tracing_attr_span = span();
                        let __tracing_instrument_future = async move {
                            let text = ::track_errors::__private::Tried(read(id).await)
                                .track_errors_mark(3859241449u32)?;
                            #[allow(unreachable_code, clippy::diverging_sub_expression)]
                            ::track_errors::__private::mark_returned(
                                parse(text),
                                3859241449u32,
                            )
                        };
                        Instrument::instrument(
                                __tracing_instrument_future,
                                __tracing_attr_span,
                            )
                            .await
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
