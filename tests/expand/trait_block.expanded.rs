//! The attribute on a trait: on each default body.
trait Store {
    fn load(&self, id: u64) -> io::Result<String>;
    fn check(&self, id: u64) -> io::Result<()> {
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
                    3010534471u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            }),
            ::track_errors::__private::call(move || -> io::Result<()> {
                {
                    #[allow(clippy::shadow_same, clippy::min_ident_chars)]
                    let id = id;
                    {
                        #[allow(unused_imports)]
                        use ::track_errors::__private::MarkAny as _;
                        ::track_errors::__private::Tried(self.load(id))
                            .track_errors_mark(3010534471u32)?;
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
    fn load_later(&self) -> impl Future<Output = io::Result<String>> {
        #[allow(clippy::implicit_return)]
        ::track_errors::__private::future(
            || {
                static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                    ::core::module_path!(),
                    1025592212u32,
                    || (),
                );
                &__TRACK_ERRORS_SITE
            },
            ::track_errors::__private::outputs::<
                io::Result<String>,
                _,
            >(
                ::track_errors::__private::call(move || {
                    {
                        {
                            async {
                                if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                                    io::Result<String>,
                                >() {
                                    return __track_errors_value;
                                }
                                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                                ::track_errors::__private::mark_returned(
                                    self.load(1),
                                    1025592212u32,
                                )
                            }
                        }
                    }
                }),
            ),
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
    }
}
