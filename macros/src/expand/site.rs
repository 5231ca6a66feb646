//! The facts of a call site, in one `static`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::syntax::tokens::respan;
use crate::valid::keys::{Key, Keys, Level};

/// `{ static SITE: Site = …; &SITE }`, in a scope of its own.
pub(super) fn site(keys: &Keys, function: &Ident, id: &TokenStream) -> TokenStream {
    let runtime = keys.runtime();
    // `Site::new` takes its caller's place, and that is where the whole call begins: with the span of
    // the function's name it is the function.
    let span = function.span();
    let new = respan(&quote!(#runtime::__private::Site::new), span);
    let new = quote_spanned!(span=> #new(::core::module_path!(), #id, || ()));
    let service = keys.service.as_ref().map(|service| quote!(.service(#service)));
    let level = keys.level.as_ref().and_then(Key::constant).map(|level| match level {
        Level::Variant(name) => quote!(.level(#runtime::Level::#name)),
        Level::Path(path) => quote!(.level(#path)),
    });
    let kind = keys.kind.as_ref().and_then(Key::constant).map(|kind| quote!(.kind(#kind)));
    let fingerprint = keys.fingerprint.as_ref().and_then(Key::constant);
    let fingerprint = fingerprint.map(|fingerprint| quote!(.fingerprint(#fingerprint)));
    let report = keys.report.as_ref().map(|report| match keys.is_boundary() {
        true => quote!(.boundary()),
        false => quote!(.report(#runtime::ReportPolicy::#report)),
    });
    let handled = keys.handled.as_ref().map(|(_, level)| quote!(.handled(#runtime::Level::#level)));
    let rate_limit = keys.rate_limit.map(|errors| match errors {
        0 => quote!(.rate_limit(#runtime::RateLimit::Off)),
        _ => quote!(.rate_limit(#runtime::RateLimit::per_second(#errors))),
    });
    let backtrace =
        keys.backtrace.as_ref().map(|mode| quote!(.backtrace(#runtime::BacktraceMode::#mode)));
    quote! {
        {
            static __TRACK_ERRORS_SITE: #runtime::__private::Site = #new
                #service #level #kind #fingerprint #report #handled #rate_limit #backtrace;
            &__TRACK_ERRORS_SITE
        }
    }
}

/// A number that differs from those of the program's other functions: FNV-1a of the place and the name.
pub(super) fn function_id(name: &Ident) -> TokenStream {
    // Outside of a compiler, in a unit test, there is no place.
    let place = if proc_macro::is_available() {
        let span = name.span().unwrap();
        format!("{}:{}:{}:{name}", span.file(), span.line(), span.column())
    } else {
        name.to_string()
    };
    let hash = place
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut literal = Literal::u32_suffixed(hash);
    literal.set_span(Span::mixed_site());
    literal.into_token_stream()
}
