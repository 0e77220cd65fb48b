//! Work that several threads share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A thread's calls are few and their arrays small; a worker's memory is limited, stacks counted.
const STACK_N_BYTES: usize = 512 * 1024;

/// Returns `work` of every job, in order, done by as many threads as there are `scratches`, this one among them.
///
/// Where the system gives no more threads, those that it gave do all.
pub(crate) fn in_parallel<J: Clone + Sync, S: Send, R: Send>(
    scratches: &mut [S],
    jobs: Vec<J>,
    work: impl Fn(J, &mut S) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let run = |scratch: &mut S| {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else {
                return results;
            };
            results.push((index, work(job.clone(), scratch)));
        }
    };
    let [own, others @ ..] = scratches else {
        unreachable!("there is at least one thread");
    };
    let n_others = others.len().min(jobs.len().saturating_sub(1));
    let mut results = thread::scope(|scope| {
        let run = &run;
        let spawned: Vec<_> = others[..n_others]
            .iter_mut()
            .map_while(|scratch| {
                let thread = thread::Builder::new().stack_size(STACK_N_BYTES);
                thread.spawn_scoped(scope, move || run(scratch)).ok()
            })
            .collect();
        let mut results = run(own);
        for thread in spawned {
            match thread.join() {
                Ok(others) => results.extend(others),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(n_threads: usize, n_jobs: usize) {
        let mut scratches = vec![0; n_threads];
        let jobs: Vec<usize> = (0..n_jobs).collect();
        let squares = in_parallel(&mut scratches, jobs.clone(), |job, n_done| {
            *n_done += 1;
            job * job
        });
        let expected: Vec<usize> = jobs.iter().map(|job| job * job).collect();
        assert_eq!(squares, expected, "{n_threads} threads, {n_jobs} jobs");
        assert_eq!(scratches.iter().sum::<usize>(), n_jobs);
    }

    #[test]
    fn every_job_is_done_once_and_results_keep_their_order() {
        for n_threads in [1, 2, 5] {
            for n_jobs in [0, 1, 3, 100] {
                check(n_threads, n_jobs);
            }
        }
    }
}
