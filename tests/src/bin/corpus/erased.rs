use std::error::Error;
use std::sync::Arc;
use std::{fmt, fs, io};

use anyhow::Context;
use track_errors::track_errors;

type Boxed = Box<dyn Error>;
type BoxedSend = Box<dyn Error + Send + Sync>;

cases! {
    boxed_by_question_mark -> Boxed { "x".parse::<u8>()? }
    boxed_send_by_question_mark -> BoxedSend { fs::read("/there/is/no/such/file")? }
    boxed_by_into -> Boxed { "x".parse::<u8>().map_err(Into::<Boxed>::into)? }
    boxed_text -> Boxed { Err("a text in a box")? }
    boxed_string -> BoxedSend { Err(format!("text {}", 7))? }
    boxed_and_coerced -> Boxed {
        let send: BoxedSend = fmt::Error.into();
        Err(send as Boxed)?
    }
    counted_error -> Arc<dyn Error + Send + Sync> {
        Err(Arc::new(fmt::Error) as Arc<dyn Error + Send + Sync>)?
    }
    anyhow_by_question_mark -> anyhow::Error { "x".parse::<u8>()? }
    anyhow_text -> anyhow::Error { Err(anyhow::anyhow!("no card for {}", "Ada"))? }
    anyhow_context -> anyhow::Error {
        fs::read("/there/is/no/such/file").context("reading the price list").context("paying")?
    }
    anyhow_around_eyre -> anyhow::Error {
        Err(anyhow::Error::from_boxed(eyre::eyre!("from the other one").into()))?
    }
    eyre_by_question_mark -> eyre::Report { "x".parse::<u8>()? }
    eyre_text -> eyre::Report { Err(eyre::eyre!("no card for {}", "Ada"))? }
    eyre_wrapped -> eyre::Report {
        let read = Err::<(), _>(io::Error::other("cable cut"));
        eyre::WrapErr::wrap_err(read, "asking the bank")?
    }
}

pub(super) fn raise_by_macros() {
    #[track_errors(service = "corpus")]
    fn anyhow_bail() -> anyhow::Result<()> {
        anyhow::bail!("bailed out of {}", "anyhow");
    }
    #[track_errors(service = "corpus")]
    fn anyhow_ensure(amount: i32) -> anyhow::Result<()> {
        anyhow::ensure!(amount > 0, "the amount is {amount}");
        Ok(())
    }
    #[track_errors(service = "corpus")]
    fn eyre_bail() -> eyre::Result<()> {
        eyre::bail!("bailed out of {}", "eyre");
    }
    super::raised(anyhow_bail());
    super::raised(anyhow_ensure(0));
    super::raised(eyre_bail());
}
