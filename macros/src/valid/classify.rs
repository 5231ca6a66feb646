//! The keys of `#[classify(…)]` on a type and its variants.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Data, DeriveInput, Error, LitStr, Path, Result};

use super::keys::{each_once, runtime};
use super::values::{self, LEVELS};
use crate::parse::keys::parse_classify;

/// The keys of a type, or of one variant.
#[derive(Default)]
pub(crate) struct Classification {
    /// A variant of `track_errors::Level`.
    pub(crate) level: Option<Ident>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) fingerprint: Option<LitStr>,
    pub(crate) expected: Option<bool>,
    krate: Option<Path>,
}

/// An error type with its keys.
pub(crate) struct ErrorType {
    pub(crate) whole: Classification,
    /// Each variant of an enum; none of a struct.
    pub(crate) variants: Vec<(Ident, Classification)>,
}

impl ErrorType {
    pub(crate) fn new(input: &DeriveInput) -> Result<Self> {
        let whole = Classification::new(&input.attrs)?;
        let variants = match &input.data {
            Data::Enum(data) => data.variants.iter().collect(),
            Data::Struct(_) => Vec::new(),
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span,
                    "this is a union: `Classify` can be derived for a struct or an enum",
                ));
            }
        };
        let variants = variants.into_iter().map(|variant| {
            let keys = Classification::new(&variant.attrs)?;
            if keys.krate.is_some() {
                return Err(Error::new(
                    variant.ident.span(),
                    "expected `crate` on the type, not on a variant",
                ));
            }
            Ok((variant.ident.clone(), keys))
        });
        Ok(ErrorType { whole, variants: variants.collect::<Result<_>>()? })
    }

    /// The path under which expanded code finds the runtime.
    pub(crate) fn runtime(&self) -> TokenStream {
        runtime(self.whole.krate.as_ref())
    }
}

impl Classification {
    fn new(attrs: &[Attribute]) -> Result<Self> {
        let entries = parse_classify(attrs)?;
        each_once(&entries)?;
        let mut keys = Classification::default();
        for entry in entries {
            let value = &entry.value;
            match &*entry.key.to_string() {
                "level" => keys.level = Some(LEVELS.variant("level", value)?),
                "kind" => keys.kind = Some(values::literal("kind", value)?),
                "fingerprint" => keys.fingerprint = Some(values::literal("fingerprint", value)?),
                "expected" => keys.expected = Some(values::boolean("expected", value)?),
                "crate" => keys.krate = Some(values::krate(value)?),
                other => unreachable!("`{other}` was parsed and has no rule here"),
            }
        }
        Ok(keys)
    }
}
