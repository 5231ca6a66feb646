//! Finds the functions of a source file that return a `Result`, and puts an attribute on them.
//!
//! In: the text of a file. Out: its functions, each with the byte offset for an attribute, and how many were
//! left out for which [`Reason`]; then the text with an attribute on some of them. The attribute goes before
//! the function's first token, after its other attributes and on the same line, so line numbers and the rest
//! of the text stay the same.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use serde::{Deserialize, Serialize};
use syn::visit::{self, Visit};
use syn::{
    GenericArgument, ImplItemFn, ItemEnum, ItemFn, ItemMacro, ItemStruct, ItemType, Macro,
    PathArguments, ReturnType, Signature, TraitItemFn, Type, TypeParamBound, Visibility,
};

/// A function that can have the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where the attribute goes.
    pub(crate) start: usize,
    /// Behind the closing brace.
    pub(crate) end: usize,
    /// The name of its `Result`: `Result`, `ParseResult`.
    pub(crate) result: String,
}

/// Why a function that returns a `Result` is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Reason {
    /// A `const fn`.
    Const,
    /// It is variadic.
    Variadic,
    /// It returns the crate's own type with such a name.
    NoResult,
    /// It is in the definition of a macro.
    MacroDefinition,
    /// It is inside a macro call.
    MacroCall,
    /// No target contains it: other systems, other features, unused files.
    NotCompiled,
}

impl Reason {
    /// As in the table.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Reason::Const => "`const fn`",
            Reason::Variadic => "variadic",
            Reason::NoResult => "called `…Result`, and is none",
            Reason::MacroDefinition => "in `macro_rules!`",
            Reason::MacroCall => "in a macro call",
            Reason::NotCompiled => "not compiled (`cfg`)",
        }
    }
}

/// How many functions were left out, and why.
pub(crate) type LeftOut = BTreeMap<Reason, usize>;

/// The functions of one file, in the order in which they begin.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) functions: Vec<Function>,
    pub(crate) left_out: LeftOut,
    /// Structs and enums whose name ends in `Result`.
    pub(crate) types: BTreeSet<String>,
    /// Aliases whose name ends in `Result`.
    pub(crate) aliases: BTreeSet<String>,
}

/// Finds the functions of a file that return a `Result`.
///
/// # Errors
///
/// If `syn` cannot parse the file.
pub(crate) fn find(text: &str) -> Result<Found> {
    let file = syn::parse_file(text).context("cannot be parsed")?;
    let mut finder = Finder { found: Found::default(), skipped: skipped_by_parser(text) };
    finder.visit_file(&file);
    let mut found = finder.found;
    found.functions.sort_by_key(|function| function.start);
    Ok(found)
}

/// Puts an attribute and a space before each of the functions, which are in order. Returns the new text, and
/// the new range of each function, attribute included.
pub(crate) fn insert(text: &str, functions: &[(&Function, &str)]) -> (String, Vec<Range<usize>>) {
    let mut new = String::with_capacity(2 * text.len());
    let mut copied = 0;
    for (function, attribute) in functions {
        new.push_str(&text[copied..function.start]);
        new.push_str(attribute);
        new.push(' ');
        copied = function.start;
    }
    new.push_str(&text[copied..]);
    let inserted_before = |at: usize| {
        let before = functions.iter().filter(|(function, _)| function.start < at);
        before.map(|(_, attribute)| attribute.len() + 1).sum::<usize>()
    };
    let ranges = functions
        .iter()
        .map(|(function, _)| {
            function.start + inserted_before(function.start)
                ..function.end + inserted_before(function.end)
        })
        .collect();
    (new, ranges)
}

/// `syn::parse_file` cuts off a byte order mark and a `#!` line, which its spans do not count.
fn skipped_by_parser(text: &str) -> usize {
    let without_mark = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.len() - without_mark.len();
    let is_script =
        without_mark.starts_with("#!") && !without_mark[2..].trim_start().starts_with('[');
    let line = if is_script { without_mark.find('\n').unwrap_or(without_mark.len()) } else { 0 };
    mark + line
}

struct Finder {
    found: Found,
    skipped: usize,
}

