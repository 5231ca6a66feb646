//! `Site`: compile-time facts about one tracked function.
//!
//! Expanded code has one `static` for each function, at no cost at run time; other code refers to it by
//! `&'static Site`. The first error that leaves the function gives it budgets ([`limiter`]) and counts
//! ([`losses`]).

mod limiter;
pub(crate) mod losses;
pub(crate) mod made;

use std::any::type_name;
use std::borrow::Cow;

use limiter::Limiter;
pub(crate) use limiter::{Class, KindKey};
pub(crate) use losses::{LossCounts, Losses};

use crate::base::memo::Memo;
use crate::base::source::function_name;
use crate::base::text;
use crate::model::{BacktraceMode, Level, Place, RateLimit, ReportPolicy};

/// Compile-time facts about one tracked function.
#[derive(Debug)]
pub struct Site {
    pub(crate) module: &'static str,
    pub(crate) key: Key,
    name: Name,
    /// The function's name in the source.
    pub(crate) location: Place,
    service: Option<&'static str>,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) fingerprint: Option<&'static str>,
    pub(crate) report: Option<ReportPolicy>,
    /// Whether errors stop climbing here.
    pub(crate) boundary: bool,
    /// The level of a boundary's logs of handled errors; `None` if it only counts them.
    pub(crate) handled: Option<Level>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) backtrace: Option<BacktraceMode>,
    pub(crate) limiter: Limiter,
}

/// Tells the marks of two functions apart. A hash that the macro makes. It need not be unique: equal keys of
/// two functions matter only on one thread, between a `?` and the end of a call.
pub(crate) type Key = u32;

/// How the path of the function is known.
#[derive(Debug)]
enum Name {
    /// By the name of a type inside it.
    OfType(fn() -> &'static str),
    Text(&'static str),
}

impl Site {
    /// A boundary that is no function: a future or closure of type `F`, made at this place.
    pub(crate) fn of_value<F>(location: Place) -> Self {
        // `shop::handler::{{closure}}`: the function in which the value was made.
        let name = type_name::<F>();
        let path = name.split(['<', '{', '&']).next().unwrap_or(name);
        let path = path.trim_end_matches(':');
        let module = path.rsplit_once("::").map_or(path, |(module, _)| module);
        Site { boundary: true, ..Site::at(location, module, Name::OfType(type_name::<F>)) }
    }

    /// The caller's place becomes the site's place.
    ///
    /// `_here` is a closure inside the function, so the name of its type begins with the function's path,
    /// including the type of an `impl`, which the macro does not know.
    #[track_caller]
    #[must_use]
    pub const fn new<H: Copy>(module: &'static str, key: u32, _here: H) -> Self {
        Site { key, ..Site::at(Place::caller(), module, Name::OfType(type_name::<H>)) }
    }

    /// A function without an attribute, in which an error was reported. `function`: its path. Both are empty if
    /// they are unknown.
    pub(crate) fn without_attribute(
        location: Place,
        module: &'static str,
        function: &'static str,
    ) -> Self {
        Site::at(location, module, Name::Text(function))
    }

    const fn at(location: Place, module: &'static str, name: Name) -> Self {
        Site {
            module,
            key: 0,
            name,
            location,
            service: None,
            level: None,
            kind: None,
            fingerprint: None,
            report: None,
            boundary: false,
            handled: None,
            rate_limit: None,
            backtrace: None,
            limiter: Limiter::new(),
        }
    }

    /// The attribute's `service`.
    #[must_use]
    pub const fn service(mut self, service: &'static str) -> Self {
        self.service = Some(service);
        self
    }

    /// The attribute's `level`, if all errors have the same.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// The attribute's `kind`, if all errors have the same.
    #[must_use]
    pub const fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The attribute's `fingerprint`, if all errors have the same.
    #[must_use]
    pub const fn fingerprint(mut self, fingerprint: &'static str) -> Self {
        self.fingerprint = Some(fingerprint);
        self
    }

    /// The attribute's `backtrace`.
    #[must_use]
    pub const fn backtrace(mut self, backtrace: BacktraceMode) -> Self {
        self.backtrace = Some(backtrace);
        self
    }

    /// The attribute's `report`.
    #[must_use]
    pub const fn report(mut self, report: ReportPolicy) -> Self {
        self.report = Some(report);
        self
    }

    /// The attribute's `report = "boundary"`.
    #[must_use]
    pub const fn boundary(mut self) -> Self {
        self.boundary = true;
        self
    }

    /// The attribute's `handled`.
    #[must_use]
    pub const fn handled(mut self, level: Level) -> Self {
        self.handled = Some(level);
        self
    }

    /// The attribute's `rate_limit`.
    #[must_use]
    pub const fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// The service in the attribute.
    pub(crate) fn service_name(&self) -> Option<Cow<'static, str>> {
        self.service.map(text::as_name)
    }

    /// Path of the module: `shop::type` for `shop::r#type`, like the paths of functions and types.
    pub(crate) fn module_path(&self) -> Cow<'static, str> {
        static PATHS: Memo = Memo::new(|module| module.replace("r#", ""));
        PATHS.get(self.module)
    }

    /// The function, or where it is if it is unknown: for texts to read.
    pub(crate) fn display_name(&self) -> Cow<'static, str> {
        let function = self.function();
        if !function.is_empty() {
            return function;
        }
        let place = self.location;
        format!("{}:{}:{}", place.path(), place.line(), place.column()).into()
    }

    /// Full path of the function: `shop::Cart::pay`. Empty if it is unknown.
    pub(crate) fn function(&self) -> Cow<'static, str> {
        static FUNCTIONS: Memo = Memo::new(function_of_type);
        match self.name {
            Name::OfType(name) => FUNCTIONS.get(name()),
            Name::Text(name) => Cow::Borrowed(name),
        }
    }
}

/// The function in which a type was made: `shop::Cart::pay` of
/// `shop::Cart::pay::{{closure}}::__TRACK_ERRORS_SITE::{{closure}}`.
fn function_of_type(name: &str) -> String {
    function_name(name.rfind("::__TRACK_ERRORS_SITE::").map_or(name, |end| &name[..end]))
}
