//! The threads that embed, and what may wait for them.
//!
//! As many as there are cores take whatever is due; one more takes questions alone, so that none waits for the end of a long batch. What
//! waits is bounded by time, in tokens, and what is in memory by bytes; beyond that a client is asked to come later.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use app::{TextEmbedder, TextModel};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::Refused;
use super::measures::Measures;
use super::queue::{Asked, Failure, Form, Held, Kind, Lane, Outcome, Queue, Taken, weight_of_all};

/// Tokens that may wait: half a minute of a slow core's work. The request that passes it is the last.
const WAITING_TOKENS_MAX: usize = 256 << 10;

/// Bytes that all requests together may need, texts and vectors; a single one may need more.
const HELD_BYTES_MAX: usize = 256 << 20;

/// Characters of a number in decimal, and a comma, at most.
const NUMBER_BYTES: usize = 14;

/// Nobody is asked to wait for longer than this before trying again.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What of a model clients may know, and what embeds with it.
pub(super) type Model = TextModel;

/// All that computes.
pub(super) struct Engine {
    models: Vec<Model>,
    n_threads: usize,
    queue: Mutex<Queue>,
    /// Signalled when something waits, and when it is short.
    waiting: Condvar,
    short_waiting: Condvar,
    held: Arc<AtomicUsize>,
    measures: Measures,
    /// For the rate at which tokens go.
    n_tokens_done: AtomicU64,
    busy_microseconds: AtomicU64,
}

/// A request that has been taken in.
pub(super) struct Pending {
    pub(super) asked: Arc<Asked>,
    n_texts: usize,
    outcomes: UnboundedReceiver<(usize, Outcome)>,
}

impl Engine {
    /// Starts `n_threads` threads, and one for questions.
    pub(super) fn start(
        models: Vec<Model>,
        n_threads: NonZeroUsize,
        measures: Measures,
    ) -> std::io::Result<Arc<Engine>> {
        let engine = Engine::idle(models, n_threads, measures);
        let lanes = std::iter::repeat_n(Lane::All, n_threads.get()).chain([Lane::Short]);
        for lane in lanes {
            let engine = Arc::clone(&engine);
            std::thread::Builder::new()
                .name("embed".to_owned())
                .spawn(move || engine.work(lane))?;
        }
        Ok(engine)
    }

    /// Returns what waits for its threads.
    fn idle(models: Vec<Model>, n_threads: NonZeroUsize, measures: Measures) -> Arc<Engine> {
        Arc::new(Engine {
            models,
            n_threads: n_threads.get(),
            queue: Mutex::default(),
            waiting: Condvar::new(),
            short_waiting: Condvar::new(),
            held: Arc::default(),
            measures,
            n_tokens_done: AtomicU64::new(0),
            busy_microseconds: AtomicU64::new(0),
        })
    }

    pub(super) fn models(&self) -> &[Model] {
        &self.models
    }

    /// Returns the model of a name, or the first one, and its place.
    pub(super) fn model(&self, name: Option<&str>) -> Result<(usize, &Model), Refused> {
        let Some(name) = name else {
            return Ok((0, &self.models[0]));
        };
        let is_named = |model: &Model| {
            let mut names = std::iter::once(&model.name).chain(&model.aliases);
            names.any(|known| known.eq_ignore_ascii_case(name))
        };
        let found = self.models.iter().position(is_named);
        found
            .map(|index| (index, &self.models[index]))
            .ok_or_else(|| {
                let names: Vec<&str> = self.models.iter().map(|model| &*model.name).collect();
                let names = names.join(" and ");
                Refused::UnknownModel(format!("model: {name:?} is not served here, {names} is"))
            })
    }

    /// Takes a request in; or says how much later there may be room for it.
    pub(super) fn submit(
        &self,
        kind: Kind,
        form: Form,
        must_be_whole: bool,
        texts: Vec<String>,
    ) -> Result<Pending, Duration> {
        let window = self.models[kind.model].window;
        let n_bytes = needed_bytes(&texts, kind, form);
        let mut queue = self.queue();
        if !self.has_room(&queue, n_bytes) {
            // Whoever has gone needs no room.
            self.measures.abandoned.inc_by(queue.forget_abandoned());
            if !self.has_room(&queue, n_bytes) {
                self.measures.refused.inc();
                return Err(self.time_of(queue.n_tokens() + weight_of_all(&texts, window)));
            }
        }
        let (outcomes, receiver) = unbounded_channel();
        let asked = Arc::new(Asked {
            kind,
            form,
            must_be_whole,
            outcomes,
            came: Instant::now(),
            window,
            held: Held::take(&self.held, n_bytes),
        });
        let n_texts = texts.len();
        let lane = queue.push(Arc::clone(&asked), texts);
        self.show_waiting(&queue);
        drop(queue);
        match (lane, n_texts) {
            (Lane::Short, _) => {
                self.short_waiting.notify_one();
                self.waiting.notify_one();
            }
            (Lane::All, 1) => self.waiting.notify_one(),
            (Lane::All, _) => self.waiting.notify_all(),
        }
        Ok(Pending {
            asked,
            n_texts,
            outcomes: receiver,
        })
    }

