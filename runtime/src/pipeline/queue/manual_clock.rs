//! The queue by the clock of a test.

use super::*;

/// A clock that a test moves on.
#[derive(Debug, Default)]
pub(super) struct ManualClock {
    now: Duration,
    /// When the worker's look is over, if it is at one.
    look_ends: Option<Duration>,
}

impl Queue {
    pub(super) fn with_manual_clock() -> Self {
        let queue = Queue::default();
        queue.lock().clock = Some(ManualClock::default());
        queue
    }

    pub(super) fn manual_look<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        period: Duration,
    ) -> (MutexGuard<'a, State>, bool) {
        let clock =
            |state: &'_ State| state.clock.as_ref().map(|clock| clock.now).unwrap_or_default();
        let ends = clock(&state) + period;
        let set = |state: &mut State, look_ends| {
            state.clock.get_or_insert_default().look_ends = look_ends;
            self.progress.notify_all();
        };
        set(&mut state, Some(ends));
        while clock(&state) < ends && !state.is_flush_asked() {
            state = wait(&self.work, state);
        }
        set(&mut state, None);
        let is_over = clock(&state) >= ends;
        (state, is_over)
    }

    /// Moves the clock on. The worker has begun its next look, or sleeps, when this returns.
    pub(super) fn pass(&self, time: Duration) {
        let wait = |state| wait(&self.progress, state);
        let look = |state: &'_ State| state.clock.as_ref().and_then(|clock| clock.look_ends);
        let mut state = self.lock();
        let target = state.clock.get_or_insert_default().now + time;
        loop {
            while !state.asleep && look(&state).is_none() {
                state = wait(state);
            }
            let Some(ends) = look(&state).filter(|ends| *ends <= target) else { break };
            state.clock.get_or_insert_default().now = ends;
            self.work.notify_one();
            while look(&state) == Some(ends) {
                state = wait(state);
            }
        }
        state.clock.get_or_insert_default().now = target;
    }
}
