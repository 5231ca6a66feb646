//! A function with more than sixteen `?`: each is a `match`, which moves the `Result` no further.
fn many(path: &str) -> Result<u32, Error> {
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
                3784806306u32,
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
                    let sum = match ::track_errors::__private::branch(number(1)) {
                        #[allow(unreachable_code)]
                        ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                            __track_errors_value
                        }
                        #[allow(unreachable_code)]
                        ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                            return ::track_errors::__private::mark_residual(
                                __track_errors_residual,
                                3784806306u32,
                            );
                        }
                    }
                        + match ::track_errors::__private::branch({
                            number(2)
                        }) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(
                            number(
                                match ::track_errors::__private::branch(number(3)) {
                                    #[allow(unreachable_code)]
                                    ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                        __track_errors_value
                                    }
                                    #[allow(unreachable_code)]
                                    ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                        return ::track_errors::__private::mark_residual(
                                            __track_errors_residual,
                                            3784806306u32,
                                        );
                                    }
                                },
                            ),
                        ) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(4)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                            .pow(2);
                    let sum = sum
                        + match ::track_errors::__private::branch(number(5)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(6)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(7)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(8)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(9)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(10)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        };
                    let sum = sum
                        + match ::track_errors::__private::branch(number(11)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(12)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(13)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(14)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        }
                        + match ::track_errors::__private::branch(number(15)) {
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                                __track_errors_value
                            }
                            #[allow(unreachable_code)]
                            ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                                return ::track_errors::__private::mark_residual(
                                    __track_errors_residual,
                                    3784806306u32,
                                );
                            }
                        };
                    println!(
                        "{}", match ::track_errors::__private::branch(number(16)) {
                        #[allow(unreachable_code)]
                        ::core::ops::ControlFlow::Continue(__track_errors_value) =>
                        __track_errors_value, #[allow(unreachable_code)]
                        ::core::ops::ControlFlow::Break(__track_errors_residual) =>
                        return
                        ::track_errors::__private::mark_residual(__track_errors_residual,
                        3784806306u32), }
                    );
                    let later = || number(17)?;
                    #[allow(clippy::unnecessary_semicolon)]
                    match ::track_errors::__private::branch(
                        ::track_errors::__private::Tried(call(path))
                            .track_errors_mark_behind(3784806306u32)
                            .context("no path"),
                    ) {
                        #[allow(unreachable_code)]
                        ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                            __track_errors_value
                        }
                        #[allow(unreachable_code)]
                        ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                            return ::track_errors::__private::mark_residual(
                                __track_errors_residual,
                                3784806306u32,
                            );
                        }
                    };
                    Ok(
                        ::track_errors::__private::Tried(number(sum))
                            .track_errors_mark_at(
                                3784806306u32,
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
