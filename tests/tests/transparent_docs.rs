//! The documentation of a tracked function is that of the plain one, with attributes and comments in their
//! order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use track_errors_tests::compiler::{Package, without_attribute};

const SOURCE: &str = r##"
//! A library.

/// First, above.
#[doc = "Second, above."]
#[cfg_attr(all(), doc = "Third, above.")]
#[cfg_attr(any(), doc = "Not there.")]
#[must_use = "it is the price"]
#[deprecated(since = "1.2.0", note = "call `new_price`")]
#[doc(alias = "cost")]
#[track_errors::track_errors(service = "docs")]
/// Fourth, below.
#[inline(always)]
#[cfg_attr(all(), doc = "Fifth, below.")]
#[unsafe(no_mangle)]
///
/// # Errors
///
/// Where there is none.
pub extern "C" fn above_and_below<'a>(#[allow(unused)] text: &'a str, mut sum: u32) -> Option<Result<&'a str, u32>>
where
    'a: 'a,
{
    //! Sixth, inside.
    sum += 1;
    Some(if sum > 1 { Ok(text) } else { Err(sum) })
}

/// With a feature of the processor.
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
#[track_errors::track_errors]
#[cold]
pub unsafe fn features<T: Clone, const N: usize>(list: [T; N], more: u32) -> Result<impl Iterator<Item = T>, T>
where
    T: std::fmt::Debug,
{
    let _ = more;
    Ok(list.into_iter())
}

/// Async.
#[track_errors::track_errors]
/// And more.
pub async fn later(text: &str, (): ()) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}
"##;

const ITEMS: [&str; 3] = ["above_and_below", "features", "later"];

/// The page of an item, with or without the attribute.
fn page(name: &str, source: String, item: &str) -> String {
    let package = Package {
        directory: env!("CARGO_TARGET_TMPDIR"),
        name: &format!("docs_{name}"),
        edition: "2024",
        sources: vec![(format!("example_{name}"), source)],
    };
    let mut pages = package.documentation(&format!("fn.{item}.html"));
    pages.remove(&format!("example_{name}")).expect("a page").replace(name, "NAME")
}

static PAGES: LazyLock<BTreeMap<&str, [String; 2]>> = LazyLock::new(|| {
    let plain = without_attribute(SOURCE);
    ITEMS
        .map(|item| {
            (item, [page("plain", plain.clone(), item), page("tracked", SOURCE.to_owned(), item)])
        })
        .into()
});

#[test]
fn comments_and_attributes_of_a_function_stand_in_their_order() {
    let [plain, tracked] = &PAGES["above_and_below"];
    let words = ["First,", "Second,", "Third,", "Fourth,", "Fifth,", "Errors", "Sixth,"];
    let places = words.map(|word| tracked.find(word).unwrap_or_else(|| panic!("no {word}")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(!tracked.contains("Not there."));
    for attribute in ["no_mangle", "Deprecated since 1.2.0"] {
        assert!(tracked.contains(attribute), "no {attribute}");
    }
    assert_eq!(plain, tracked);
}

#[test]
fn the_signature_of_a_generic_unsafe_function_is_shown_as_it_was() {
    let [plain, tracked] = &PAGES["features"];
    assert!(tracked.contains("With a feature of the processor."));
    assert_eq!(plain, tracked);
}

#[test]
fn the_signature_of_an_async_function_is_shown_as_it_was() {
    let [plain, tracked] = &PAGES["later"];
    assert!(tracked.contains("And more."));
    assert_eq!(plain, tracked);
}
