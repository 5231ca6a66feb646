//! Decides which crates belong to the application.
//!
//! In: names of functions, and the trails of logged errors. Out: whether a frame belongs to the application:
//! its crate is the program, or has a tracked function that an error left. With line tables the file decides;
//! without them only the crate's name is known.

use std::sync::Arc;

use super::fork;
use crate::base::lock::lock;
use crate::base::once_box::OnceBox;
use crate::base::sync::Mutex;
use crate::model::Trail;

/// The application's crates.
#[derive(Debug, Clone, Default)]
pub(super) struct Application {
    /// The crates with a tracked function.
    pub(super) crates: Arc<Vec<&'static str>>,
}

/// The crates of all trails.
static KNOWN: Mutex<Option<Application>> = Mutex::new(None);

/// Waits for the lock of the crates.
pub(super) fn take_lock() {
    drop(lock(&KNOWN));
}

impl Application {
    /// The program, the crates of this trail, and the crates of all earlier trails.
    pub(super) fn of(trail: &Trail) -> Self {
        // In a forked child the lock may belong to a thread that no longer exists.
        let mut known = fork::are_locks_free().then(|| lock(&KNOWN));
        let mut own = None;
        let application = known.as_deref_mut().unwrap_or(&mut own).get_or_insert_default();
        for step in trail.steps() {
            let module = step.site.module;
            let krate = module.split("::").next().unwrap_or(module);
            // The module of a function without the attribute may be unknown.
            if !krate.is_empty() && !application.crates.contains(&krate) {
                Arc::make_mut(&mut application.crates).push(krate);
            }
        }
        application.clone()
    }

    /// Whether the crate belongs to the application.
    pub(super) fn contains(&self, krate: &str) -> bool {
        self.crates.contains(&krate) || program() == krate
    }
}

/// The crate of the program, by its file name.
fn program() -> &'static str {
    static PROGRAM: OnceBox<String> = OnceBox::new();
    PROGRAM.get_or_init(|| {
        let file = std::env::current_exe().unwrap_or_default();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        crate_of_program(&name)
    })
}

/// `shop_api` of `shop-api`, `shop-api.exe`, and `shop_api-0123456789abcdef` (a test).
fn crate_of_program(file: &str) -> String {
    let name = file.strip_suffix(" (deleted)").unwrap_or(file);
    let name = name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(name);
    let is_hash = |end: &str| end.len() == 16 && end.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = match name.rsplit_once('-') {
        Some((name, end)) if is_hash(end) => name,
        _ => name,
    };
    name.replace('-', "_")
}

/// Whether a crate belongs to the standard library.
pub(super) fn is_standard(krate: &str) -> bool {
    ["core", "std", "alloc"].contains(&krate)
}

/// The crate of a function, from its symbol name; `None` for names without a path, such as C functions.
///
/// For `<A as B>::f` it is the crate of the type `A`. If `A` is a generic parameter, or a type of the
/// standard library or the language, it is the crate of the trait `B`.
pub(super) fn crate_of(function: &str) -> Option<&str> {
    let Some(rest) = function.strip_prefix('<') else {
        let (krate, _) = function.split_once("::")?;
        let is_name = krate.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return (is_name && !krate.is_empty()).then_some(krate);
    };
    let (ty, of_trait) = self_type_and_trait(rest);
    let ty = crate_of(without_prefix(ty));
    let own = ty.filter(|krate| !is_standard(krate));
    own.or_else(|| of_trait.and_then(crate_of)).or(ty)
}

/// `A` and `B` of `A as B>::f`; `A` alone of `A>::f`.
fn self_type_and_trait(text: &str) -> (&str, Option<&str>) {
    let (mut depth, mut previous, mut end_of_type) = (0_usize, ' ', None);
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if previous == '-' => {}
            '>' if depth == 0 => {
                let ty = end_of_type.unwrap_or(at);
                let of_trait = end_of_type.map(|end| &text[end + " as ".len()..at]);
                return (&text[..ty], of_trait);
            }
            '>' => depth -= 1,
            ' ' if depth == 0 && end_of_type.is_none() && text[at..].starts_with(" as ") => {
                end_of_type = Some(at);
            }
            _ => {}
        }
        previous = c;
    }
    (text, None)
}

/// The path of a type, without its prefix: `&mut `, `dyn `, `[`.
fn without_prefix(mut ty: &str) -> &str {
    loop {
        let rest = ty.trim_start_matches(['&', '*', '[', '(', ' ']);
        let rest = ["mut ", "const ", "dyn ", "impl "]
            .iter()
            .find_map(|prefix| rest.strip_prefix(prefix))
            .unwrap_or(rest);
        if rest.len() == ty.len() {
            return rest;
        }
        ty = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_crate_of_its_type_or_else_of_its_trait() {
        for (function, krate) in [
            ("shop::pay", Some("shop")),
            ("shop::Cart::pay::{{closure}}", Some("shop")),
            ("axum::handler::call::<shop::pay>", Some("axum")),
            ("<shop::Cart as tower::Service>::call", Some("shop")),
            ("<&mut shop::Cart<u8> as tower::Service>::call", Some("shop")),
            ("<dyn shop::Basket as tower::Service>::call", Some("shop")),
            ("<[shop::Cart; 4] as tower::Service>::call", Some("shop")),
            ("<F as axum::handler::Handler<(M,T1),S>>::call", Some("axum")),
            ("<(A,B) as axum::handler::Handler>::call", Some("axum")),
            ("<fn(u8) -> hyper::Body as tower::Service>::call", Some("tower")),
            ("<alloc::boxed::Box<F> as tower::Service<R>>::call", Some("tower")),
            ("<alloc::boxed::Box<F,A> as core::ops::FnOnce<Args>>::call_once", Some("core")),
            ("<<shop::A as shop::B>::C as tower::D>::e", Some("shop")),
            ("<alloc::vec::Vec<shop::Cart>>::push", Some("alloc")),
            ("shop::cart::<impl tower::Service for hyper::Body>::call", Some("shop")),
            ("sqlite3_step", None),
            ("{closure#0}", None),
            ("<T", None),
            ("<", None),
            ("", None),
        ] {
            assert_eq!(crate_of(function), krate, "{function}");
        }
    }

    #[test]
    fn the_crate_of_a_program_is_its_file_name_without_the_hash_of_a_test() {
        let file = |name: &str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
        assert_eq!(crate_of_program(&file("shop-api")), "shop_api");
        assert_eq!(crate_of_program(&file("shop_api-0123456789abcdef")), "shop_api");
        assert_eq!(crate_of_program(&file("shop-0123456789")), "shop_0123456789");
        assert_eq!(crate_of_program("shop (deleted)"), "shop");
        assert_eq!(crate_of_program(""), "");
    }
}
