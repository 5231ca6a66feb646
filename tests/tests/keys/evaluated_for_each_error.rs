//! `level`, `when`, `kind` and `fingerprint` as a closure or a path.

use super::*;

fn severity(error: &io::Error) -> Level {
    match error.kind() {
        io::ErrorKind::NotFound => Level::Warn,
        _ => Level::Critical,
    }
}

#[track_errors(
    level = severity,
    kind = |error| format!("Io{:?}", error.kind()),
    fingerprint = |error| error.raw_os_error().unwrap_or(-1),
)]
fn read(kind: io::ErrorKind) -> io::Result<()> {
    Err(kind.into())
}

#[test]
fn a_path_or_a_closure_sets_level_kind_and_fingerprint() {
    let record = record(|| read(io::ErrorKind::NotFound));
    assert_eq!(record.level, Level::Warn);
    assert_eq!(record.kind, "IoNotFound");
    assert_eq!(record.error_type, "std::io::Error");
    assert_eq!(record.fingerprint.as_deref(), Some("-1"));
    assert_eq!(super::record(|| read(io::ErrorKind::TimedOut)).level, Level::Critical);
}

#[test]
fn a_closure_may_borrow_from_the_error() {
    struct Coded(&'static str, String);
    #[track_errors(kind = |error| &error.0, fingerprint = |error| error.1.as_str())]
    fn fail() -> Result<(), Coded> {
        Err(Coded("E17", "card-declined".to_owned()))
    }
    let record = record(fail);
    assert_eq!(record.kind, "E17");
    assert_eq!(record.fingerprint.as_deref(), Some("card-declined"));
}

#[test]
fn a_level_can_be_named_by_its_constant() {
    #[track_errors(level = Level::Alert)]
    fn fail() -> Result<(), ()> {
        Err(())
    }
    assert_eq!(record(fail).level, Level::Alert);
}

#[test]
fn literals_are_the_same_for_all_errors() {
    #[track_errors(kind = "K", fingerprint = "F", level = "emergency")]
    async fn fail() -> Result<(), ()> {
        Err(())
    }
    let record = record(|| block_on(fail()));
    assert_eq!((&*record.kind, record.level), ("K", Level::Emergency));
    assert_eq!(record.fingerprint.as_deref(), Some("F"));
}

#[test]
fn an_expected_error_is_counted_and_no_outer_function_logs_it() {
    #[track_errors(when = |error: &io::Error| error.kind() != io::ErrorKind::NotFound)]
    fn inner(kind: io::ErrorKind) -> io::Result<()> {
        Err(kind.into())
    }
    #[track_errors]
    fn outer(kind: io::ErrorKind) -> Result<(), Box<dyn std::error::Error>> {
        inner(kind)?;
        Ok(())
    }
    assert_eq!(expected(|| outer(io::ErrorKind::NotFound)), (1, 0));
    assert_eq!(expected(|| outer(io::ErrorKind::TimedOut)), (0, 1));
}

#[test]
fn at_a_boundary_any_function_on_the_way_can_expect_the_error() {
    #[track_errors]
    fn inner() -> Result<(), String> {
        Err("no card is left".to_owned())
    }
    #[track_errors(report = "boundary", when = String::is_empty)]
    fn outer() -> Result<(), String> {
        inner()
    }
    #[track_errors(when = |_| false)]
    fn middle() -> Result<(), String> {
        inner()
    }
    #[track_errors(report = "boundary")]
    fn around() -> Result<(), String> {
        middle()
    }
    assert_eq!(expected(outer), (1, 0));
    assert_eq!(expected(inner), (0, 1));
    assert_eq!(expected(around), (1, 0));
    // Outside a boundary the error was logged before this function could expect it.
    assert_eq!(expected(middle), (0, 1));
}

#[test]
fn a_closure_that_panics_is_ignored() {
    #[track_errors(
        when = |_| panic!("on purpose: when"),
        level = |_| panic!("on purpose: level"),
        kind = |_| -> String { panic!("on purpose: kind") },
        fingerprint = |_| "still asked",
    )]
    fn fail() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
    let record = record(fail);
    assert_eq!((&*record.kind, record.level), ("std::fmt::Error", Level::Error));
    assert_eq!(record.fingerprint.as_deref(), Some("still asked"));
}

#[test]
fn closures_run_once_per_error_and_never_on_success() {
    thread_local!(static ASKED: Cell<u32> = const { Cell::new(0) });
    #[track_errors(when = |_| { ASKED.set(ASKED.get() + 1); true })]
    fn inner(fail: bool) -> Result<(), String> {
        if fail { Err("no card is left".to_owned()) } else { Ok(()) }
    }
    #[track_errors]
    fn outer(fail: bool) -> Result<(), String> {
        inner(fail)
    }
    assert!(outer(false).is_ok());
    assert_eq!(ASKED.get(), 0);
    record(|| outer(true));
    assert_eq!(ASKED.get(), 1);
}

#[test]
fn closures_run_in_every_shape_of_function() {
    struct Shop;
    #[async_trait]
    trait Pay {
        async fn by_trait(&self) -> Result<(), String>;
    }
    #[async_trait]
    impl Pay for Shop {
        #[track_errors(kind = |error| error.to_uppercase())]
        async fn by_trait(&self) -> Result<(), String> {
            Err("a".to_owned())
        }
    }
    #[track_errors(kind = |error| error.to_uppercase())]
    fn returned() -> impl Future<Output = Result<(), String>> {
        async { Err("b".to_owned()) }
    }
    #[track_errors(kind = |error| error.to_uppercase())]
    fn boxed() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
        Box::pin(async { Err("c".to_owned()) })
    }
    type Later = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
    #[track_errors(kind = |error| error.to_uppercase(), fields(number))]
    fn behind_an_alias(number: u32) -> Later {
        let later = async { Err("d".to_owned()) };
        Box::pin(later) as _
    }
    let all = records(|| {
        block_on(async {
            let _ = Shop.by_trait().await;
            let _ = returned().await;
            let _ = boxed().await;
            let _ = behind_an_alias(7).await;
        });
    });
    let kinds: Vec<_> = all.iter().map(|record| &*record.kind).collect();
    assert_eq!(kinds, ["A", "B", "C", "D"]);
    assert_eq!(all[3].fields.len(), 1);
}
