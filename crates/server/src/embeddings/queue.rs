//! Whose text is next: a fair queue of requests, each a list of texts. Pure but for the clock that says when a request came.
//!
//! Requests share the encoder by tokens (self-clocked fair queueing): each text is due at the time, counted in tokens, when it would be done
//! if all requests went on at once. So a question is not behind the thousands of texts that came before it, and of those nobody starves. What is short
//! has a lane of its own besides, for a thread that takes nothing else.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use app::Role;
use tokio::sync::mpsc::UnboundedSender;

/// Tokens of a batch at most. The encoder packs texts without padding and gains nothing by more; a question waits for less.
const BATCH_TOKENS: usize = 256;

/// A request of so many tokens at most is a question, for which somebody waits.
const SHORT_TOKENS: usize = 64;

/// Bytes of code or English that one token stands for, about: exact numbers are known only once a text is cut, when its turn is over.
const TOKEN_BYTES: usize = 4;

/// What texts must have in common to go through the encoder together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its place among the models.
    pub(super) model: usize,
    pub(super) role: Role,
    pub(super) n_dimensions: usize,
}

/// How a vector is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Numbers in decimal.
    Float,
    /// Little-endian 32-bit floats in base64.
    Base64,
}

/// What became of a text: a vector as text and its tokens, or why there is none.
pub(super) type Outcome = Result<(String, usize), Failure>;

/// Why a text has no vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is longer than the model takes, and may not be cut.
    TooLong,
    /// The encoder failed.
    Encoder(String),
}

/// A request, as long as anything of it is in memory.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) kind: Kind,
    pub(super) form: Form,
    pub(super) must_be_whole: bool,
    pub(super) outcomes: UnboundedSender<(usize, Outcome)>,
    pub(super) came: Instant,
    /// Tokens that the model takes of a text.
    pub(super) window: usize,
    #[expect(dead_code, reason = "dropping it is its use")]
    pub(super) held: Held,
}

/// Bytes that a request is expected to need; reclaimed on drop.
#[derive(Debug)]
pub(super) struct Held {
    all: Arc<AtomicUsize>,
    n_bytes: usize,
}

impl Held {
    pub(super) fn take(all: &Arc<AtomicUsize>, n_bytes: usize) -> Held {
        all.fetch_add(n_bytes, Relaxed);
        Held {
            all: Arc::clone(all),
            n_bytes,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.n_bytes, Relaxed);
    }
}

impl Asked {
    /// Whether the client has gone.
    fn is_abandoned(&self) -> bool {
        self.outcomes.is_closed()
    }
}

/// Returns about how many tokens of a text go through a model that takes `window`, special tokens included.
fn weight(text: &str, window: usize) -> usize {
    (text.len() / TOKEN_BYTES + 2).min(window)
}

/// Returns the sum of the weights of texts.
pub(super) fn weight_of_all(texts: &[String], window: usize) -> usize {
    texts.iter().map(|text| weight(text, window)).sum()
}

/// A text whose turn has come.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) text: String,
    /// Its place in the request.
    pub(super) index: usize,
    pub(super) asked: Arc<Asked>,
}

/// Who takes texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Whatever is due first.
    All,
    /// Questions only.
    Short,
}

/// What is left of a request.
struct Flow {
    /// When the next text is due, in tokens.
    due: u64,
    /// Requests in the order in which they came, for those that are due at once.
    number: u64,
    /// Not empty.
    texts: VecDeque<String>,
    /// The place of the first of them in the request.
    index: usize,
    lane: Lane,
    asked: Arc<Asked>,
}

#[derive(Default)]
pub(super) struct Queue {
    long: BinaryHeap<Flow>,
    short: BinaryHeap<Flow>,
    /// When the text was due that was taken last.
    now: u64,
    n_requests: u64,
    n_tokens: usize,
}

impl Queue {
    /// Returns about how many tokens wait.
    pub(super) fn n_tokens(&self) -> usize {
        self.n_tokens
    }

