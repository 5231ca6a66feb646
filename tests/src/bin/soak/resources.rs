//! Memory, threads and descriptors of a process, by what the system says.

use std::fs;
use std::time::Duration;

#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Since the beginning.
    pub(crate) at: Duration,
    /// Resident, in kB.
    pub(crate) memory: u64,
    pub(crate) threads: u64,
    pub(crate) descriptors: u64,
}

impl Sample {
    /// `None` if the process has ended.
    pub(crate) fn of(process: u32, at: Duration) -> Option<Sample> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let descriptors = fs::read_dir(format!("/proc/{process}/fd")).ok()?.count() as u64;
        Some(Sample { at, memory: value("VmRSS")?, threads: value("Threads")?, descriptors })
    }
}

/// The most and the least of each half of a run, after its first tenth.
pub(crate) struct Halves {
    warm: Duration,
    pub(crate) first: Extremes,
    pub(crate) second: Extremes,
}

pub(crate) struct Extremes {
    pub(crate) most: Sample,
    pub(crate) least: Sample,
}

/// How much more memory the second half may use than the first, in kB.
const MORE_MEMORY: u64 = 4 * 1024;
/// What the queue, and the lines that the sink keeps for another connection, may need more in the second half of a run
/// that did not fill them before, in kB; and for how long the sink keeps them.
const BUFFERS: u64 = (8 + 8) * 1024;
const KEPT_FOR: Duration = Duration::from_secs(60);
/// How many more threads and descriptors: names are read on threads that end, through files that are closed.
const MORE_OTHERS: u64 = 2;

impl Halves {
    pub(crate) fn of(samples: &[Sample]) -> Halves {
        let end = samples.last().map_or(Duration::ZERO, |sample| sample.at);
        let warm = end / 10;
        let middle = warm + (end - warm) / 2;
        let between = |from, to| {
            extremes(samples.iter().filter(|sample| sample.at >= from && sample.at < to))
        };
        Halves { warm, first: between(warm, middle), second: between(middle, Duration::MAX) }
    }

    pub(crate) fn is_flat(&self) -> bool {
        let (first, second) = (&self.first.most, &self.second.most);
        let more_memory = MORE_MEMORY + if self.warm < KEPT_FOR { BUFFERS } else { 0 };
        second.memory <= first.memory + more_memory
            && second.threads <= first.threads + MORE_OTHERS
            && second.descriptors <= first.descriptors + MORE_OTHERS
    }
}

fn extremes<'a>(samples: impl Iterator<Item = &'a Sample>) -> Extremes {
    let mut extremes: Option<Extremes> = None;
    for &sample in samples {
        let all = extremes.get_or_insert(Extremes { most: sample, least: sample });
        let merge = |all: &mut Sample, choose: fn(u64, u64) -> u64| {
            all.memory = choose(all.memory, sample.memory);
            all.threads = choose(all.threads, sample.threads);
            all.descriptors = choose(all.descriptors, sample.descriptors);
        };
        merge(&mut all.most, Ord::max);
        merge(&mut all.least, Ord::min);
    }
    extremes.expect("each half has a sample")
}
