//! A closure cannot ask for its caller: the body is in a labelled block, which `return` and `?` leave.
#[track_caller]
fn parse<T: FromStr, const N: usize>(
    text: &str,
    __track_errors_arg1: (usize, u8),
) -> Result<[T; N], T::Err> {
    let __track_errors_kept = {
        #[allow(unused_variables)]
        let (size, _) = &__track_errors_arg1;
        (
            {
                let __track_errors_words = match &size {
                    __track_errors_value => {
                        ::track_errors::__private::keep_now(
                            ::track_errors::__private::FieldProbe::new(
                                    &__track_errors_value,
                                )
                                .track_errors_field()(__track_errors_value),
                        )
                    }
                };
                __track_errors_words
            },
        )
    };
    let __track_errors_entry = ::track_errors::__private::enter({
        static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
            ::core::module_path!(),
            1111180012u32,
            || (),
        );
        &__TRACK_ERRORS_SITE
    });
    #[allow(
        clippy::result_large_err,
        clippy::type_complexity,
        clippy::implicit_return,
        clippy::mixed_read_write_in_expression
    )]
    #[allow(clippy::diverging_sub_expression)]
    let __track_errors_value: Result<[T; N], T::Err> = '__track_errors_body: {
        {
            #[allow(clippy::shadow_same, clippy::min_ident_chars)]
            let text = text;
            let __track_errors_arg1 = __track_errors_arg1;
            #[allow(unused_variables)]
            let (size, _) = __track_errors_arg1;
            {
                #[allow(unused_imports)]
                use ::track_errors::__private::MarkAny as _;
                let first = match ::track_errors::__private::branch(
                    ::track_errors::__private::Tried(text.parse())
                        .track_errors_mark_at(
                            1111180012u32,
                            {
                                #[allow(clippy::incompatible_msrv)]
                                const __TRACK_ERRORS_HERE: &::core::panic::Location<
                                    'static,
                                > = ::core::panic::Location::caller();
                                __TRACK_ERRORS_HERE
                            },
                        ),
                ) {
                    #[allow(unreachable_code)]
                    ::core::ops::ControlFlow::Continue(__track_errors_value) => {
                        __track_errors_value
                    }
                    #[allow(unreachable_code)]
                    ::core::ops::ControlFlow::Break(__track_errors_residual) => {
                        break '__track_errors_body ::track_errors::__private::from_residual(
                            __track_errors_residual,
                        );
                    }
                };
                if size == 0 {
                    {
                        ::track_errors::__private::mark_here_at(
                            1111180012u32,
                            {
                                #[allow(clippy::incompatible_msrv)]
                                const __TRACK_ERRORS_HERE: &::core::panic::Location<
                                    'static,
                                > = ::core::panic::Location::caller();
                                __TRACK_ERRORS_HERE
                            },
                        );
                        break '__track_errors_body (|| -> Result<[T; N], T::Err> {
                            bail!("empty")
                        })();
                    };
                }
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                ::track_errors::__private::mark_returned_at(
                    rest(first, text),
                    1111180012u32,
                    {
                        #[allow(clippy::incompatible_msrv)]
                        const __TRACK_ERRORS_HERE: &::core::panic::Location<'static> = ::core::panic::Location::caller();
                        __TRACK_ERRORS_HERE
                    },
                )
            }
        }
    };
    #[allow(unreachable_code, clippy::implicit_return)]
    ::track_errors::__private::finish_keyed(
        __track_errors_entry,
        __track_errors_value,
        |__track_errors_error| {
            ::track_errors::__private::view_by_traits_or_by_the_key_describe!(
                __track_errors_error
            )
        },
        |_, _| {},
        |__track_errors_collected| {
            __track_errors_collected.add("size", &__track_errors_kept.0);
        },
    )
}
