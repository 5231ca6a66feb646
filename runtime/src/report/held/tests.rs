use super::*;
use crate::describe::{Probe, describe};
use crate::model::Decision;
use crate::pipeline::CapturedError;
use crate::report::likeness::Known;
use crate::report::recent::Fate;
use crate::testing;

static SITE: Site = Site::new("held", 0, || ());

/// An error of the pipeline of this thread.
fn held() -> HeldError {
    let record = Box::new(CapturedError::for_test(&SITE));
    let error = std::fmt::Error;
    let description = describe(&Probe::new(&error).track_errors_view(), None);
    let known = Known::new("core::fmt::Error", &description);
    let pipeline = pipeline::current().expect("one of a test");
    HeldError::new(record.id, known, pipeline, record)
}

/// The entry of an error that was logged.
fn logged(id: ErrorId, known: Known) -> RecentError {
    RecentError::new(id, known, Fate::Decided(Decision::Logged, None))
}

#[test]
fn an_error_that_is_held_for_thirty_seconds_is_logged_and_stays_known() {
    let before = Instant::now();
    let (all, records) = testing::capture(|| {
        let scope = ScopeRef::of_number(open_scope());
        assert!(hold(scope, held()).is_ok(), "there is room");
        let count = || {
            shard(scope)
                .get(&scope.number())
                .map_or(0, |all| all.held.iter().filter(|held| !held.is_decided()).count())
        };
        release_old(before + MAX_AGE - Duration::from_nanos(1));
        assert_eq!(count(), 1, "it is not old yet");
        release_old(Instant::now() + MAX_AGE);
        assert_eq!(count(), 0);
        release_old(Instant::now() + MAX_AGE);
        take_all(scope)
    });
    assert_eq!(records.len(), 1, "once");
    let boundary = records[0].boundary.as_ref().expect("one held it");
    assert_eq!((&boundary.function, boundary.end), (&None, BoundaryEnd::TooLong), "it runs");
    assert!(matches!(&all[..], [held] if held.is_decided() && held.id == records[0].id));
}

#[test]
fn of_thousands_of_errors_that_are_decided_a_scope_keeps_the_newest_sixteen() {
    let scope = ScopeRef::of_number(open_scope());
    let ((), records) = testing::capture(|| {
        assert!(hold(scope, held()).is_ok(), "there is room");
        let mut newest = Vec::new();
        for _ in 0..5_000 {
            let HeldError { id, known, .. } = held();
            note(scope, &logged(id, known), false);
            newest.push(id);
        }
        let kept: Vec<_> = shard(scope)[&scope.number()]
            .held
            .iter()
            .filter(|held| held.is_decided())
            .map(|held| (held.id, held.bytes))
            .collect();
        let ids: Vec<_> = kept.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, newest[newest.len() - MAX_DECIDED..]);
        assert!(kept.iter().all(|(_, bytes)| *bytes > 0), "they count");
        assert!(kept.iter().map(|(_, bytes)| bytes).sum::<usize>() < MAX_BYTES / 2);
        let all = take_all(scope);
        assert_eq!(all.len(), 1 + MAX_DECIDED);
        assert!(!all[0].is_decided(), "it is not pushed out by those that are");
    });
    assert!(records.is_empty());
}

#[test]
fn an_error_that_is_decided_pushes_out_none_that_is_held() {
    let scope = ScopeRef::of_number(open_scope());
    let (held_ones, records) = testing::capture(|| {
        let room = |all: &[HeldError]| {
            let bytes: usize = all.iter().map(|held| held.bytes).sum();
            MAX_BYTES - bytes
        };
        // As full as can be.
        loop {
            let mut next = held();
            let limit = room(&shard(scope)[&scope.number()].held);
            if let Some(record) = next.record() {
                record.message = "x".repeat(2_000).into();
            }
            if next.size() > limit {
                break;
            }
            assert!(hold(scope, next).is_ok(), "there is room");
        }
        for _ in 0..MAX_DECIDED {
            let HeldError { id, known, .. } = held();
            note(scope, &logged(id, known), false);
        }
        take_all(scope).into_iter().filter(|held| !held.is_decided()).count()
    });
    assert!(held_ones > 10, "{held_ones} of 64 KiB");
    assert!(records.is_empty());
}
