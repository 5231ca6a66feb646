//! What `#[tokio::main]` makes of a function before this attribute is expanded.
fn main() -> Result<(), Error> {
    let body = ::track_errors::__private::future(
        || {
            static __TRACK_ERRORS_SITE: ::track_errors::__private::Site = ::track_errors::__private::Site::new(
                ::core::module_path!(),
                3935363592u32,
                || (),
            );
            &__TRACK_ERRORS_SITE
        },
        async {
            if let ::core::option::Option::Some(__track_errors_value) = ::track_errors::__private::no_value::<
                Result<(), Error>,
            >() {
                return __track_errors_value;
            }
            ::track_errors::__private::Tried(serve().await)
                .track_errors_mark(3935363592u32)?;
            Ok(())
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
    );
    #[allow(unused_imports)]
    use ::track_errors::__private::MarkAny as _;
    #[allow(clippy::expect_used, clippy::diverging_sub_expression)]
    {
        return tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("Failed building the Runtime")
            .block_on(body);
    }
}
