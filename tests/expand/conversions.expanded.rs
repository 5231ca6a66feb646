//! A value is marked before it is converted.
fn converted(path: &str) -> anyhow::Result<u32> {
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
                2695868409u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> anyhow::Result<u32> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let path = path;
                {
                    #[allow(unused_imports)]
                    use ::track_errors::__private::MarkAny as _;
                    let text = ::track_errors::__private::Tried(
                            ::track_errors::__private::Tried(read(path))
                                .track_errors_mark_behind(2695868409u32)
                                .context("reading"),
                        )
                        .track_errors_mark(2695868409u32)?;
                    let number = ::track_errors::__private::Tried(
                            ::track_errors::__private::Tried(parse(&text))
                                .track_errors_mark_behind(2695868409u32)
                                .map_err(Into::into),
                        )
                        .track_errors_mark(2695868409u32)?;
                    ::track_errors::__private::Tried(
                            ::track_errors::__private::Tried(check(number))
                                .track_errors_mark_behind(2695868409u32)
                                .map_err(|error| {
                                    anyhow::Error::from(error).context("checking")
                                }),
                        )
                        .track_errors_mark(2695868409u32)?;
                    if number == 0 {
                        return ::track_errors::__private::mark_returned(
                            Err(
                                ::track_errors::__private::mark_value(
                                        Zero(number),
                                        2695868409u32,
                                    )
                                    .into(),
                            ),
                            2695868409u32,
                        );
                    }
                    if number == 1 {
                        {
                            ::track_errors::__private::mark_here(2695868409u32);
                            bail!(
                                ::track_errors::__private::mark_value(One, 2695868409u32)
                            )
                        };
                    }
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(
                        Err(
                            Box::new(
                                ::track_errors::__private::mark_value(
                                    Other { number },
                                    2695868409u32,
                                ),
                            ) as Box<dyn Error>,
                        ),
                        2695868409u32,
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
fn unknown_bail(error: Error) -> Result<u32, Error> {
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
                1839924310u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, Error> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let error = error;
                {
                    if error.is_old() {
                        {
                            ::track_errors::__private::mark_reference(
                                &error,
                                1839924310u32,
                            );
                            ::track_errors::__private::mark_here(1839924310u32);
                            bail!(error)
                        };
                    }
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    {
                        ::track_errors::__private::mark_here(1839924310u32);
                        anyhow::bail!("{error}")
                    }
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
