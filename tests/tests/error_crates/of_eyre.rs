//! `eyre`, with its own handler. `tests/color_eyre.rs` has that of `color-eyre`: there is one a process.

use eyre::{OptionExt, Result, WrapErr, bail, eyre};
use track_errors::track_errors;

use super::*;

#[test]
fn contexts_are_the_message_and_the_causes_and_the_kind_is_that_of_the_root() {
    fn prices() -> Result<String> {
        read().wrap_err("reading prices")
    }
    #[track_errors]
    fn start() -> Result<String> {
        prices().wrap_err_with(|| "starting")
    }
    let record = record(start);
    let expected = ("std::io::Error", vec!["starting", "reading prices", NO_FILE]);
    assert_eq!(described(&record), expected);
}

#[test]
fn texts_have_the_kind_of_the_container() {
    #[track_errors]
    fn of_none() -> Result<u8> {
        None.ok_or_eyre("no price")
    }
    #[track_errors]
    fn of_bail() -> Result<u8> {
        bail!("no {}", "price")
    }
    #[track_errors]
    fn of_eyre() -> Result<u8> {
        Err(eyre!("no shop").wrap_err("no price"))
    }
    for call in [of_none, of_bail, of_eyre] {
        let record = record(call);
        assert_eq!((&*record.kind, &*record.message), ("eyre::Report", "no price"));
    }
}

#[test]
fn a_carried_location_is_an_attachment() {
    const LINE: u32 = line!() + 2;
    fn prices() -> Result<String> {
        read().wrap_err("reading prices")
    }
    #[track_errors(backtrace = "carried")]
    fn start() -> Result<String> {
        prices()
    }
    assert_eq!(places(&record(start)), [format!("tests/tests/error_crates/of_eyre.rs:{LINE}")]);
    #[track_errors]
    fn by_default() -> Result<String> {
        prices()
    }
    assert_eq!(record(by_default).attachments, [""; 0]);
}