impl Finder {
    /// `tokens` are the function without its attributes.
    fn function(&mut self, sig: &Signature, tokens: &TokenStream, end: Span) {
        let ReturnType::Type(_, ty) = &sig.output else { return };
        let Some(result) = result_name(ty) else { return };
        let reason = if sig.constness.is_some() {
            Some(Reason::Const)
        } else if sig.variadic.is_some() {
            Some(Reason::Variadic)
        } else {
            None
        };
        if let Some(reason) = reason {
            *self.found.left_out.entry(reason).or_default() += 1;
            return;
        }
        let Some(first) = tokens.clone().into_iter().next() else { return };
        self.found.functions.push(Function {
            name: sig.ident.to_string(),
            start: self.skipped + first.span().byte_range().start,
            end: self.skipped + end.byte_range().end,
            result,
        });
    }
}

/// Records a name that ends in `Result`.
fn keep_result(names: &mut BTreeSet<String>, name: &Ident) {
    let name = name.to_string();
    if name.ends_with("Result") {
        names.insert(name);
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let tokens = first_tokens(&item.vis, None::<TokenStream>, &item.sig);
        self.function(&item.sig, &tokens, item.block.brace_token.span.close());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        let tokens = first_tokens(&item.vis, item.modifiers.defaultness.as_ref(), &item.sig);
        self.function(&item.sig, &tokens, item.block.brace_token.span.close());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            let tokens = item.sig.to_token_stream();
            self.function(&item.sig, &tokens, block.brace_token.span.close());
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if item.mac.path.is_ident("macro_rules") {
            let count = count_in_tokens(item.mac.tokens.clone());
            if count > 0 {
                *self.found.left_out.entry(Reason::MacroDefinition).or_default() += count;
            }
        } else {
            visit::visit_item_macro(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        keep_result(&mut self.found.types, &item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        keep_result(&mut self.found.types, &item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        keep_result(&mut self.found.aliases, &item.ident);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let count = count_in_tokens(call.tokens.clone());
        if count > 0 {
            *self.found.left_out.entry(Reason::MacroCall).or_default() += count;
        }
    }
}

fn first_tokens(vis: &Visibility, default: Option<impl ToTokens>, sig: &Signature) -> TokenStream {
    let mut tokens = vis.to_token_stream();
    default.to_tokens(&mut tokens);
    sig.to_tokens(&mut tokens);
    tokens
}

/// The name of the `Result` in `Result<…>`, `io::Result<…>`, `ParseResult`; in an `Option` or `Poll` of one;
/// in a future of one. The attribute on a block uses the same rule.
fn result_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Paren(ty) => result_name(&ty.elem),
        Type::Group(ty) => result_name(&ty.elem),
        Type::ImplTrait(ty) => ty.bounds.iter().filter_map(output).find_map(result_name),
        Type::TraitObject(ty) => ty.bounds.iter().filter_map(output).find_map(result_name),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            let name = segment.ident.to_string();
            let types = match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    let types = arguments.args.iter().filter_map(|argument| match argument {
                        GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    });
                    types.collect()
                }
                _ => Vec::new(),
            };
            if name == "Pin" || name == "Box" {
                types.into_iter().filter(|ty| holds_future(ty)).find_map(result_name)
            } else if name == "Option" || name == "Poll" || name.ends_with("BoxFuture") {
                types.into_iter().find_map(result_name)
            } else {
                name.ends_with("Result").then_some(name)
            }
        }
        _ => None,
    }
}

/// `dyn Future<…>`, `Box<dyn Future<…>>`
fn holds_future(ty: &Type) -> bool {
    match ty {
        Type::TraitObject(_) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "Box"),
        _ => false,
    }
}

