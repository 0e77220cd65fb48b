//! When to ask a service again, and when to stop asking.

use std::time::{Duration, Instant};

use super::{RemoteError, ServiceAddress};
use crate::Embeddings;

/// Pause before the second attempt; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Longest pause that is not of the service's own choosing: what an outage costs beyond its own length.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Longest gap between the requests of one worker.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// Attempts at a request that the service answers wrongly or fails at, before the request itself is suspected.
const SUSPICIOUS_ATTEMPTS: u32 = 3;

/// Why one request gave no vectors.
#[derive(Debug)]
pub(super) enum Fault {
    /// The service asks to come later (429, 503).
    Busy {
        /// How much later, where it says so.
        after: Option<Duration>,
        cause: String,
    },
    /// No answer, or not all of it.
    Lost(String),
    /// The service failed at this request (500) or its answer is wrong; the next may be right.
    Failed(String),
    /// More than the service takes in one request or one input.
    TooMuch(String),
    /// Asking again cannot help.
    Final(RemoteError),
}

/// How the attempts at one request ended.
#[derive(Debug)]
pub(super) enum Attempt {
    Done(Embeddings),
    GaveUp(RemoteError),
    /// The request is too large.
    TooMuch(String),
    /// The service failed at it several times in a row.
    Suspicious(String),
}

/// Asks at the rate that a service bears: whoever is asked to come later leaves gaps between requests, doubled at each such answer
/// and won back by a tenth at each success. The workers of a run each do this, so that together they ask half as often at once.
pub(super) struct Pace {
    address: ServiceAddress,
    patience: Duration,
    gap: Duration,
    sleep: fn(Duration),
}

impl Pace {
    pub(super) fn new(address: ServiceAddress, patience: Duration) -> Pace {
        Pace {
            address,
            patience,
            gap: Duration::ZERO,
            sleep: std::thread::sleep,
        }
    }

    /// Attempts a request until it is done or hopeless.
    pub(super) fn run(&mut self, request: impl FnMut() -> Result<Embeddings, Fault>) -> Attempt {
        self.attempt(request, SUSPICIOUS_ATTEMPTS)
    }

    /// Attempts a request that is known to be sound: whatever fails is the service, which is waited for.
    pub(super) fn await_service(
        &mut self,
        request: impl FnMut() -> Result<Embeddings, Fault>,
    ) -> Result<(), RemoteError> {
        match self.attempt(request, u32::MAX) {
            Attempt::Done(_) => Ok(()),
            Attempt::GaveUp(error) => Err(error),
            Attempt::TooMuch(cause) | Attempt::Suspicious(cause) => Err(RemoteError::Unusable {
                address: self.address.clone(),
                cause,
            }),
        }
    }

