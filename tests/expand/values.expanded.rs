//! `Option<Result<…>>`, `Poll<…>`, aliases, and types that cannot be a result.
fn next(&mut self) -> Option<Result<Row, Error>> {
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
                1555467752u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Option<Result<Row, Error>> {
            {
                {
                    Some(
                        ::track_errors::__private::mark_returned(
                            self.read(),
                            1555467752u32,
                        ),
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
fn poll_next(
    self: Pin<&mut Self>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Row, Error>>> {
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
                1810502472u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Poll<Option<Result<Row, Error>>> {
            {
                ::track_errors::__private::capture(&self);
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let cx = cx;
                {
                    Poll::Ready(
                        Some(
                            ::track_errors::__private::mark_returned(
                                self.project().row(cx),
                                1810502472u32,
                            ),
                        ),
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
fn alias(row: Row) -> Checked {
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
                2099675479u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> Checked {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let row = row;
                {
                    if row.is_empty() {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            Err(Empty),
                            2099675479u32,
                        )
                    } else {
                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                        ::track_errors::__private::mark_returned(
                            check(row),
                            2099675479u32,
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
fn number(row: Row) -> u32 {
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
                467038368u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        ::track_errors::__private::call(move || -> u32 {
            {
                #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                let row = row;
                {
                    count(row)
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
