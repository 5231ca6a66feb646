//! Marks at `?` and at what the function returns.
fn question_marks(path: &str) -> Result<u32, Error> {
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
                3685152740u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, Error> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let path = path;
                {
                    #[allow(unused_imports)]
                    use ::track_errors::__private::MarkAny as _;
                    let text = ::track_errors::__private::Tried(read(path))
                        .track_errors_mark(3685152740u32)?;
                    let first = ::track_errors::__private::Tried(
                            { text.lines().next() }.ok_or(Error::Empty),
                        )
                        .track_errors_mark(3685152740u32)?;
                    println!(
                        "{}", ::track_errors::__private::Tried(check(first))
                        .track_errors_mark(3685152740u32) ?
                    );
                    assert!(check(first) ? == 3);
                    let later = || check(first)?;
                    Ok(
                        ::track_errors::__private::Tried(
                                later(
                                    ::track_errors::__private::Tried(first.parse())
                                        .track_errors_mark_at(
                                            3685152740u32,
                                            ::core::panic::Location::caller(),
                                        )?,
                                ),
                            )
                            .track_errors_mark_at(
                                3685152740u32,
                                ::core::panic::Location::caller(),
                            )?,
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
fn returns(kind: Kind) -> Result<u32, Error> {
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
                2718029348u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, Error> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let kind = kind;
                {
                    if kind.is_new() {
                        return ::track_errors::__private::mark_returned(
                            create(kind),
                            2718029348u32,
                        );
                    }
                    match kind {
                        Kind::A => {
                            #[allow(unreachable_code, clippy::diverging_sub_expression)]
                            ::track_errors::__private::mark_returned(
                                first(),
                                2718029348u32,
                            )
                        }
                        Kind::B => {
                            return ::track_errors::__private::mark_returned(
                                Err(Error::Known),
                                2718029348u32,
                            );
                        }
                        Kind::C => unreachable!(),
                        _ => {
                            let value = (::track_errors::__private::mark_returned_at(
                                second(),
                                2718029348u32,
                                ::core::panic::Location::caller(),
                            ));
                            value
                        }
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
fn many_arms(kind: u8) -> Result<u32, Error> {
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
                2530954700u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, Error> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let kind = kind;
                {
                    {
                        #[allow(unused_assignments)]
                        let mut __track_errors_place = ::core::panic::Location::caller();
                        ::track_errors::__private::mark_returned_at(
                            match kind {
                                0 => {
                                    #[allow(unused_assignments)]
                                    {
                                        __track_errors_place = ::core::panic::Location::caller();
                                    }
                                    zero()
                                }
                                1 => {
                                    #[allow(unused_assignments)]
                                    {
                                        __track_errors_place = ::core::panic::Location::caller();
                                    }
                                    one()
                                }
                                2 => {
                                    unsafe {
                                        {
                                            {
                                                #[allow(unused_assignments)]
                                                {
                                                    __track_errors_place = ::core::panic::Location::caller();
                                                }
                                                two()
                                            }
                                        }
                                    }
                                }
                                3 => {
                                    #[allow(unused_assignments)]
                                    {
                                        __track_errors_place = ::core::panic::Location::caller();
                                    }
                                    three.call()
                                }
                                4 => {
                                    #[allow(unused_assignments)]
                                    {
                                        __track_errors_place = ::core::panic::Location::caller();
                                    }
                                    Err(Error::Four)
                                }
                                _ => Ok(5),
                            },
                            2530954700u32,
                            __track_errors_place,
                        )
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
fn never_ends() -> Result<u32, Error> {
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
                2695602100u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, Error> {
            {
                {
                    #[allow(unused_imports)]
                    use ::track_errors::__private::MarkAny as _;
                    loop {
                        ::track_errors::__private::Tried(step())
                            .track_errors_mark(2695602100u32)?;
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
async fn macros(mut jobs: Jobs) -> Result<(), Error> {
    #[allow(clippy::implicit_return)]
    ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    2748840416u32,
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
                    ::track_errors::__private::capture((&jobs,));
                    {
                        #[allow(unused_imports)]
                        use ::track_errors::__private::MarkAny as _;
                        select! {
                            biased; job = jobs.next(), if
                            ::track_errors::__private::Tried(jobs.is_open())
                            .track_errors_mark(2748840416u32) ? =>
                            ::track_errors::__private::Tried(run(job))
                            .track_errors_mark(2748840416u32) ?, else => return
                            ::track_errors::__private::mark_returned(Err(Error::Closed),
                            2748840416u32),
                        }
                        let (a, b) = join!(
                            jobs.first(), async { jobs.second(). await ? }
                        );
                        matches!(
                            ::track_errors::__private::Tried(a)
                            .track_errors_mark(2748840416u32) ?, Job::Done if b ?
                        );
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
