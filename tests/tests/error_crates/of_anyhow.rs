//! `anyhow`.

use anyhow::{Context, Result, anyhow, bail, ensure};
use track_errors::track_errors;

use super::*;

#[test]
fn contexts_are_the_message_and_the_causes_and_the_kind_is_that_of_the_root() {
    #[track_errors]
    fn start() -> Result<String> {
        read().context("reading prices").with_context(|| "starting")
    }
    let record = record(start);
    let expected = ("std::io::Error", vec!["starting", "reading prices", NO_FILE]);
    assert_eq!(described(&record), expected);
    assert_eq!(cause_kinds(&record), [None, Some("std::io::Error")]);
}

#[test]
fn a_root_of_the_program_that_the_function_did_not_see_has_the_name_in_its_debug() {
    fn uploading() -> Result<()> {
        upload().context("uploading")
    }
    #[track_errors]
    fn sync() -> Result<()> {
        uploading().context("syncing")?;
        Ok(())
    }
    let record = record(sync);
    assert_eq!(
        described(&record),
        ("QuotaExceeded", vec!["syncing", "uploading", "11 of 10 used"])
    );
    assert_eq!(record.error_type, "QuotaExceeded");
}

#[test]
fn a_root_that_the_function_saw_has_its_path() {
    #[track_errors]
    fn by_context() -> Result<()> {
        upload().context("uploading")?;
        Ok(())
    }
    #[track_errors]
    fn by_bail() -> Result<()> {
        anyhow::bail!(QuotaExceeded { used: 11 })
    }
    for call in [by_context, by_bail] {
        assert_eq!(record(call).kind, "error_crates::QuotaExceeded");
    }
}

#[test]
fn texts_have_the_kind_of_the_container() {
    #[track_errors]
    fn of_none() -> Result<u8> {
        None.context("no price")
    }
    #[track_errors]
    fn of_bail() -> Result<u8> {
        bail!("no {}", "price")
    }
    #[track_errors]
    fn of_ensure() -> Result<u8> {
        ensure!(read().is_ok(), "no price");
        Ok(1)
    }
    #[track_errors]
    fn of_anyhow() -> Result<u8> {
        Err(anyhow!("no shop").context("no price"))
    }
    for call in [of_none, of_bail, of_ensure, of_anyhow] {
        let record = record(call);
        assert_eq!((&*record.kind, &*record.message), ("anyhow::Error", "no price"));
    }
}

#[test]
fn an_error_that_is_downcast_is_the_same_error() {
    #[track_errors]
    fn uploading() -> Result<()> {
        Ok(upload()?)
    }
    #[track_errors]
    fn sync() -> std::result::Result<(), QuotaExceeded> {
        uploading().map_err(|error| error.downcast().expect("its type"))
    }
    assert_eq!(record(sync).kind, "error_crates::QuotaExceeded");
}
