//! The wrapper around a function's body.
//!
//! In: the keys and the function, taken apart. Out: the same function, whose body is handed to
//! the runtime. Everything the expansion names is an absolute path into `__private`; everything
//! it declares has the hygiene of `mixed_site` or stands in a scope of its own, so the body
//! cannot reach it.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FnArg, GenericParam, Pat, ReceiverKind, ReturnType, Signature, Stmt, Token, Type};

use crate::args::{Args, LevelValue, Said};
use crate::fields::{self, Kept};
use crate::item::{self, Function, Param, Shape, positional};
use crate::question_mark;

/// Expands the attribute on one function.
pub(crate) fn function(args: &Args, mut function: Function) -> TokenStream {
    let runtime = args.runtime();
    let shape = function.shape();
    let key = key(&function.sig);
    let has_caller = item::asks_for_caller(&function.attrs).is_some();

    if let Some(stmts) = &mut function.body.stmts {
        question_mark::insert(stmts, &function.sig, shape, has_caller, &runtime, &key);
        hint_output(stmts, &function.sig, shape, &runtime);
    }
    let site = site(args, &function.sig, &runtime, &key);
    let wrapper = Wrapper { args, runtime, site, original: function.sig.clone() };
    let body = match shape {
        Shape::Sync if has_caller => wrapper.caller_body(&mut function),
        Shape::Sync => wrapper.sync_body(&mut function),
        Shape::Async => wrapper.async_body(&mut function),
        Shape::Future => wrapper.future_body(&mut function),
        Shape::BoxPin => wrapper.box_pin_body(&mut function),
        Shape::BlockOn => wrapper.block_on_body(&mut function),
    };

    let Function { attrs, vis, default, sig, body: source } = function;
    let inner_attrs = &source.inner_attrs;
    // The user's own braces: coverage and "missing return" errors point at them.
    let block = source.with_braces(quote!(#(#inner_attrs)* #body));
    quote!(#(#attrs)* #vis #default #sig #block)
}

/// What the wrapper of one function is made of.
struct Wrapper<'a> {
    args: &'a Args,
    runtime: TokenStream,
    site: TokenStream,
    /// The signature as it was written.
    original: Signature,
}

/// What the keys add to the wrapper: nothing, if none of them is asked when an error leaves.
#[derive(Default)]
struct Keys {
    /// `let kept = (…);`
    keep: TokenStream,
    /// `|error, classification| …, |fields| …`
    ask: Option<TokenStream>,
}

impl Wrapper<'_> {
    // Input:
    //     fn f(&self, mut a: A, (b, _): (B, C), _: D) -> R {
    //         body
    //     }
    //
    // Output:
    //     fn f(&self, a: A, __arg2: (B, C), __arg3: D) -> R {
    //         finish(
    //             enter(SITE),
    //             call(move || -> R {
    //                 let mut a = a;
    //                 let __arg2 = __arg2;
    //                 let (b, _) = __arg2;
    //                 let __arg3 = __arg3;
    //                 { body }
    //             }),
    //             |error| Probe::new(error).track_errors_view(),
    //         )
    //     }
    //
    // The parameters are bound again inside, so that they are dropped in the order in which a
    // function drops them. Temporaries of the body's last expression are dropped before them, as in a
    // function: that is the rule of the edition 2024, and the outer braces are of this crate.
    fn sync_body(&self, function: &mut Function) -> TokenStream {
        let Wrapper { runtime, site, .. } = self;
        let bindings = self.rebind(&mut function.sig);
        let keys = self.keys(&function.sig, false);
        let whole_self = capture_self(&function.sig, runtime);
        let returned = return_type(&function.sig);
        let source = function.body.block();
        let whole = function.body.around(&quote!(#whole_self #(#bindings)* #source));
        let value = at_return_type(
            &function.sig,
            quote!(#runtime::__private::call(move || -> #returned #whole)),
        );
        let enter = self.enter();
        let entry = quote!(#runtime::__private::#enter(#site));
        let finish = finish(&function.sig, runtime, "finish", &entry, &value, &keys);
        let keep = keys.keep;
        // What is to be said of the return type is said of the function, and not of our closure.
        quote!(#keep #[allow(clippy::result_large_err, clippy::type_complexity)] #finish)
    }

    // Input:
    //     #[track_caller]
    //     fn f<T>(a: A, (b, _): (B, C)) -> R {
    //         body
    //     }
    //
    // Output:
    //     #[track_caller]
    //     fn f<T>(a: A, __arg1: (B, C)) -> R {
    //         #[track_caller]
    //         fn body<T>(a: A, (b, _): (B, C)) -> R {
    //             body
    //         }
    //         finish(enter(SITE), body::<T>(a, __arg1), |error| …)
    //     }
    //
    // A closure cannot ask for its caller; a function can, and what it calls sees the caller of `f`.
    fn caller_body(&self, function: &mut Function) -> TokenStream {
        let Wrapper { runtime, site, original, .. } = self;
        let name = own_name("body");
        let mut sig = Signature { ident: name.clone(), ..original.clone() };
        for arg in &mut sig.inputs {
            if let FnArg::Typed(typed) = arg
                && self.is_in_fields(&typed.pat)
            {
                typed.attrs.push(syn::parse_quote!(#[allow(unused_variables)]));
            }
        }
        let _: Vec<TokenStream> = self.rebind(&mut function.sig);
        let keys = self.keys(&function.sig, false);
        let source = function.body.block();
        let generics = original.generics.params.iter().filter_map(|param| match param {
            GenericParam::Type(param) => Some(&param.ident),
            GenericParam::Const(param) => Some(&param.ident),
            GenericParam::Lifetime(_) => None,
        });
        let arguments = function.sig.inputs.iter().filter_map(|arg| match Param::of(arg) {
            Param::Plain(pat) => Some(&pat.ident),
            _ => None,
        });
        let value = at_return_type(&function.sig, quote!(#name::<#(#generics),*>(#(#arguments),*)));
        let enter = self.enter();
        let entry = quote!(#runtime::__private::#enter(#site));
        let finish = finish(&function.sig, runtime, "finish", &entry, &value, &keys);
        let keep = keys.keep;
        let asks = item::asks_for_caller(&function.attrs);
        // What is to be said of the signature is said of the function, and not of ours once more.
        quote! {
            #asks
            #[allow(
                clippy::too_many_arguments, clippy::fn_params_excessive_bools,
                clippy::type_complexity, clippy::result_large_err
            )]
            #sig #source
            #keep
            #finish
        }
    }

    // Input:
    //     async fn f(&self, a: A) -> R {
    //         body
    //     }
    //
    // Output:
    //     async fn f(&self, a: A) -> R {
    //         future(
    //             || SITE,
    //             async move {
    //                 capture((&a, &self));
    //                 if let Some(value) = no_value::<R>() {
    //                     return value;
    //                 }
    //                 body
    //             },
    //             |value, call| finish_poll(call, value, |error| …),
    //         ).await
    //     }
    //
    // An async block drops what it captured in the order in which it first mentions it: hence the
    // list, last parameter first. Binding them again instead would keep each of them twice in the
    // future; that is done only where a list cannot say it (patterns that leave a part of the
    // parameter where it is, and parameters that the body does not use, which the compiler should
    // still warn about).
    // `no_value` is never a value; it tells the compiler the type that the block returns.
    fn async_body(&self, function: &mut Function) -> TokenStream {
        let Wrapper { runtime, site, .. } = self;
        let returned = return_type(&function.sig);
        let listed = self.list_captures(function);
        let source = function.body.block();
        let block = match listed {
            Some(captures) => quote! { #captures #source },
            None => {
                let whole_self = capture_self(&function.sig, runtime);
                let bindings = self.rebind(&mut function.sig);
                quote! {
                    #whole_self
                    #(#bindings)*
                    #source
                }
            }
        };
        let keys = self.keys(&function.sig, false);
        let leave = leave(&function.sig, runtime, &keys);
        let hint = output_hint(&returned, runtime);
        let whole = function.body.around(&quote!(#hint #block));
        let body = at_return_type(&function.sig, quote!(async move #whole));
        let keep = keys.keep;
        let future = self.future();
        quote! {
            #keep
            #runtime::__private::#future(|| #site, #body, #leave).await
        }
    }

    // Input:
    //     fn f(a: A) -> impl Future<Output = R> {
    //         body
    //     }
    //
    // Output:
    //     fn f(a: A) -> impl Future<Output = R> {
    //         future(
    //             || SITE,
    //             call(move || { let a = a; { body } }),
    //             |value, call| finish_poll(call, value, |error| …),
    //         )
    //     }
    fn future_body(&self, function: &mut Function) -> TokenStream {
        let Wrapper { runtime, site, .. } = self;
        let bindings = self.rebind(&mut function.sig);
        let keys = self.keys(&function.sig, !item::returns_borrow(&function.sig));
        let whole_self = capture_self(&function.sig, runtime);
        let source = function.body.block();
        let whole = function.body.around(&quote!(#whole_self #(#bindings)* #source));
        let leave = leave(&function.sig, runtime, &keys);
        let value =
            at_return_type(&function.sig, quote!(#runtime::__private::call(move || #whole)));
        let value = with_output(&function.sig, runtime, value);
        let keep = keys.keep;
        let future = self.future();
        quote! {
            #keep
            #runtime::__private::#future(|| #site, #value, #leave)
        }
    }

    // Input:
    //     fn f(a: A) -> Pin<Box<dyn Future<Output = R> + 'a>> {
    //         statements
    //         Box::pin(future)
    //     }
    //
    // Output:
    //     fn f(a: A) -> Pin<Box<dyn Future<Output = R> + 'a>> {
    //         statements
    //         Box::pin(future(|| SITE, future, |value, call| finish_poll(call, value, |error| …)))
    //     }
    //
    // This is what `async_trait` makes of an async method: the box is there already, so the tracked
    // future goes into it and costs no second one.
    fn box_pin_body(&self, function: &mut Function) -> TokenStream {
        let Wrapper { runtime, site, .. } = self;
        let keys = self.keys(&function.sig, !item::returns_borrow(&function.sig));
        let leave = leave(&function.sig, runtime, &keys);
        if let Some(Stmt::Expr(Expr::Call(call), None)) =
            function.body.stmts.as_mut().and_then(|stmts| stmts.last_mut())
        {
            let inner = with_output(&function.sig, runtime, call.args[0].to_token_stream());
            let future = self.future();
            call.args[0] =
                Expr::Verbatim(quote!(#runtime::__private::#future(|| #site, #inner, #leave)));
        }
        let (keep, source) = (keys.keep, function.body.source());
        quote!(#keep #source)
    }

    // Input:
    //     fn main() -> R {
    //         let body = async { … };
    //         … block_on(body)
    //     }
    //
    // Output:
    //     fn main() -> R {
    //         let body = future(|| SITE, async { … }, |value, call| finish_poll(call, value, |error| …));
    //         … block_on(body)
    //     }
    fn block_on_body(&self, function: &mut Function) -> TokenStream {
        let Wrapper { runtime, site, .. } = self;
        let keys = self.keys(&function.sig, true);
        let leave = leave(&function.sig, runtime, &keys);
        let first = function.body.stmts.as_mut().and_then(|stmts| stmts.first_mut());
        if let Some(Stmt::Local(syn::Local { init: Some(init), .. })) = first {
            let inner = &init.expr;
            let future = self.future();
            *init.expr =
                Expr::Verbatim(quote!(#runtime::__private::#future(|| #site, #inner, #leave)));
        }
        let (keep, source) = (keys.keep, function.body.source());
        quote!(#keep #source)
    }

    /// How the call begins: a boundary opens a scope.
    fn enter(&self) -> Ident {
        let name = if self.args.is_boundary() { "enter_boundary" } else { "enter" };
        Ident::new(name, Span::mixed_site())
    }

    /// What the future is made by: that of a boundary opens a scope.
    fn future(&self) -> Ident {
        let name = if self.args.is_boundary() { "boundary_future" } else { "future" };
        Ident::new(name, Span::mixed_site())
    }

    /// What the keys add; `outlives` says that what they keep must not borrow from a parameter.
    fn keys(&self, renamed: &Signature, outlives: bool) -> Keys {
        if !self.args.is_keyed() {
            return Keys::default();
        }
        let fields = self.args.fields.as_deref().unwrap_or_default();
        let Kept { keep, collect } =
            fields::keep(fields, &self.original, renamed, outlives, &self.runtime);
        let [error, classification] = ["error", "classification"].map(own_name);
        let asks = self.args.asks().map(|(key, ask)| {
            let key = Ident::new(key, Span::mixed_site().located_at(ask.span()));
            quote!(#classification.#key(#error, #ask);)
        });
        let mut asks = asks.peekable();
        let ask = match asks.peek() {
            Some(_) => quote!(|#error, #classification| { #(#asks)* }),
            None => quote!(|_, _| {}),
        };
        Keys { keep, ask: Some(quote!(#ask, #collect)) }
    }
}

/// `|value, call| finish_poll(…)`: what happens when a future is ready.
fn leave(sig: &Signature, runtime: &TokenStream, keys: &Keys) -> TokenStream {
    let [value, call] = ["value", "call"].map(own_name);
    let at = at_return_type(sig, value.to_token_stream());
    let finish = finish(sig, runtime, "finish_poll", &call.to_token_stream(), &at, keys);
    // What was kept for fields goes along with the future.
    let own = keys.ask.as_ref().map(|_| quote!(move));
    quote!(#own |#value, #call| #finish)
}

/// `finish(entry, value, |error| Probe::new(error).track_errors_view())`, or the same with
/// `finish_poll`.
///
/// Where the function does not return what it should, the compiler points at `value` and at the
/// name of `finish`.
fn finish(
    sig: &Signature,
    runtime: &TokenStream,
    name: &str,
    entry: &TokenStream,
    value: &TokenStream,
    keys: &Keys,
) -> TokenStream {
    let suffix = if keys.ask.is_some() { "_keyed" } else { "" };
    let name = Ident::new(&format!("{name}{suffix}"), Span::mixed_site());
    let ask = keys.ask.iter();
    let finish = at_return_type(sig, quote!(#runtime::__private::#name));
    let error = own_name("error");
    quote! {
        #finish(#entry, #value, |#error| {
            #runtime::__private::Probe::new(#error).track_errors_view()
        } #(, #ask)*)
    }
}

/// Tells an async block that the function hands out what type it returns. The compiler would
/// know it from the function's return type, had the block not become an argument of a call.
fn hint_output(stmts: &mut [Stmt], sig: &Signature, shape: Shape, runtime: &TokenStream) {
    let ReturnType::Type(_, ty) = &sig.output else { return };
    let (output, block) = match shape {
        Shape::Sync | Shape::Async => return,
        Shape::BlockOn => (Some(&**ty), item::block_on_body(stmts)),
        Shape::Future | Shape::BoxPin => match stmts.last_mut() {
            Some(Stmt::Expr(tail, None)) => (item::future_output(ty), item::async_block_of(tail)),
            _ => return,
        },
    };
    if let (Some(output), Some(block)) = (output, block) {
        let hint = output_hint(&without_impl_trait(output), runtime);
        block.block.stmts.insert(0, Stmt::Expr(Expr::Verbatim(hint), None));
    }
}

/// `outputs::<R, _>(future)`: the same for a future that is no async block.
fn with_output(sig: &Signature, runtime: &TokenStream, future: TokenStream) -> TokenStream {
    match &sig.output {
        ReturnType::Type(_, ty) => match item::future_output(ty) {
            Some(output) => {
                let output = without_impl_trait(output);
                quote!(#runtime::__private::outputs::<#output, _>(#future))
            }
            None => future,
        },
        ReturnType::Default => future,
    }
}

/// `if let Some(value) = no_value::<R>() { return value; }`
fn output_hint(output: &TokenStream, runtime: &TokenStream) -> TokenStream {
    let value = own_name("value");
    quote! {
        if let ::core::option::Option::Some(#value) = #runtime::__private::no_value::<#output>() {
            return #value;
        }
    }
}

/// A name for a binding of ours. A pattern would take a `static` or `const` of the same name for
/// itself, whatever its hygiene, so it is one that nobody has.
fn own_name(name: &str) -> Ident {
    Ident::new(&format!("__track_errors_{name}"), Span::mixed_site())
}

impl item::Body {
    /// The statements with their marks; as they were written where they did not parse.
    fn source(&self) -> TokenStream {
        match &self.stmts {
            Some(stmts) => quote!(#(#stmts)*),
            None => self.tokens.clone(),
        }
    }

    /// The body of the closure or the async block that the function's body becomes: `{ ; { … } }`.
    ///
    /// The outer braces are the user's, by which the compiler tells that it is his code (line coverage
    /// leaves out that of a macro). The inner ones are of this crate's edition: at their end temporaries
    /// of the last expression are dropped before parameters, as in a function.
    fn around(&self, content: &TokenStream) -> TokenStream {
        let empty = Token![;](Span::mixed_site());
        self.with_braces(quote!(#empty { #content }))
    }

    /// The same, as a block: the user's own, with its braces. They are where the compiler points at
    /// if a value is missing or does not live long enough, and they tell it the edition, on which
    /// depends when temporaries of the last expression are dropped. The empty statement keeps it
    /// from warning about braces around a single expression.
    fn block(&self) -> TokenStream {
        if self.stmts.is_none() {
            // Exactly as it was written, so that the compiler says what is wrong with it once, and not
            // once of the function and once of this.
            return self.braced.to_token_stream();
        }
        let (empty, source) = (Token![;](Span::mixed_site()), self.source());
        self.with_braces(quote!(#empty #source))
    }
}

/// `{ static SITE: Site = …; &SITE }`, in a scope of its own.
fn site(args: &Args, sig: &Signature, runtime: &TokenStream, key: &TokenStream) -> TokenStream {
    // `Site::new` asks for its caller's place, and that is where the whole call begins: with the
    // span of the name it is the function.
    let span = sig.ident.span();
    let new = question_mark::respan(&quote!(#runtime::__private::Site::new), span);
    let new = quote_spanned!(span=> #new(::core::module_path!(), #key, || ()));
    let service = args.service.as_ref().map(|service| quote!(.service(#service)));
    let level = args.level.as_ref().and_then(Said::always);
    let level = level.map(|level| match level {
        LevelValue::Name(name) => quote!(.level(#runtime::Level::#name)),
        LevelValue::Constant(path) => quote!(.level(#path)),
    });
    let kind = args.kind.as_ref().and_then(Said::always).map(|kind| quote!(.kind(#kind)));
    let fingerprint = args.fingerprint.as_ref().and_then(Said::always);
    let fingerprint = fingerprint.map(|fingerprint| quote!(.fingerprint(#fingerprint)));
    let report = args.report.as_ref().map(|report| match args.is_boundary() {
        true => quote!(.boundary()),
        false => quote!(.report(#runtime::ReportPolicy::#report)),
    });
    let handled = args.handled.as_ref().map(|(_, level)| quote!(.handled(#runtime::Level::#level)));
    let rate_limit = args.rate_limit.map(|errors| match errors {
        0 => quote!(.rate_limit(#runtime::RateLimit::Off)),
        _ => quote!(.rate_limit(#runtime::RateLimit::per_second(#errors))),
    });
    let backtrace =
        args.backtrace.as_ref().map(|mode| quote!(.backtrace(#runtime::BacktraceMode::#mode)));
    quote! {
        {
            static __TRACK_ERRORS_SITE: #runtime::__private::Site = #new
                #service #level #kind #fingerprint #report #handled #rate_limit #backtrace;
            &__TRACK_ERRORS_SITE
        }
    }
}

/// A number that tells this function from others of the program: FNV-1a of where it stands.
fn key(sig: &Signature) -> TokenStream {
    let name = &sig.ident;
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
    let mut literal = proc_macro2::Literal::u32_suffixed(hash);
    literal.set_span(Span::mixed_site());
    literal.into_token_stream()
}

impl Wrapper<'_> {
    /// Renames parameters that are no plain names, and returns the bindings that give the body the
    /// names it expects, in the order of the parameters.
    fn rebind(&self, sig: &mut Signature) -> Vec<TokenStream> {
        let mut bindings = Vec::new();
        for (index, arg) in sig.inputs.iter_mut().enumerate() {
            let name = positional(index, arg);
            let (attrs, binding) = match Param::of(arg) {
                Param::Receiver(_) => continue,
                Param::Plain(pat) => {
                    let (mutability, ident) = (pat.mutability, &pat.ident);
                    (&pat.attrs, quote!(let #mutability #ident = #ident;))
                }
                Param::Wild => (&Vec::new(), quote!(let #name = #name;)),
                Param::Pattern(pat) => {
                    bindings.push(quote!(let #name = #name;));
                    (&Vec::new(), quote!(let #pat = #name;))
                }
            };
            let FnArg::Typed(typed) = &*arg else { continue };
            // Others, such as `#[case]`, belong to the parameter alone.
            let attrs = typed.attrs.iter().chain(attrs).filter(|attr| {
                ["allow", "expect", "warn", "deny", "forbid", "cfg", "cfg_attr"]
                    .iter()
                    .any(|name| attr.path().is_ident(name))
            });
            let in_fields =
                self.is_in_fields(&typed.pat).then(|| quote!(#[allow(unused_variables)]));
            let unused = allow_underscore(std::iter::once(&*arg));
            bindings.push(quote!(#(#attrs)* #in_fields #unused #binding));
            rename(arg, &name);
        }
        bindings
    }

    /// `capture((&b, &a, &self));`, or `None` where a list does not do.
    ///
    /// A pattern that moves all parts of its parameter stays in the signature, and the list has its
    /// names. A parameter that the body does not use stays outside, unless it is to be dropped before
    /// another that is on the list.
    fn list_captures(&self, function: &mut Function) -> Option<TokenStream> {
        let tokens = &function.body.tokens;
        let fields = self.args.fields.as_deref().unwrap_or_default();
        let is_used = |name: &Ident| {
            item::contains_ident(tokens.clone(), &name.to_string()) || fields::mention(fields, name)
        };
        let mut captures = Vec::new();
        let mut wild = Vec::new();
        // Whether what follows may be dropped behind all that is on the list.
        let mut stays_outside = true;
        for (index, arg) in function.sig.inputs.iter().enumerate() {
            let has_drop = match arg {
                FnArg::Receiver(receiver) => !matches!(receiver.kind, ReceiverKind::Reference(..)),
                FnArg::Typed(typed) if !typed.attrs.is_empty() => return None,
                FnArg::Typed(typed) => !is_reference(&typed.ty),
            };
            let listed = captures.len();
            match Param::of(arg) {
                Param::Receiver(receiver) => captures.push(receiver.self_token.to_token_stream()),
                Param::Plain(pat) => {
                    if is_used(&pat.ident) || (is_ignored(&pat.ident) && !stays_outside) {
                        captures.push(pat.ident.to_token_stream());
                    } else if !is_ignored(&pat.ident) {
                        return None;
                    }
                }
                Param::Wild if stays_outside => {}
                Param::Wild => {
                    let name = positional(index, arg);
                    captures.push(name.to_token_stream());
                    wild.push((index, name));
                }
                Param::Pattern(pat) => {
                    for name in item::moved_names(pat)? {
                        if !is_used(name) && !is_ignored(name) {
                            return None;
                        }
                        captures.push(name.to_token_stream());
                    }
                }
            }
            stays_outside &= !has_drop || captures.len() == listed;
        }
        for (index, name) in wild {
            rename(&mut function.sig.inputs[index], &name);
        }
        if captures.is_empty() {
            return Some(TokenStream::new());
        }
        captures.reverse();
        let runtime = &self.runtime;
        let allow = allow_underscore(function.sig.inputs.iter());
        Some(quote!(#allow #runtime::__private::capture((#(&#captures,)*));))
    }

    /// Whether the attribute's fields use a parameter, which the body then need not use.
    fn is_in_fields(&self, pat: &Pat) -> bool {
        let fields = self.args.fields.as_deref().unwrap_or_default();
        !fields.is_empty()
            && item::by_reference(pat).1.iter().any(|name| fields::mention(fields, name))
    }
}

/// Lints about the use of `_ignored` are meant for the user's own uses.
fn allow_underscore<'a>(mut args: impl Iterator<Item = &'a FnArg>) -> Option<TokenStream> {
    let has_underscore = args.any(|arg| match arg {
        FnArg::Typed(typed) => {
            item::by_reference(&typed.pat).1.iter().any(|name| name.to_string().starts_with('_'))
        }
        FnArg::Receiver(_) => false,
    });
    has_underscore.then(
        || quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]),
    )
}

/// The parameter in the signature: without `mut`, which would be unused there, and under a name
/// of ours where it was a pattern.
fn rename(arg: &mut FnArg, name: &Ident) {
    let FnArg::Typed(typed) = arg else { return };
    match &mut *typed.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => pat.mutability = None,
        pat => *pat = syn::parse_quote!(#name),
    }
}

fn is_reference(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) => true,
        Type::Paren(ty) => is_reference(&ty.elem),
        Type::Group(ty) => is_reference(&ty.elem),
        _ => false,
    }
}

/// Whether the compiler does not warn if it is not used.
fn is_ignored(name: &Ident) -> bool {
    name.to_string().starts_with('_')
}

/// `capture(&self);`, so that a `self` by value is moved as a whole, like a parameter, and not
/// field by field.
fn capture_self(sig: &Signature, runtime: &TokenStream) -> TokenStream {
    match sig.receiver() {
        Some(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
            let token = &receiver.self_token;
            quote!(#runtime::__private::capture(&#token);)
        }
        _ => TokenStream::new(),
    }
}

/// The return type as it can stand inside a body.
fn return_type(sig: &Signature) -> TokenStream {
    match &sig.output {
        ReturnType::Type(_, ty) => without_impl_trait(ty),
        ReturnType::Default => quote!(()),
    }
}

/// The type with `_` for every `impl Trait` in it.
fn without_impl_trait(ty: &Type) -> TokenStream {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if let Type::ImplTrait(_) = ty {
                *ty = syn::parse_quote!(_);
            } else {
                visit_mut::visit_type_mut(self, ty);
            }
        }
    }
    let mut ty = ty.clone();
    Infer.visit_type_mut(&mut ty);
    ty.into_token_stream()
}

/// The same tokens (those within brackets stay), but errors about them point at the return type.
fn at_return_type(sig: &Signature, tokens: TokenStream) -> TokenStream {
    let span = match &sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => sig.ident.span(),
    };
    let span = Span::mixed_site().located_at(span);
    tokens
        .into_iter()
        .map(|mut token| {
            let is_body =
                matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            if !is_body {
                question_mark::move_to(&mut token, span);
            }
            token
        })
        .collect()
}