/// `R` of `Future<Output = R>`
fn output(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let segment = bound.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    if segment.ident != "Future" {
        return None;
    }
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

/// How many functions with a body that return a `Result` are in the tokens of a macro, by the pattern
/// `fn … -> … Result … {`.
fn count_in_tokens(tokens: TokenStream) -> usize {
    let mut count = 0;
    // Since the last `fn`: nothing yet, behind its `->`, behind a name that ends in `Result` there.
    let (mut in_fn, mut in_output, mut has_result) = (false, false, false);
    let mut before = None;
    for token in tokens {
        match &token {
            TokenTree::Ident(word) if word == "fn" => {
                (in_fn, in_output, has_result) = (true, false, false);
            }
            TokenTree::Ident(word) if in_output && word == "where" => in_output = false,
            TokenTree::Ident(word) if in_output => {
                has_result |= word.to_string().ends_with("Result");
            }
            TokenTree::Punct(punct) if punct.as_char() == '>' && before == Some('-') => {
                in_output = in_fn;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                (in_fn, in_output, has_result) = (false, false, false);
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                count += usize::from(in_fn && has_result);
                (in_fn, in_output, has_result) = (false, false, false);
            }
            _ => {}
        }
        before = match &token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        if let TokenTree::Group(group) = token {
            count += count_in_tokens(group.stream());
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_attribute(found: &Found) -> Vec<(&Function, &'static str)> {
        found.functions.iter().map(|function| (function, "#[a]")).collect()
    }

    fn annotated(text: &str) -> String {
        let found = find(text).unwrap();
        insert(text, &with_attribute(&found)).0
    }

    fn names(text: &str) -> Vec<String> {
        find(text).unwrap().functions.into_iter().map(|function| function.name).collect()
    }

    #[test]
    fn the_attribute_goes_after_the_others_and_before_the_visibility() {
        assert_eq!(
            annotated("/// Doc.\n#[inline]\npub(crate) async fn f() -> Result<(), E> { g()? }\n"),
            "/// Doc.\n#[inline]\n#[a] pub(crate) async fn f() -> Result<(), E> { g()? }\n"
        );
    }

    #[test]
    fn line_numbers_and_the_rest_of_the_text_stay_the_same() {
        let text = "impl  A {\n  fn f( ) ->  io::Result<()> {\n\n }\n fn g() {}\n}\n\
                    trait T { fn h() -> fmt::Result { Ok(()) } fn i() -> fmt::Result; }\n";
        let annotated = annotated(text);
        assert_eq!(annotated.lines().count(), text.lines().count());
        assert_eq!(annotated.matches("#[a] ").count(), 2);
        assert_eq!(annotated.replace("#[a] ", ""), text);
    }

    #[test]
    fn nested_functions_are_found_and_multibyte_text_does_not_move_them() {
        let text = "// ä…\nfn f() -> Result<()> { \"ß\"; fn g() -> PResult { x } g() }";
        assert_eq!(
            annotated(text),
            "// ä…\n#[a] fn f() -> Result<()> { \"ß\"; #[a] fn g() -> PResult { x } g() }"
        );
    }

    #[test]
    fn a_byte_order_mark_does_not_move_functions() {
        assert_eq!(
            annotated("\u{feff}fn f() -> Result<()> {}"),
            "\u{feff}#[a] fn f() -> Result<()> {}"
        );
    }

    #[test]
    fn results_in_futures_options_and_polls_count() {
        let text = "fn a() -> impl Future<Output = Result<()>> + Send {}
            fn b() -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {}
            fn c() -> BoxFuture<'static, Result<()>> {}
            fn d() -> Poll<Option<Result<()>>> {}
            fn e() -> Vec<Result<()>> {}
            fn f() -> impl Iterator<Item = Result<()>> {}
            fn g() -> Box<Result<()>> {}";
        assert_eq!(names(text), ["a", "b", "c", "d"]);
    }

    #[test]
    fn functions_left_out_are_counted() {
        let found = find(
            "const fn a() -> Result<()> {}
             macro_rules! m { () => { fn c() -> Result<(), E> { } fn d() { } fn e() -> Result<()>; } }
             cfg_x! { fn f<F: Fn() -> u8>() -> io::Result<()> where F: G { } fn g() -> u8 { } }",
        )
        .unwrap();
        assert_eq!(found.functions, []);
        let expected = [(Reason::Const, 1), (Reason::MacroDefinition, 1), (Reason::MacroCall, 1)];
        assert_eq!(found.left_out, LeftOut::from(expected));
    }

    #[test]
    fn a_track_caller_method_is_found() {
        assert_eq!(names("impl A { #[track_caller] fn f(&self) -> Result<()> {} }"), ["f"]);
    }

    #[test]
    fn ranges_are_those_in_the_new_text() {
        let text = "fn f() -> Result<()> { fn g() -> Result<()> { x } g() }";
        let found = find(text).unwrap();
        let (new, ranges) = insert(text, &with_attribute(&found));
        assert_eq!(ranges[0], 0..new.len());
        assert_eq!(&new[ranges[1].clone()], "#[a] fn g() -> Result<()> { x }");
    }
}