    /// Lines a request up, and returns the lane that it is in.
    pub(super) fn push(&mut self, asked: Arc<Asked>, texts: Vec<String>) -> Lane {
        let n_tokens = weight_of_all(&texts, asked.window);
        let lane = match n_tokens <= SHORT_TOKENS {
            true => Lane::Short,
            false => Lane::All,
        };
        self.n_tokens += n_tokens;
        self.n_requests += 1;
        let flow = Flow {
            due: self.now,
            number: self.n_requests,
            texts: texts.into(),
            index: 0,
            lane,
            asked,
        };
        self.line_up(flow);
        lane
    }

    /// Takes the texts that go through the encoder next, and adds how many requests it met whose clients have gone; none if nothing waits.
    pub(super) fn take(&mut self, lane: Lane, n_abandoned: &mut u64) -> Vec<Taken> {
        let mut batch: Vec<Taken> = Vec::new();
        let mut n_tokens = 0;
        while let Some(mut flow) = self.pop(lane) {
            if flow.asked.is_abandoned() {
                self.n_tokens -= flow.n_tokens();
                *n_abandoned += 1;
                continue;
            }
            let weight = flow.weight();
            let fits = batch.first().is_none_or(|first| {
                first.asked.kind == flow.asked.kind && n_tokens + weight <= BATCH_TOKENS
            });
            if !fits {
                self.heap(flow.lane).push(flow);
                break;
            }
            self.now = self.now.max(flow.due);
            self.n_tokens -= weight;
            n_tokens += weight;
            batch.push(Taken {
                text: flow.texts.pop_front().expect("a flow is not empty"),
                index: flow.index,
                asked: Arc::clone(&flow.asked),
            });
            flow.index += 1;
            self.line_up(flow);
        }
        batch
    }

    /// Forgets requests whose clients have gone, and returns how many.
    pub(super) fn forget_abandoned(&mut self) -> u64 {
        let all = [&mut self.long, &mut self.short].map(std::mem::take);
        let mut n_abandoned = 0;
        for flow in all.into_iter().flatten() {
            match flow.asked.is_abandoned() {
                true => {
                    self.n_tokens -= flow.n_tokens();
                    n_abandoned += 1;
                }
                false => self.heap(flow.lane).push(flow),
            }
        }
        n_abandoned
    }

    /// Lines a request up for its next text, if there is one.
    fn line_up(&mut self, mut flow: Flow) {
        if !flow.texts.is_empty() {
            flow.due += flow.weight() as u64;
            self.heap(flow.lane).push(flow);
        }
    }

    fn pop(&mut self, lane: Lane) -> Option<Flow> {
        let is_short_due = match (self.long.peek(), self.short.peek()) {
            (Some(long), Some(short)) => short > long,
            (_, short) => short.is_some(),
        };
        match lane {
            Lane::All if !is_short_due => self.long.pop(),
            _ => self.short.pop(),
        }
    }

    fn heap(&mut self, lane: Lane) -> &mut BinaryHeap<Flow> {
        match lane {
            Lane::All => &mut self.long,
            Lane::Short => &mut self.short,
        }
    }
}

impl Flow {
    /// The weight of the next text.
    fn weight(&self) -> usize {
        self.texts
            .front()
            .map_or(0, |text| weight(text, self.asked.window))
    }

    /// What is left of it.
    fn n_tokens(&self) -> usize {
        let weights = self.texts.iter();
        weights.map(|text| weight(text, self.asked.window)).sum()
    }
}

