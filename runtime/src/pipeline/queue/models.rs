//! Models of the queue and a worker that takes its records.

use std::collections::BTreeSet;
use std::sync::Arc;

use shuttle::thread;

use super::*;
use crate::base::sync::atomic::AtomicUsize;
use crate::model::ErrorId;
use crate::pipeline::models::{SITE, check, error};

/// A record that is larger than the queue: it gets in alone.
fn large() -> Box<CapturedError> {
    static MESSAGE: std::sync::LazyLock<Arc<str>> =
        std::sync::LazyLock::new(|| "x".repeat(MAX_BYTES).into());
    let mut record = Box::new(CapturedError::for_test(&SITE));
    record.message = Arc::clone(&MESSAGE);
    record
}

/// The next look finds the worker asleep if nothing is there.
fn tire(queue: &Queue) {
    queue.lock().quiet_looks = LOOKS + SLOW_LOOKS;
}

/// Takes so many records, and goes to sleep whenever none is there.
fn take(queue: &Queue, count: usize) -> Vec<ErrorId> {
    let (mut ids, taken) = (Vec::new(), Taken::default());
    while ids.len() < count {
        tire(queue);
        let work = queue.next(&taken);
        ids.extend(lock(&taken).drain(..).map(|record| record.id));
        queue.done(&work, &mut Vec::new());
    }
    ids
}

/// Pushes records on two threads; returns the ids of those that got in.
fn push_on_two_threads(
    queue: &Arc<Queue>,
    make: fn() -> Box<CapturedError>,
    may_wait: bool,
) -> [thread::JoinHandle<Vec<ErrorId>>; 2] {
    [(); 2].map(|()| {
        let queue = Arc::clone(queue);
        thread::spawn(move || {
            let mut pushed = Vec::new();
            for _ in 0..2 {
                let record = make();
                let id = record.id;
                match queue.push(record, may_wait) {
                    Ok(_) => pushed.push(id),
                    Err(record) => assert_eq!(record.id, id, "it is given back"),
                }
            }
            pushed
        })
    })
}

fn ids(pushed: [thread::JoinHandle<Vec<ErrorId>>; 2]) -> Vec<ErrorId> {
    pushed.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
}

/// Each came out once.
fn assert_same(pushed: &[ErrorId], taken: &[ErrorId]) {
    let set = |ids: &[ErrorId]| ids.iter().map(|id| id.bits()).collect::<BTreeSet<_>>();
    assert_eq!(set(pushed), set(taken));
    assert_eq!(pushed.len(), taken.len());
}

#[test]
fn a_worker_that_sleeps_is_woken_by_the_next_record() {
    check(|| {
        let queue = Arc::new(Queue::default());
        let pushed = push_on_two_threads(&queue, error, false);
        let taken = take(&queue, 4);
        assert_same(&ids(pushed), &taken);
    });
}

#[test]
fn threads_that_wait_for_room_get_it() {
    check(|| {
        let queue = Arc::new(Queue::default());
        let pushed = push_on_two_threads(&queue, large, true);
        let taken = take(&queue, 4);
        assert_same(&ids(pushed), &taken);
    });
}

#[test]
fn a_full_queue_gives_the_record_back() {
    check(|| {
        let queue = Arc::new(Queue::default());
        let pushed = push_on_two_threads(&queue, large, false);
        let mut taken = take(&queue, 1);
        let pushed = ids(pushed);
        taken.extend(take(&queue, pushed.len() - 1));
        assert_same(&pushed, &taken);
    });
}

#[test]
fn a_quarter_full_queue_wakes_a_worker_in_its_look_and_a_flush_wakes_it_from_its_sleep() {
    check(|| {
        let queue = Arc::new(Queue::default());
        let pushing = Arc::clone(&queue);
        let pushed = thread::spawn(move || {
            let ids = [large(), error()].map(|record| {
                let id = record.id;
                pushing.push_beyond(record);
                id
            });
            assert!(pushing.flush(Duration::from_secs(1_000)));
            assert!(!pushing.has_unwritten(), "the other thread has pushed nothing");
            ids
        });
        let worker = Arc::clone(&queue);
        let work = move || loop {
            take(&worker, 1);
        };
        crate::base::sync::spawn("worker", work).expect("the checker has room");
        pushed.join().expect("no panic");
    });
}

#[test]
fn while_an_error_is_held_the_worker_looks_for_it_or_will_be_woken_to_do_so() {
    check(|| {
        let queue = Arc::new(Queue::default());
        let bytes = Arc::new(AtomicUsize::new(0));
        let is_any = |bytes: &AtomicUsize| bytes.load(Ordering::SeqCst) > 0;
        queue.watch_held();
        queue.lock().idle_held_looks = HELD_LOOKS - 1;
        let holding = [(); 2].map(|()| {
            let (queue, bytes) = (Arc::clone(&queue), Arc::clone(&bytes));
            thread::spawn(move || {
                bytes.fetch_add(1, Ordering::SeqCst);
                queue.watch_held();
            })
        });
        // The last look before the worker stops looking.
        queue.held_looked(|| is_any(&bytes));
        holding.into_iter().for_each(|thread| thread.join().expect("no panic"));
        assert!(queue.watches_held.load(Ordering::SeqCst), "something is held");
    });
}
