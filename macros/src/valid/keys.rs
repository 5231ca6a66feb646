//! The keys of `#[track_errors(…)]`, each with a value of its type.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, Expr, LitStr, Path, Result};

use super::values::{self, BACKTRACES, DESCRIPTIONS, LEVELS, POLICIES};
use crate::parse::fields::Field;
use crate::parse::keys::{Entry, Value};

/// A key whose value is the same for every error of the function, or computed from each.
#[derive(Clone)]
pub(crate) enum Key<T> {
    Constant(T),
    /// A closure or the path of a function, from `&E`.
    PerError(Box<Expr>),
}

impl<T> Key<T> {
    pub(crate) fn constant(&self) -> Option<&T> {
        match self {
            Key::Constant(value) => Some(value),
            Key::PerError(_) => None,
        }
    }

    pub(crate) fn per_error(&self) -> Option<&Expr> {
        match self {
            Key::Constant(_) => None,
            Key::PerError(compute) => Some(compute),
        }
    }
}

/// A level that is the same for all errors.
#[derive(Clone)]
pub(crate) enum Level {
    /// The variant of the runtime's `Level` that a text names.
    Variant(Ident),
    /// `Level::Warn`, by whatever path.
    Path(Path),
}

/// The keys of one function.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    /// A string literal that is not empty, or the path of a `&'static str`.
    pub(crate) service: Option<Expr>,
    pub(crate) level: Option<Key<Level>>,
    /// A closure or the path of a function, from `&E` to `bool`.
    pub(crate) when: Option<Expr>,
    pub(crate) kind: Option<Key<LitStr>>,
    pub(crate) fingerprint: Option<Key<LitStr>>,
    pub(crate) fields: Option<Vec<Field>>,
    /// A variant of `track_errors::ReportPolicy`, or `Boundary`.
    pub(crate) report: Option<Ident>,
    /// The key, and a variant of `track_errors::Level`.
    pub(crate) handled: Option<(Ident, Ident)>,
    /// Errors a second, or 0 for `"off"`.
    pub(crate) rate_limit: Option<u32>,
    /// A variant of `track_errors::BacktraceMode`.
    pub(crate) backtrace: Option<Ident>,
    /// The probe of the runtime that looks for traits of the error.
    pub(crate) describe: Option<Ident>,
    krate: Option<Path>,
}

impl Keys {
    /// Validates each key by itself.
    pub(crate) fn new(entries: Vec<Entry<Value>>) -> Result<Self> {
        each_once(&entries)?;
        let mut keys = Keys::default();
        for Entry { key, value } in entries {
            match value {
                Value::Fields(fields) => {
                    values::fields(&fields)?;
                    keys.fields = Some(fields);
                }
                Value::Expr(value) => keys.set(key, *value)?,
            }
        }
        Ok(keys)
    }

    fn set(&mut self, key: Ident, value: Expr) -> Result<()> {
        match &*key.to_string() {
            "service" => self.service = Some(values::service(value)?),
            "level" => self.level = Some(values::level(value)?),
            "when" => self.when = Some(values::when(value)?),
            "kind" => self.kind = Some(values::text("kind", value)?),
            "fingerprint" => self.fingerprint = Some(values::text("fingerprint", value)?),
            "report" => self.report = Some(POLICIES.variant("report", &value)?),
            "handled" => self.handled = Some((key, LEVELS.variant("handled", &value)?)),
            "rate_limit" => self.rate_limit = Some(values::rate_limit(&value)?),
            "backtrace" => self.backtrace = Some(BACKTRACES.variant("backtrace", &value)?),
            "describe" => self.describe = Some(DESCRIPTIONS.variant("describe", &value)?),
            "crate" => self.krate = Some(values::krate(&value)?),
            other => unreachable!("`{other}` was parsed and has no rule here"),
        }
        Ok(())
    }

    /// Validates the keys of a function together, with those of the block around it.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.handled {
            Some((key, _)) if !self.is_boundary() => Err(Error::new(
                key.span(),
                "only a boundary handles errors, expected `report = \"boundary\"` beside `handled`",
            )),
            _ => Ok(()),
        }
    }

    /// These keys, and those of `outer` that are not among them.
    pub(crate) fn or(self, outer: &Keys) -> Keys {
        let outer = outer.clone();
        let takes_boundary = self.report.is_none() || self.is_boundary();
        Keys {
            service: self.service.or(outer.service),
            level: self.level.or(outer.level),
            when: self.when.or(outer.when),
            kind: self.kind.or(outer.kind),
            fingerprint: self.fingerprint.or(outer.fingerprint),
            fields: self.fields.or(outer.fields),
            report: self.report.or(outer.report),
            // `handled` of a block is meant for the boundaries in it.
            handled: self.handled.or(outer.handled.filter(|_| takes_boundary)),
            rate_limit: self.rate_limit.or(outer.rate_limit),
            backtrace: self.backtrace.or(outer.backtrace),
            describe: self.describe.or(outer.describe),
            krate: self.krate.or(outer.krate),
        }
    }

    /// The path under which expanded code finds the runtime.
    pub(crate) fn runtime(&self) -> TokenStream {
        runtime(self.krate.as_ref())
    }

    /// Whether errors stop climbing at the function.
    pub(crate) fn is_boundary(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report == "Boundary")
    }

    pub(crate) fn fields(&self) -> &[Field] {
        self.fields.as_deref().unwrap_or_default()
    }

    /// The name of each key whose value is computed from an error, and the closure or path.
    pub(crate) fn per_error(&self) -> Vec<(&'static str, &Expr)> {
        [
            ("when", self.when.as_ref()),
            ("level", self.level.as_ref().and_then(Key::per_error)),
            ("kind", self.kind.as_ref().and_then(Key::per_error)),
            ("fingerprint", self.fingerprint.as_ref().and_then(Key::per_error)),
        ]
        .into_iter()
        .filter_map(|(key, compute)| Some((key, compute?)))
        .collect()
    }
}

/// No key may be there twice.
pub(super) fn each_once<V>(entries: &[Entry<V>]) -> Result<()> {
    for (index, Entry { key, .. }) in entries.iter().enumerate() {
        if entries[..index].iter().any(|earlier| earlier.key == *key) {
            let message = format!("duplicate key `{key}`, expected it at most once");
            return Err(Error::new(key.span(), message));
        }
    }
    Ok(())
}

/// The path that `crate = …` gives, or the default.
pub(super) fn runtime(krate: Option<&Path>) -> TokenStream {
    krate.map_or_else(|| quote!(::track_errors), ToTokens::to_token_stream)
}