/// The greatest is the one that is due first.
impl Ord for Flow {
    fn cmp(&self, other: &Flow) -> Ordering {
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

impl PartialOrd for Flow {
    fn partial_cmp(&self, other: &Flow) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Flow {
    fn eq(&self, other: &Flow) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Flow {}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    const KIND: Kind = Kind {
        model: 0,
        role: Role::Whole,
        n_dimensions: 4,
    };

    /// Texts of so many tokens; the receiver is the client.
    fn push(
        queue: &mut Queue,
        kind: Kind,
        lengths: &[usize],
    ) -> UnboundedReceiver<(usize, Outcome)> {
        let (outcomes, client) = unbounded_channel();
        let asked = Asked {
            kind,
            form: Form::Float,
            must_be_whole: false,
            outcomes,
            came: Instant::now(),
            window: 256,
            held: Held::take(&Arc::default(), 0),
        };
        let texts = lengths
            .iter()
            .map(|length| "x".repeat((length - 2) * TOKEN_BYTES));
        queue.push(Arc::new(asked), texts.collect());
        client
    }

    /// The lengths of what is taken, in tokens.
    fn take(queue: &mut Queue, lane: Lane) -> Vec<usize> {
        let batch = queue.take(lane, &mut 0);
        let lengths = batch.iter().map(|taken| weight(&taken.text, 256));
        lengths.collect()
    }

    #[test]
    fn texts_fill_batches_and_all_are_taken_once() {
        let mut queue = Queue::default();
        let _client = push(&mut queue, KIND, &[100, 100, 50, 7]);
        assert_eq!(queue.n_tokens(), 257);
        assert_eq!(take(&mut queue, Lane::All), [100, 100, 50]);
        assert_eq!(take(&mut queue, Lane::All), [7]);
        assert!(take(&mut queue, Lane::All).is_empty() && queue.n_tokens() == 0);
    }

    #[test]
    fn a_question_is_not_behind_what_came_before_it() {
        let mut queue = Queue::default();
        let _bulk = push(&mut queue, KIND, &[200; 100]);
        assert_eq!(take(&mut queue, Lane::All), [200]);
        let _question = push(&mut queue, KIND, &[10]);
        assert_eq!(take(&mut queue, Lane::All), [10, 200]);
        assert_eq!(take(&mut queue, Lane::All), [200]);
    }

    #[test]
    fn requests_share_by_tokens() {
        let mut queue = Queue::default();
        let _first = push(&mut queue, KIND, &[250; 50]);
        let _second = push(&mut queue, KIND, &[125; 50]);
        let taken: Vec<usize> = (0..20).flat_map(|_| take(&mut queue, Lane::All)).collect();
        let n_tokens = |length: usize| taken.iter().filter(|one| **one == length).sum::<usize>();
        assert!(n_tokens(250).abs_diff(n_tokens(125)) <= 250, "{taken:?}");
    }

    #[test]
    fn the_short_lane_has_questions_only() {
        let mut queue = Queue::default();
        let _bulk = push(&mut queue, KIND, &[200; 3]);
        assert!(take(&mut queue, Lane::Short).is_empty());
        let _question = push(&mut queue, KIND, &[30, 30]);
        assert_eq!(take(&mut queue, Lane::Short), [30, 30]);
        assert_eq!(queue.n_tokens(), 600);
    }

    #[test]
    fn what_differs_in_kind_goes_separately() {
        let mut queue = Queue::default();
        let query = Kind {
            role: Role::Query,
            ..KIND
        };
        let _clients = [
            push(&mut queue, KIND, &[20]),
            push(&mut queue, query, &[21]),
        ];
        assert_eq!(take(&mut queue, Lane::All), [20]);
        assert_eq!(take(&mut queue, Lane::All), [21]);
    }

    #[test]
    fn whoever_has_gone_is_forgotten() {
        let mut queue = Queue::default();
        drop(push(&mut queue, KIND, &[200; 100]));
        drop(push(&mut queue, KIND, &[20]));
        let _here = push(&mut queue, KIND, &[30]);
        let mut n_abandoned = 0;
        assert_eq!(queue.take(Lane::All, &mut n_abandoned).len(), 1);
        assert_eq!((n_abandoned, queue.n_tokens()), (2, 0));
        drop(push(&mut queue, KIND, &[200; 100]));
        assert_eq!((queue.forget_abandoned(), queue.n_tokens()), (1, 0));
    }
}