    fn has_room(&self, queue: &Queue, n_bytes: usize) -> bool {
        let n_held = self.held.load(Relaxed);
        queue.n_tokens() < WAITING_TOKENS_MAX && (n_held == 0 || n_held + n_bytes <= HELD_BYTES_MAX)
    }

    /// Returns about how long half of so many tokens take.
    fn time_of(&self, n_tokens: usize) -> Duration {
        let seconds = self.busy_microseconds.load(Relaxed) as f64 / 1e6;
        let n_done = self.n_tokens_done.load(Relaxed).max(1) as f64;
        let each = seconds / n_done / self.n_threads as f64;
        let wait = Duration::try_from_secs_f64(n_tokens as f64 / 2.0 * each);
        wait.unwrap_or(RETRY_MAX)
            .clamp(Duration::from_secs(1), RETRY_MAX)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show_waiting(&self, queue: &Queue) {
        let n_tokens = i64::try_from(queue.n_tokens()).unwrap_or(i64::MAX);
        self.measures.waiting_tokens.set(n_tokens);
    }

    /// One thread's life.
    fn work(&self, lane: Lane) {
        let others = self.models.iter().map(|model| model.embedder.another());
        let mut embedders: Vec<TextEmbedder> = others.collect();
        loop {
            let batch = self.next(lane);
            let began = Instant::now();
            let n_tokens = self.embed(&mut embedders, batch);
            let took = began.elapsed();
            self.measures.batch_seconds.observe(took.as_secs_f64());
            self.measures.batch_tokens.observe(n_tokens as f64);
            self.measures.tokens.inc_by(n_tokens);
            self.n_tokens_done.fetch_add(n_tokens, Relaxed);
            let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            self.busy_microseconds.fetch_add(microseconds, Relaxed);
        }
    }

    /// Waits for texts.
    fn next(&self, lane: Lane) -> Vec<Taken> {
        let signal = match lane {
            Lane::All => &self.waiting,
            Lane::Short => &self.short_waiting,
        };
        let mut queue = self.queue();
        loop {
            let mut n_abandoned = 0;
            let batch = queue.take(lane, &mut n_abandoned);
            self.measures.abandoned.inc_by(n_abandoned);
            self.show_waiting(&queue);
            if !batch.is_empty() {
                return batch;
            }
            queue = signal.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Embeds texts of one kind, answers their clients, and returns how many tokens they had.
    fn embed(&self, embedders: &mut [TextEmbedder], batch: Vec<Taken>) -> u64 {
        for taken in &batch {
            let waited = taken.asked.came.elapsed().as_secs_f64();
            self.measures.queue_seconds.observe(waited);
        }
        let outcomes = match self.outcomes(embedders, &batch) {
            Err(_) if batch.len() > 1 => {
                // One text is no reason to fail others.
                let alone = batch.iter().map(|taken| {
                    let outcomes = self.outcomes(embedders, std::slice::from_ref(taken));
                    outcomes.map_or_else(Err, |mut one| one.remove(0))
                });
                alone.collect()
            }
            Err(failure) => vec![Err(failure)],
            Ok(outcomes) => outcomes,
        };
        let mut n_tokens = 0;
        for (taken, outcome) in batch.into_iter().zip(outcomes) {
            if let Ok((_, n)) = &outcome {
                n_tokens += *n as u64;
                self.measures.texts.inc();
            }
            // A client that has gone wants none.
            taken.asked.outcomes.send((taken.index, outcome)).ok();
        }
        n_tokens
    }

    fn outcomes(
        &self,
        embedders: &mut [TextEmbedder],
        batch: &[Taken],
    ) -> Result<Vec<Outcome>, Failure> {
        let kind = batch[0].asked.kind;
        let texts: Vec<&str> = batch.iter().map(|taken| &*taken.text).collect();
        let embedder = &mut embedders[kind.model];
        let embed = || embedder.embed(&texts, kind.role, kind.n_dimensions);
        let embedded = match catch_unwind(AssertUnwindSafe(embed)) {
            Ok(embedded) => embedded.map_err(|error| Failure::Encoder(domain::one_line(&error)))?,
            Err(_) => {
                *embedder = self.models[kind.model].embedder.another();
                return Err(Failure::Encoder("the encoder died of it".to_owned()));
            }
        };
        let outcome = |(taken, embedded): (&Taken, app::Embedded)| {
            let is_full = embedded.n_tokens >= taken.asked.window;
            if taken.asked.must_be_whole && is_full && embedder.is_too_long(&taken.text, kind.role)
            {
                return Err(Failure::TooLong);
            }
            Ok((
                written(&embedded.vector, taken.asked.form),
                embedded.n_tokens,
            ))
        };
        Ok(batch.iter().zip(embedded).map(outcome).collect())
    }
}

/// Returns about how many bytes a request needs until it is answered.
fn needed_bytes(texts: &[String], kind: Kind, form: Form) -> usize {
    let number = match form {
        Form::Float => NUMBER_BYTES,
        Form::Base64 => 6,
    };
    // Vectors lie in pieces, and then in the answer.
    let vectors = 2 * texts.len() * kind.n_dimensions * number;
    texts.iter().map(String::len).sum::<usize>() + vectors
}

/// Writes a vector as JSON.
fn written(vector: &[f32], form: Form) -> String {
    match form {
        Form::Float => serde_json::to_string(vector).expect("numbers that are finite"),
        Form::Base64 => {
            let bytes: Vec<u8> = vector
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            format!("\"{}\"", STANDARD.encode(bytes))
        }
    }
}

impl Pending {
    /// Waits for all vectors, or the first text that has none.
    pub(super) async fn all(&mut self) -> Result<(Vec<String>, usize), Refused> {
        let mut vectors = vec![String::new(); self.n_texts];
        let mut n_tokens = 0;
        for _ in 0..self.n_texts {
            let received = self.outcomes.recv().await;
            let (index, outcome) =
                received.ok_or_else(|| Refused::Failed("the encoder has gone".to_owned()))?;
            let (vector, n) = outcome.map_err(|failure| match failure {
                Failure::Encoder(cause) => Refused::Failed(format!("text {index}: {cause}")),
                Failure::TooLong => Refused::TooLong(format!(
                    "text {index} has more than the {} tokens that the model takes; shorten it, or send \"truncate\": true",
                    self.asked.window
                )),
            })?;
            vectors[index] = vector;
            n_tokens += n;
        }
        Ok((vectors, n_tokens))
    }
}

#[cfg(test)]
mod tests {
    use app::{Missing, Overrides, Role, Settings};

    use super::*;

    /// An engine that nobody works for.
    fn idle() -> Arc<Engine> {
        let mut overrides = Overrides::default();
        overrides.set("embeddings", Some("mock".to_owned()));
        let settings = Settings::resolve(&overrides, None).unwrap();
        let models = app::text_models(&settings, &mut Missing::Refused).unwrap();
        Engine::idle(models, NonZeroUsize::MIN, Measures::default())
    }

    fn submit(engine: &Engine, n_texts: usize) -> Result<Pending, Duration> {
        let kind = Kind {
            model: 0,
            role: Role::Whole,
            n_dimensions: 384,
        };
        let texts = vec!["x".repeat(1024); n_texts];
        engine.submit(kind, Form::Base64, false, texts)
    }

    #[test]
    fn whoever_comes_too_late_hears_when_to_come_again() {
        let engine = idle();
        let mut pending = Vec::new();
        let wait = loop {
            match submit(&engine, 1000) {
                Ok(taken) => pending.push(taken),
                Err(wait) => break wait,
            }
        };
        assert!((1..10).contains(&pending.len()), "{}", pending.len());
        assert!((1..=60).contains(&wait.as_secs()), "{wait:?}");
        // The places of those who go are free at once.
        pending.clear();
        assert!(submit(&engine, 1000).is_ok());
        assert_eq!(engine.queue().n_tokens(), 256 * 1000);
    }

    #[test]
    fn all_that_was_held_is_reclaimed() {
        let engine = idle();
        let pending = submit(&engine, 10).unwrap();
        assert!(engine.held.load(Relaxed) > 10 * 1024);
        let batch = engine.next(Lane::All);
        let mut embedders = vec![engine.models[0].embedder.another()];
        assert_eq!(engine.embed(&mut embedders, batch), 256);
        drop(pending);
        assert_eq!(engine.queue().forget_abandoned(), 1);
        assert_eq!(engine.held.load(Relaxed), 0);
    }
}
