//! Work on one file after the other, by several threads at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, ScopedJoinHandle, scope};

use super::STACK_BYTES;

/// Fewer files than this are not worth another thread.
const FILES_PER_THREAD: usize = 8;

/// Does the work for the first of some items on at most `n_threads` threads, until enough is held after one of them, and returns what came of
/// it: of one item at least, of a beginning of them always, in their order.
///
/// Must be called on a thread with a stack of [`STACK_BYTES`], which works too: where the system gives no other, it works alone.
pub(super) fn in_parallel<I: Copy + Sync, T: Send>(
    n_threads: usize,
    items: &[I],
    is_enough: impl Fn() -> bool + Sync,
    work: impl Fn(I) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            // Items are taken in order and what was taken is done, so that what is done is a beginning.
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else {
                return done;
            };
            done.push((place, work(*item)));
            if is_enough() {
                return done;
            }
        }
    };
    let n_others = n_threads.min(items.len() / FILES_PER_THREAD).max(1) - 1;
    let mut done = scope(|scope| {
        let others = (0..n_others).map(|_| {
            Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, take)
        });
        // All are started before the first is waited for.
        let others: Vec<ScopedJoinHandle<'_, _>> = others.flatten().collect();
        let mut done = take();
        for other in others {
            let other = other.join();
            done.extend(other.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_done_in_order_whatever_the_threads() {
        let items: Vec<usize> = (0..100).collect();
        for n_threads in [1, 2, 4] {
            let all = in_parallel(n_threads, &items, || false, |item| item * 2);
            assert!(all.iter().copied().eq((0..100).map(|item| item * 2)));
            let some = in_parallel(n_threads, &items, || true, |item| item);
            assert!((1..=n_threads).contains(&some.len()));
            assert!(some.iter().copied().eq(0..some.len()));
        }
    }
}
