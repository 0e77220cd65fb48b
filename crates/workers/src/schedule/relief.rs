//! What happens when all processes together come close to the memory budget: fewer workers, before anything fails.

use std::time::Instant;

use super::slot::{Slot, State};
use super::{Phase, Schedule};
use crate::EndReason;

/// From here on a worker leaves after the job in hand.
const TIGHT_PERCENT: u64 = 90;

/// From here on it is too late to wait for the job.
const CRITICAL_PERCENT: u64 = 97;

impl Schedule<'_> {
    /// Sends the largest worker away when `n_bytes`, the memory of all processes, is close to the budget.
    ///
    /// One at a time: what its end brings is seen before the next one goes. The last worker stays, whatever it holds.
    pub(crate) fn relieve(&mut self, n_bytes: u64, by_worker: &[u64], now: Instant) {
        let Some(budget) = self.settings.budget_bytes else {
            return;
        };
        let is_above = |percent: u64| n_bytes > budget / 100 * percent;
        if self.phase != Phase::Working || !is_above(TIGHT_PERCENT) {
            return;
        }
        let is_leaving = |slot: &Slot| matches!(slot.state, State::Asked(EndReason::Relieved));
        if let Some(worker) = self.slots.iter().position(is_leaving) {
            if is_above(CRITICAL_PERCENT) {
                self.kill(worker, EndReason::Relieved);
            }
            return;
        }
        let is_ending = |slot: &Slot| matches!(slot.state, State::Asked(_) | State::Killed(_));
        let is_ready = |worker: &usize| matches!(self.slots[*worker].state, State::Ready);
        let n_alive = self.slots.iter().filter(|slot| slot.has_process()).count();
        if n_alive < 2 || self.slots.iter().any(is_ending) {
            return;
        }
        let ready = (0..self.slots.len()).filter(is_ready);
        if let Some(largest) = ready.max_by_key(|&worker| by_worker.get(worker)) {
            self.ask(largest, EndReason::Relieved, now);
        }
    }
}
