//! A closure cannot ask for its caller: such a function becomes a function around a function.
#[track_caller]
fn parse<T: FromStr, const N: usize>(
    text: &str,
    __track_errors_arg1: (usize, u8),
) -> Result<[T; N], T::Err> {
    #[track_caller]
    #[allow(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        clippy::type_complexity,
        clippy::result_large_err
    )]
    fn __track_errors_body<T: FromStr, const N: usize>(
        text: &str,
        #[allow(unused_variables)]
        (size, _): (usize, u8),
    ) -> Result<[T; N], T::Err> {
        #[allow(unused_imports)]
        use ::track_errors::__private::MarkAny as _;
        let first = ::track_errors::__private::Tried(text.parse())
            .track_errors_mark_at(
                1111180012u32,
                {
                    #[allow(clippy::incompatible_msrv)]
                    const __TRACK_ERRORS_HERE: &::core::panic::Location<'static> = ::core::panic::Location::caller();
                    __TRACK_ERRORS_HERE
                },
            )?;
        if size == 0 {
            {
                ::track_errors::__private::mark_here_at(
                    1111180012u32,
                    {
                        #[allow(clippy::incompatible_msrv)]
                        const __TRACK_ERRORS_HERE: &::core::panic::Location<'static> = ::core::panic::Location::caller();
                        __TRACK_ERRORS_HERE
                    },
                );
                bail!("empty")
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
    ::track_errors::__private::finish_keyed(
        ::track_errors::__private::enter({
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                1111180012u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        }),
        __track_errors_body::<T, N>(text, __track_errors_arg1),
        |__track_errors_error| {
            ::track_errors::__private::Probe::new(__track_errors_error)
                .track_errors_view()
        },
        |_, _| {},
        |__track_errors_collected| {
            __track_errors_collected.add("size", &__track_errors_kept.0);
        },
    )
}