    fn attempt(
        &mut self,
        mut request: impl FnMut() -> Result<Embeddings, Fault>,
        suspicious_attempts: u32,
    ) -> Attempt {
        let mut pause = FIRST_PAUSE;
        let mut waited = Duration::ZERO;
        let mut n_failures = 0;
        loop {
            if !self.gap.is_zero() {
                (self.sleep)(self.gap);
            }
            let clock = Instant::now();
            let (wait, cause) = match request() {
                Ok(embeddings) => {
                    self.gap = self.gap.mul_f32(0.9);
                    return Attempt::Done(embeddings);
                }
                Err(Fault::Final(error)) => return Attempt::GaveUp(error),
                Err(Fault::TooMuch(cause)) => return Attempt::TooMuch(cause),
                Err(Fault::Failed(cause)) => {
                    n_failures += 1;
                    if n_failures >= suspicious_attempts {
                        return Attempt::Suspicious(cause);
                    }
                    (pause, cause)
                }
                Err(Fault::Lost(cause)) => (pause, cause),
                Err(Fault::Busy { after, cause }) => {
                    self.gap = (self.gap * 2).clamp(FIRST_PAUSE / 4, LONGEST_GAP);
                    (after.unwrap_or(pause), cause)
                }
            };
            // The time that a request hung counts as waiting too.
            waited += clock.elapsed();
            if waited + wait > self.patience {
                return Attempt::GaveUp(RemoteError::Unavailable {
                    address: self.address.clone(),
                    waited,
                    cause: match wait > LONGEST_PAUSE {
                        true => format!("{cause}; it asks to wait {} s more", wait.as_secs()),
                        false => cause,
                    },
                });
            }
            (self.sleep)(jittered(wait));
            waited += wait;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Returns up to a fifth more, other for each process, so that workers that were turned away together do not come back together.
fn jittered(wait: Duration) -> Duration {
    let share = f64::from(std::process::id() % 64) / 64.0;
    wait.mul_f64(1.0 + share / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(patience_seconds: u64) -> Pace {
        let address: ServiceAddress = "http://localhost:1".parse().unwrap();
        Pace {
            sleep: |_| {},
            ..Pace::new(address, Duration::from_secs(patience_seconds))
        }
    }

    fn busy(after_seconds: u64) -> Fault {
        Fault::Busy {
            after: Some(Duration::from_secs(after_seconds)),
            cause: "429".to_owned(),
        }
    }

    /// Attempts with the given faults, then success; returns how it ended and how many requests were made.
    fn attempt(pace: &mut Pace, faults: Vec<Fault>) -> (Attempt, usize) {
        let mut n_requests = 0;
        let mut faults = faults.into_iter();
        let ended = pace.run(|| {
            n_requests += 1;
            faults.next().map_or_else(|| Ok(Embeddings::default()), Err)
        });
        (ended, n_requests)
    }

    #[test]
    fn outage_within_the_patience_is_waited_out() {
        let faults = (0..20).map(|_| Fault::Lost("reset".to_owned())).collect();
        let (ended, n_requests) = attempt(&mut pace(120), faults);
        assert!(matches!(ended, Attempt::Done(_)), "{ended:?}");
        assert_eq!(n_requests, 21);
    }

    #[test]
    fn outage_beyond_the_patience_ends_with_what_happened() {
        let faults = (0..1000).map(|_| Fault::Lost("reset".to_owned())).collect();
        let (ended, n_requests) = attempt(&mut pace(30), faults);
        let Attempt::GaveUp(error @ RemoteError::Unavailable { .. }) = ended else {
            panic!("{ended:?}");
        };
        assert!(error.to_string().ends_with(": reset"), "{error}");
        assert!((5..25).contains(&n_requests), "{n_requests}");
    }

    #[test]
    fn service_that_asks_for_more_than_the_patience_is_not_waited_for() {
        let (ended, n_requests) = attempt(&mut pace(30), vec![busy(3600)]);
        assert!(matches!(ended, Attempt::GaveUp(_)), "{ended:?}");
        assert_eq!(n_requests, 1);
    }

    #[test]
    fn gaps_double_at_once_and_shrink_slowly() {
        let mut pace = pace(60);
        attempt(&mut pace, vec![busy(1), busy(1), busy(1)]);
        let gap = pace.gap;
        assert!(gap >= Duration::from_millis(200), "{gap:?}");
        attempt(&mut pace, Vec::new());
        assert!(pace.gap < gap && pace.gap > gap / 2);
    }

    #[test]
    fn request_that_fails_again_and_again_is_suspected() {
        let failed = || Fault::Failed("500".to_owned());
        let (ended, n_requests) = attempt(&mut pace(60), vec![failed(), failed(), failed()]);
        assert!(matches!(ended, Attempt::Suspicious(_)), "{ended:?}");
        assert_eq!(n_requests, 3);
        let (ended, _) = attempt(&mut pace(60), vec![failed(), failed()]);
        assert!(matches!(ended, Attempt::Done(_)), "{ended:?}");
    }
}
