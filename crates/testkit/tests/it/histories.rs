//! Whatever happened to a tree and its index, the index says what a fresh one would.

#![expect(
    clippy::disallowed_methods,
    reason = "a test may be asked for its long form"
)]

use app::{Event, IndexOptions, StopHandle};
use testkit::{TestProject, count_statement};

/// The same in every run of the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn path(number: u64) -> String {
    format!("src/d{}/f{number}.ts", number % 3)
}

/// A file that imports another, which may or may not be there.
fn source(random: &mut Random) -> String {
    let (other, name) = (random.below(12), random.below(5));
    let n_functions = 1 + random.below(40);
    let functions: String = (0..n_functions)
        .map(|n| count_statement(&format!("f{name}x{n}")))
        .collect();
    format!(
        "import {{ f{name}x0 as other }} from '../d{}/f{other}'\n{functions}other([])\n",
        other % 3
    )
}

fn options(from_scratch: bool) -> IndexOptions {
    IndexOptions {
        is_streaming: true,
        from_scratch,
        ..IndexOptions::default()
    }
}

/// Indexes, and stops after some files.
fn stopped_run(project: &TestProject, n_files: u64, from_scratch: bool) {
    let stop = StopHandle::new();
    let handle = stop.clone();
    let mut n_done = 0;
    project
        .try_index(&options(from_scratch), &stop, &mut |event| {
            n_done += u64::from(matches!(event, Event::FileIndexed { .. }));
            if n_done >= n_files {
                handle.stop_gracefully();
            }
        })
        .unwrap();
}

fn check_history(seed: u64, n_steps: u32) {
    let mut random = Random(seed);
    let mut project = TestProject::new("");
    let mut embeddings = "mock";
    for step in 0..n_steps {
        let number = random.below(12);
        let exists = project.tree().join(path(number)).exists();
        let what = random.below(9);
        match what {
            0..=3 => project.write(&path(number), source(&mut random)),
            4 if exists => project.delete(&path(number)),
            5 if exists => {
                let to = project.tree().join(path(random.below(12)));
                fs_err::create_dir_all(to.parent().unwrap()).unwrap();
                fs_err::rename(project.tree().join(path(number)), to).unwrap();
            }
            6 => stopped_run(&project, random.below(4), false),
            7 => stopped_run(&project, random.below(4), true),
            8 => {
                embeddings = if embeddings == "mock" { "none" } else { "mock" };
                project = project.with("embeddings", embeddings);
            }
            _ => project.write(&path(number), b"\xff"),
        }
        let summary = project.index(&options(false));
        assert!(summary.is_complete);
        let fresh = TestProject::on(project.tree()).with("embeddings", embeddings);
        fresh.index_streaming();
        assert_eq!(
            project.digest(),
            fresh.digest(),
            "seed {seed}, step {step}, kind {what}"
        );
        assert_eq!(project.open().status(None).unwrap()[0].building, None);
    }
}

#[test]
fn any_history_of_edits_stops_and_profiles_ends_as_a_fresh_index() {
    match std::env::var_os("MNEMO_TEST_LONG").is_some() {
        true => (1..=10).for_each(|seed| check_history(seed, 100)),
        false => (1..=2).for_each(|seed| check_history(seed, 20)),
    }
}
