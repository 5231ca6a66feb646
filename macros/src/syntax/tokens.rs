//! Tokens: the words in them, and their spans.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Ident;

/// Whether an identifier is anywhere in the tokens, also inside macros and inside the text of a
/// string literal (`format!("{order}")`).
pub(crate) fn mentions(tokens: &impl ToTokens, ident: &str) -> bool {
    any(tokens.to_token_stream(), &|token| match token {
        TokenTree::Ident(found) => found == ident,
        TokenTree::Literal(literal) => literal.to_string().contains(ident),
        _ => false,
    })
}

/// Whether a variable of this name may be used in the tokens: not as a field or method (`other.name`), nor
/// as the name of a field in front of its value (`name: 1`). A text uses it as `{name}` or `{:name$}`.
pub(crate) fn may_use(tokens: &TokenStream, name: &str) -> bool {
    let is_punct = |token: Option<&TokenTree>, expected: char| matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == expected);
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    // Seen from `index`, a token that many places further.
    let at = |index: usize, offset: isize| tokens.get(index.checked_add_signed(offset)?);
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => may_use(&group.stream(), name),
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            text.contains(&format!("{{{name}")) || text.contains(&format!("{name}$"))
        }
        TokenTree::Ident(found) => {
            // `..name` is a range, `name::f` a path.
            let is_member = is_punct(at(index, -1), '.') && !is_punct(at(index, -2), '.');
            let is_label = is_punct(at(index, 1), ':') && !is_punct(at(index, 2), ':');
            found == name && !is_member && !is_label
        }
        TokenTree::Punct(_) => false,
    })
}

/// Whether one of the identifiers or keywords is anywhere in the tokens.
pub(crate) fn contains_any(tokens: &impl ToTokens, words: &[&str]) -> bool {
    any(tokens.to_token_stream(), &|token| match token {
        TokenTree::Ident(found) => words.iter().any(|word| found == word),
        _ => false,
    })
}

/// Whether the condition holds for a token, at any depth.
pub(crate) fn any(tokens: TokenStream, condition: &impl Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => any(group.stream(), condition),
        token => condition(&token),
    })
}

/// How often a character of punctuation is in the tokens, at any depth.
pub(crate) fn count(tokens: TokenStream, punctuation: char) -> usize {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => count(group.stream(), punctuation),
            TokenTree::Punct(found) => usize::from(found.as_char() == punctuation),
            _ => 0,
        })
        .sum()
}

/// The spans of the first and the last token. The compiler and its lints take code between them for
/// the whole.
pub(crate) fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut spans = tokens.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The same tokens, at another place in the source.
pub(crate) fn respan(tokens: &TokenStream, span: Span) -> TokenStream {
    tokens.clone().into_iter().map(|token| moved(token, span)).collect()
}

/// One token, at another place in the source; what is inside brackets stays.
pub(crate) fn moved(mut token: TokenTree, span: Span) -> TokenTree {
    // The span of `$crate` decides which crate it means.
    let names_crate = matches!(&token, TokenTree::Ident(name) if name == "$crate");
    token.set_span(if names_crate { token.span().located_at(span) } else { span });
    token
}

/// A name for a binding of the expansion. Hygiene does not suffice: a pattern would take a `static` or
/// `const` of the same name for itself.
pub(crate) fn own_name(name: &str) -> Ident {
    own_name_at(name, Span::mixed_site())
}

/// The same, for messages that point at `span`.
pub(crate) fn own_name_at(name: &str, span: Span) -> Ident {
    Ident::new(&format!("__track_errors_{name}"), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_same_name_is_no_use_of_a_variable() {
        let may_use = |text: &str| may_use(&text.parse().unwrap(), "id");
        for text in ["order.id", "order.id()", "Order { id: 1 }", "f(\"id\")", "ids"] {
            assert!(!may_use(text), "{text}");
        }
        for text in [
            "id",
            "f(id)",
            "0..id",
            "Order { id }",
            "Order { key: id }",
            "id.get()",
            "id::get()",
            "f(\"{id}\")",
            "f(\"{id:?} {:id$}\")",
            "order.id(id)",
            "#id",
        ] {
            assert!(may_use(text), "{text}");
        }
    }
}
