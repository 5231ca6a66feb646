//! A function: parameters are bound again inside the closure, so that they are dropped as before.
fn plain(path: &str) -> Result<u32, ParseIntError> {
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
                3552460647u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<u32, ParseIntError> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let path = path;
                {
                    #[allow(unused_imports)]
                    use ::track_errors::__private::MarkAny as _;
                    let text = ::track_errors::__private::Tried(read(path))
                        .track_errors_mark(3552460647u32)?;
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(text.parse(), 3552460647u32)
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
pub(crate) fn parameters(
    count: u32,
    __track_errors_arg1: (String, String),
    __track_errors_arg2: Guard,
    #[allow(unused)]
    _ignored: u8,
) -> Result<String, fmt::Error> {
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
                1218784985u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<String, fmt::Error> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let mut count = count;
                let __track_errors_arg1 = __track_errors_arg1;
                let (left, _) = __track_errors_arg1;
                let __track_errors_arg2 = __track_errors_arg2;
                #[allow(unused)]
                #[allow(
                    clippy::used_underscore_binding,
                    clippy::no_effect_underscore_binding
                )]
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let _ignored = _ignored;
                {
                    count += 1;
                    #[allow(unreachable_code, clippy::diverging_sub_expression)]
                    ::track_errors::__private::mark_returned(
                        format(count, left),
                        1218784985u32,
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
fn generic<T: Display, const N: usize>(values: [T; N]) -> Result<String, T>
where
    T: Clone,
{
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
                1372385274u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<String, T> {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let values = values;
                {
                    for value in values {
                        return ::track_errors::__private::mark_returned(
                            Err(value),
                            1372385274u32,
                        );
                    }
                    Ok(String::new())
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
fn impl_trait_in_the_result() -> Result<impl Display, fmt::Error> {
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
                297581814u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Result<_, fmt::Error> {
            {
                {
                    Ok(1)
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
fn inner_attributes() -> io::Result<()> {
    #![allow(unused)]
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
                2346061377u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> io::Result<()> {
            {
                {
                    Ok(())
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
