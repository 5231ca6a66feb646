use std::sync::atomic::AtomicU32;
use std::sync::{Arc, mpsc};

use super::*;
use crate::model::{Site, Step};
use crate::pipeline::LateSteps;

static SITE: Site = Site::new("queue", 0, || ());

fn step() -> Step {
    Step { site: &SITE, location: SITE.location }
}

/// Takes the late steps, and counts them.
fn late_steps(late: &LateSteps) -> usize {
    let mut count = 0;
    late.close(|added| count = added.trail.steps().count());
    count
}

/// A worker that sends the number of late steps of each record that it takes.
fn worker(queue: &Arc<Queue>) -> mpsc::Receiver<usize> {
    worker_that_releases(queue, || ())
}

/// The same, with what it does when it releases symbols.
fn worker_that_releases(
    queue: &Arc<Queue>,
    release: impl Fn() + Send + 'static,
) -> mpsc::Receiver<usize> {
    let (steps, taken) = mpsc::channel();
    let queue = Arc::clone(queue);
    std::thread::spawn(move || {
        let records = Taken::default();
        loop {
            let work = queue.next(&records);
            if work.releases_symbols {
                release();
            }
            for record in lock(&records).drain(..) {
                if steps.send(record.late.as_ref().map_or(0, late_steps)).is_err() {
                    return;
                }
            }
            queue.done(&work, &mut Vec::new());
        }
    });
    taken
}

fn push(queue: &Queue) -> LateSteps {
    let late = LateSteps::new();
    let record = CapturedError { late: Some(late.clone()), ..CapturedError::for_test(&SITE) };
    queue.push(Box::new(record), false).expect("there is room");
    late
}

#[test]
fn a_record_waits_for_a_slow_look_and_another_one_at_most() {
    let queue = Arc::new(Queue::with_manual_clock());
    let taken = worker(&queue);
    for error in 0..1_000 {
        // The worker sleeps, or is anywhere in a look.
        queue.pass(Duration::from_micros(error * 7_919_113 % 497_000));
        push(&queue);
        queue.pass(SLOW_LOOK + LOOK);
        assert_eq!(taken.try_recv(), Ok(0));
    }
}

#[test]
fn errors_at_any_pace_have_their_whole_trail() {
    const STEPS: usize = 4;
    let queue = Arc::new(Queue::with_manual_clock());
    let taken = worker(&queue);
    for error in 0..1_000 {
        // From 3 to 500 ms.
        queue.pass(Duration::from_micros(3_000 + error * 7_919_113 % 497_000));
        let late = push(&queue);
        for _ in 0..STEPS {
            // A destructor on the way out.
            queue.pass(Duration::from_micros(100));
            late.add(step(), None, None);
        }
    }
    assert!(queue.flush(Duration::from_secs(60)));
    let trails: Vec<_> = taken.try_iter().collect();
    let whole = trails.iter().filter(|steps| **steps == STEPS).count();
    assert_eq!((whole, trails.len()), (1_000, 1_000));
}

#[test]
fn a_flush_does_not_wait_for_a_look_and_comes_after_all_steps_that_were_made() {
    let queue = Arc::new(Queue::with_manual_clock());
    let taken = worker(&queue);
    push(&queue).add(step(), None, None);
    assert!(queue.flush(Duration::from_secs(60)));
    assert_eq!(taken.try_iter().collect::<Vec<_>>(), [1]);
}

#[test]
fn no_error_within_a_minute_of_the_last_one_has_to_wake_the_worker() {
    let queue = Arc::new(Queue::with_manual_clock());
    let taken = worker(&queue);
    push(&queue);
    queue.pass(Duration::from_secs(59));
    assert!(!queue.lock().asleep);
    assert_eq!(taken.try_recv(), Ok(0));
    queue.pass(Duration::from_secs(2));
    assert!(queue.lock().asleep);
    push(&queue);
    assert!(!queue.lock().asleep);
    queue.pass(2 * LOOK);
    assert_eq!(taken.try_recv(), Ok(0));
}

#[test]
fn symbols_are_released_once_after_ten_seconds_without_an_error() {
    let queue = Arc::new(Queue::with_manual_clock());
    let releases = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&releases);
    let _taken = worker_that_releases(&queue, move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    for round in 0..3 {
        push(&queue);
        queue.pass(Duration::from_secs(9));
        assert_eq!(releases.load(Ordering::Relaxed), round);
        queue.pass(Duration::from_secs(100));
        assert_eq!(releases.load(Ordering::Relaxed), round + 1);
    }
}

#[test]
fn a_step_that_comes_too_late_is_missing_and_nothing_else_is() {
    let queue = Arc::new(Queue::with_manual_clock());
    let taken = worker(&queue);
    let late = push(&queue);
    queue.pass(2 * LOOK);
    assert_eq!(taken.recv(), Ok(0));
    late.add(step(), None, None);
    assert_eq!(late_steps(&late), 0);
}

#[test]
fn a_flush_that_gave_up_shortens_no_pause() {
    let queue = Queue::default();
    assert!(!queue.flush(Duration::ZERO));
    let now = Instant::now();
    let until = now + Duration::from_millis(20);
    assert!(!queue.pause(until, now));
    assert!(Instant::now() >= until);
}

#[test]
fn the_end_of_the_program_makes_room_for_threads_that_wait() {
    let queue = Arc::new(Queue::default());
    while queue.push(Box::new(CapturedError::for_test(&SITE)), false).is_ok() {}
    queue.lock().asleep = true;
    let waiting = Arc::clone(&queue);
    let thread = std::thread::spawn(move || {
        assert!(waiting.push(Box::new(CapturedError::for_test(&SITE)), true).is_ok());
    });
    // A thread that waits has woken the worker first.
    let mut state = queue.lock();
    while state.asleep {
        state = wait_for(&queue.work, state, LOOK).0;
    }
    drop(state);
    queue.take_all(&Taken::default());
    thread.join().expect("no panic");
}
