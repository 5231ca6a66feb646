//! Names of functions and files as in the source code.
//!
//! In: names from `type_name`, symbols and line tables. Out: names without the compiler's additions, and
//! paths that do not depend on the machine that built the program.

/// Cargo's folders for dependencies, and the number of folders between each and the package's own:
/// `<cargo home>/registry/src/<index>/tokio-1.0.0/src/lib.rs`,
/// `<cargo home>/git/checkouts/tokio-<hash>/<revision>/tokio/src/lib.rs`
const DEPENDENCY_FOLDERS: [(&str, usize); 2] = [("/registry/src/", 1), ("/git/checkouts/", 2)];

/// The name of a function without the compiler's additions (closures, async bodies, hashes) and without
/// generic arguments, which differ between `type_name`, symbols and line tables.
pub(crate) fn function_name(symbol: &str) -> String {
    let name = without_generics(symbol);
    let mut name = &*name;
    // The legacy mangling has `{{closure}}`, the current one `{closure#0}`; likewise for async blocks.
    while let Some((head, tail)) = name.rsplit_once("::")
        && tail.starts_with('{')
    {
        name = head;
    }
    unwrap_self_type(name)
}

/// The number of closures and async blocks around a symbol in its function: 2 for
/// `shop::pay::{{closure}}::{{closure}}`.
pub(crate) fn closures_of(symbol: &str) -> u32 {
    let name = without_generics(symbol);
    let closures = name.rsplit("::").take_while(|segment| segment.starts_with('{'));
    closures.fold(0, |count, _| count + 1)
}

/// Removes `<…>` after a name or after `::`; keeps it where it begins a path
/// (`<shop::Cart as shop::Basket>::add`, `shop::cart::<impl shop::Cart>::add`).
fn without_generics(symbol: &str) -> String {
    let mut out = String::with_capacity(symbol.len());
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, c) in symbol.char_indices() {
        let opens = c == '<'
            && (depth > 0
                || previous.is_alphanumeric()
                || previous == '_'
                || previous == '}'
                || (previous == ':' && !symbol[at..].starts_with("<impl ")));
        let closes = c == '>' && depth > 0 && previous != '-';
        if opens {
            if depth == 0 && out.ends_with("::") {
                out.truncate(out.len() - 2);
            }
            depth += 1;
        } else if depth == 0 {
            out.push(c);
        }
        if closes {
            depth -= 1;
        }
        previous = c;
    }
    out
}

/// `<shop::Cart>::add` and `shop::cart::<impl shop::Cart>::add` → `shop::Cart::add`.
fn unwrap_self_type(name: &str) -> String {
    if let Some(rest) = name.strip_prefix('<')
        && let Some((ty, method)) = rest.rsplit_once(">::")
        && !ty.contains(" as ")
        && !ty.contains('<')
    {
        return format!("{ty}::{method}");
    }
    if let Some((_, rest)) = name.split_once("<impl ")
        && let Some((ty, method)) = rest.rsplit_once(">::")
        && !ty.contains(" for ")
    {
        return format!("{ty}::{method}");
    }
    name.to_owned()
}

/// Whether a path from debug info is in a package from a registry or a repository.
pub(crate) fn is_dependency(path: &str) -> bool {
    DEPENDENCY_FOLDERS.iter().any(|(folder, _)| path.replace('\\', "/").contains(folder))
}

/// A path without the build machine's part: relative to the workspace for the program's own files, and to the
/// package's folder for all others.
pub(crate) fn path(path: &str, roots: &[String]) -> String {
    if let Some(relative) = roots.iter().find_map(|root| path.strip_prefix(&**root)) {
        return relative.replace('\\', "/");
    }
    let path = path.replace('\\', "/");
    // `/rustc/<commit>/library/std/src/io/mod.rs` and `<toolchain>/lib/rustlib/src/rust/library/…`
    if path.starts_with("/rustc/") || path.contains("/lib/rustlib/src/rust/library/") {
        let (_, file) = path.split_once("/library/").unwrap_or(("", &path));
        return file.to_owned();
    }
    for (folder, skipped) in DEPENDENCY_FOLDERS {
        if let Some(at) = path.find(folder) {
            let rest = &path[at + folder.len()..];
            return rest.splitn(skipped + 1, '/').last().unwrap_or(rest).to_owned();
        }
    }
    let is_absolute = path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
    if !is_absolute {
        return path.trim_start_matches("./").to_owned();
    }
    // Any other place on the build machine: the path from the package's folder on.
    let sources = ["/src/", "/tests/", "/examples/", "/benches/"];
    match sources.iter().filter_map(|sources| path.rfind(sources)).max() {
        Some(at) => {
            let package = path[..at].rfind('/').map_or(0, |slash| slash + 1);
            path[package..].to_owned()
        }
        None => path.rsplit('/').next().unwrap_or(&path).to_owned(),
    }
}

/// The path of the module of a function: what precedes its type, or its name. `shop` of `shop::Cart::pay`.
pub(crate) fn module_of(function: &str) -> &str {
    let is_type = |name: &str| name.starts_with(|c: char| c == '<' || c.is_uppercase());
    let mut end = 0;
    for (at, _) in function.match_indices("::") {
        if is_type(&function[if end == 0 { 0 } else { end + "::".len() }..at]) {
            break;
        }
        end = at;
    }
    &function[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_the_compilers_additions() {
        for (symbol, name) in [
            ("shop::pay", "shop::pay"),
            ("shop::pay::{{closure}}", "shop::pay"),
            ("shop::pay::{closure#0}::{closure#1}", "shop::pay"),
            ("shop::pay::{async_fn#0}", "shop::pay"),
            ("shop::pay::<u8>", "shop::pay"),
            ("shop::pay::<shop::Cart, fn() -> u8>::{closure#0}", "shop::pay"),
            ("shop::pay<shop::Cart>::{{closure}}", "shop::pay"),
            ("<shop::Cart>::add", "shop::Cart::add"),
            ("shop::cart::<impl shop::Cart>::add", "shop::Cart::add"),
            ("<shop::Cart as shop::Basket>::add", "<shop::Cart as shop::Basket>::add"),
            (
                "<shop::Cart<u8> as shop::Basket<'_>>::add::{closure#0}",
                "<shop::Cart as shop::Basket>::add",
            ),
            ("<shop::Cart<u8>>::add", "shop::Cart::add"),
            ("shop::Line<'_>::amount::{{closure}}", "shop::Line::amount"),
            ("shop::Cache<fn(u8) -> shop::Cart>::get", "shop::Cache::get"),
            ("<<shop::A as shop::B>::C as shop::D>::e", "<<shop::A as shop::B>::C as shop::D>::e"),
            ("amount<quickstart::Line>", "amount"),
            ("{closure#0}", "{closure#0}"),
            ("{async_fn#0}<shop::Cart>", "{async_fn#0}"),
        ] {
            assert_eq!(function_name(symbol), name, "{symbol}");
        }
    }

    #[test]
    fn paths_do_not_depend_on_the_machine_that_built_the_program() {
        for (absolute, relative) in [
            ("/home/u/shop/src/pay.rs", "src/pay.rs"),
            ("/rustc/abc/library/std/src/io/mod.rs", "std/src/io/mod.rs"),
            ("/home/u/.cargo/registry/src/index-1/tokio-1.0.0/src/a.rs", "tokio-1.0.0/src/a.rs"),
            ("/home/u/.cargo/git/checkouts/tokio-1f/2e3/tokio/src/a.rs", "tokio/src/a.rs"),
            ("/home/u/other/lib/src/a.rs", "lib/src/a.rs"),
            ("C:\\u\\other\\lib\\src\\a.rs", "lib/src/a.rs"),
            ("src/pay.rs", "src/pay.rs"),
            ("/odd/place.rs", "place.rs"),
        ] {
            assert_eq!(path(absolute, &["/home/u/shop/".to_owned()]), relative, "{absolute}");
        }
    }

    #[test]
    fn the_module_of_a_function_is_before_its_type_or_its_name() {
        for (function, module) in [
            ("shop::pay", "shop"),
            ("shop::cart::pay", "shop::cart"),
            ("shop::cart::Cart::pay", "shop::cart"),
            ("<shop::Cart as tower::Service>::call", ""),
            ("main", ""),
            ("", ""),
        ] {
            assert_eq!(module_of(function), module, "{function}");
        }
    }
}
