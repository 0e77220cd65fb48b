//! Embedding services that misbehave: the right vectors or one clear line, whatever they answer.

use std::time::{Duration, Instant};

use app::{
    Difference, IndexOptions, Mode, Repair, SearchOptions, StopHandle, TestHits, VectorCheck,
};
use embed::remote::{RemoteEmbedder, RemoteError, RemoteRequest, Secret};
use embed::{EmbedError, Embedder, Embeddings, MockEmbedder, Role};
use testkit::embedding_server::{EmbeddingServer, Kind, Reply};
use testkit::{TestDatabase, TestProject, count_statement};

fn request(server: &EmbeddingServer, path: &str) -> RemoteRequest {
    RemoteRequest {
        address: server.url(path).parse().unwrap(),
        model: None,
        key: None,
        n_dimensions: None,
        max_input_tokens: None,
        patience: Duration::from_secs(20),
    }
}

fn inputs(n: usize) -> Vec<String> {
    (0..n).map(|number| format!("input {number}")).collect()
}

fn embed(embedder: &mut RemoteEmbedder, inputs: &[String]) -> Result<Embeddings, EmbedError> {
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    embedder.embed(&inputs, Role::Document)
}

fn check_vectors(embeddings: &Embeddings, inputs: &[String]) {
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let expected = MockEmbedder::new().embed(&inputs, Role::Document).unwrap();
    assert_eq!(embeddings.vectors, expected.vectors);
}

/// Probes a service, then has it answer once as `reply` says, and checks that the right vectors come all the same.
fn check_survives(kind: Kind, reply: Reply) {
    let server = EmbeddingServer::start(kind);
    let mut embedder = RemoteEmbedder::open(&request(&server, "").probe().unwrap());
    server.script([reply.clone()]);
    let inputs = inputs(5);
    let embeddings = embed(&mut embedder, &inputs).unwrap_or_else(|error| {
        panic!("{kind:?} {reply:?}: {error}");
    });
    check_vectors(&embeddings, &inputs);
}

#[test]
fn one_misbehaviour_costs_an_attempt() {
    for kind in [Kind::OpenAi, Kind::TextEmbeddingsInference] {
        for reply in [
            Reply::Vectors,
            Reply::Gzip,
            Reply::Slow(Duration::from_millis(100)),
            Reply::Status(429, "Retry-After: 0.1\r\n", ""),
            Reply::Status(429, "", r#"{"error": {"message": "slow down"}}"#),
            Reply::Status(503, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", ""),
            Reply::Status(500, "", "<html>oops</html>"),
            Reply::Status(413, "", ""),
            Reply::Status(200, "", "<html>a proxy's page</html>"),
            Reply::Values("[NaN]"),
            Reply::Values("null"),
            Reply::Values("[]"),
            Reply::Values("\"AAAAAA==\""),
            Reply::Dimensions(3),
            Reply::OneMissing,
            Reply::Empty,
            Reply::Cut,
            Reply::Closed,
        ] {
            check_survives(kind, reply);
        }
    }
    check_survives(Kind::OpenAi, Reply::Unordered);
    check_survives(Kind::OpenAi, Reply::Duplicated);
}

#[test]
fn what_is_too_much_is_halved() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let mut embedder = RemoteEmbedder::open(&request(&server, "/v1").probe().unwrap());
    server.limit(3, 1000);
    server.received();
    let mut inputs = inputs(10);
    check_vectors(&embed(&mut embedder, &inputs).unwrap(), &inputs);
    assert!(server.received().len() >= 4);
    inputs[4] = "word ".repeat(500);
    let embeddings = embed(&mut embedder, &inputs).unwrap();
    inputs[4].truncate(625);
    check_vectors(&embeddings, &inputs);
}

#[test]
fn input_that_the_service_fails_at_is_the_inputs_error() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let mut embedder = RemoteEmbedder::open(&request(&server, "").probe().unwrap());
    server.fail_at("input 2");
    let error = embed(&mut embedder, &inputs(4)).unwrap_err();
    assert!(!error.concerns_every_input(), "{error}");
    assert!(
        error.to_string().contains("does not embed this input"),
        "{error}"
    );
    let others = ["input 1".to_owned(), "input 3".to_owned()];
    check_vectors(&embed(&mut embedder, &others).unwrap(), &others);
}

#[test]
fn service_that_stays_away_is_an_error_of_every_input() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let mut request = request(&server, "");
    request.patience = Duration::from_secs(2);
    let mut embedder = RemoteEmbedder::open(&request.probe().unwrap());
    for reply in [
        Reply::Closed,
        Reply::Status(503, "", ""),
        Reply::Status(500, "", ""),
        Reply::Status(401, "", r#"{"error": {"message": "no such key"}}"#),
        Reply::Dimensions(7),
    ] {
        server.otherwise(reply.clone());
        let error = embed(&mut embedder, &inputs(2)).unwrap_err();
        assert!(error.concerns_every_input(), "{reply:?}: {error}");
        assert!(error.to_string().contains(&server.url("")), "{error}");
    }
}

#[test]
fn probe_names_what_is_wrong() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let check = |request: &RemoteRequest, expected: &str| {
        let error = request.probe().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let mut request = request(&server, "");
    request.patience = Duration::from_secs(1);
    server.script([Reply::Status(
        401,
        "",
        r#"{"error": {"message": "bad key sk-123"}}"#,
    )]);
    request.key = Some(Secret::new("sk-123"));
    check(&request, "401 Unauthorized: bad key …");
    server.script([Reply::Status(
        404,
        "",
        r#"{"error": {"message": "no model x"}}"#,
    )]);
    check(&request, "no model x");
    server.script([Reply::Status(301, "Location: http://elsewhere/\r\n", "")]);
    check(&request, "http://elsewhere/");
    server.script([Reply::Values("[1,2,3]")]);
    check(&request, "the same vector for different texts");
    request.n_dimensions = Some(64);
    check(&request, "384 dimensions where 64 were asked for");
    request.key = Some(Secret::new("two\nlines"));
    check(&request, "visible ASCII");
    request.address = "http://203.0.113.1/v1".parse().unwrap();
    request.key = Some(Secret::new("sk-123"));
    assert!(matches!(request.probe(), Err(RemoteError::Exposed { .. })));
    request.address = "http://127.0.0.1:9".parse().unwrap();
    assert!(matches!(
        request.probe(),
        Err(RemoteError::Unavailable { .. })
    ));
}

#[test]
fn service_says_what_it_takes() {
    let server = EmbeddingServer::start(Kind::TextEmbeddingsInference);
    let mut request = request(&server, "");
    request.key = Some(Secret::new("key\n"));
    let embedder = &mut RemoteEmbedder::open(&request.probe().unwrap());
    assert_eq!(embedder.model().as_str(), "service:scripted@abc:384d");
    assert_eq!(embedder.max_input_tokens(), 254);
    server.received();
    embed(embedder, &inputs(20)).unwrap();
    let received = server.received();
    let sizes: Vec<usize> = received.iter().map(|request| request.n_inputs).collect();
    assert_eq!(sizes, [8, 8, 4]);
    assert_eq!(received[0].path, "/embed");
    assert_eq!(received[0].authorization.as_deref(), Some("Bearer key"));
}

/// A tree whose vectors come from a service; workers are those of the real program.
fn project(server: &EmbeddingServer, path: &str) -> TestProject {
    let project = TestProject::new("");
    for number in 0..12 {
        let text = count_statement(&format!("count{number}"));
        project.write(&format!("src/file{number}.ts"), text);
    }
    project
        .with("embeddings", "real")
        .with("embedder", server.url(path))
        .with("embedder_patience", "20")
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
}

/// Returns the path of the first hit, and why the answer is poorer than it could be.
fn search(project: &TestProject, question: &str) -> (String, Option<String>) {
    let options = SearchOptions {
        form: app::Form::Question,
        repositories: Vec::new(),
        limit: 3,
        offset: 0,
        mode: Mode::Hybrid,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Lower,
    };
    let answer = project.open().search(question, &options).unwrap();
    let first = answer.hits.first().expect("something is found");
    (first.hit.path.to_string(), answer.remark)
}

#[test]
fn index_by_a_service_is_the_same_for_any_workers_and_answers() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    server.script([
        Reply::Vectors,
        Reply::Status(429, "Retry-After: 0.2\r\n", ""),
        Reply::Cut,
        Reply::Status(500, "", ""),
    ]);
    let project = project(&server, "/v1").with("workers", "3");
    let summary = project.index_by_workers();
    assert!(summary.is_complete, "{:?}", summary.problems);
    assert_eq!(summary.n_vectors_computed, 24);
    let of_workers = project.digest();
    let whole = IndexOptions {
        from_scratch: true,
        is_streaming: true,
        ..IndexOptions::default()
    };
    assert_eq!(project.index(&whole).n_vectors_computed, 0);
    assert_eq!(project.digest(), of_workers);
    assert_eq!(
        search(&project, "count7"),
        ("src/file7.ts".to_owned(), None)
    );
}

/// Workers connect to the service, and are handed connections to the server.
#[test]
fn rows_go_to_a_server_and_vectors_come_from_a_service() {
    let database = TestDatabase::new();
    let server = EmbeddingServer::start(Kind::OpenAi);
    let strict = project(&server, "/v1").with("sandbox", "strict");
    let summary = strict
        .with("database", database.address())
        .index_by_workers();
    assert!(summary.is_complete, "{:?}", summary.problems);
    assert_eq!(summary.n_vectors_computed, 24);
}

#[test]
fn recomputed_vectors_of_a_service_are_compared_by_direction() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let project = project(&server, "/v1");
    project.index_by_workers();
    let differences = || {
        let stop = StopHandle::new();
        let verified = project.open().verify(
            None,
            Repair::Nothing,
            VectorCheck::Values,
            &stop,
            &mut |_| {},
        );
        verified.unwrap().differences
    };
    server.received();
    assert_eq!(differences(), []);
    // The same model by its name, and other weights behind it, but for what is asked first: whether it can be used at all.
    let n_files = 12;
    let n_probing = server.received().len() - n_files;
    server.script(vec![Reply::Vectors; n_probing]);
    server.otherwise(Reply::Dimensions(MockEmbedder::new().n_dimensions()));
    let found = differences();
    assert_eq!(found.len(), n_files);
    let is_of_vectors = |(_, difference): &(String, Difference)| *difference == Difference::Vectors;
    assert!(found.iter().all(is_of_vectors), "{found:?}");
}

#[test]
fn service_that_is_gone_takes_no_answer_away() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let project = project(&server, "/v1").with("embedder_patience", "1");
    project.index_by_workers();
    let before = project.digest();
    project.write("src/file3.ts", count_statement("changed"));
    server.script([Reply::Vectors]);
    server.otherwise(Reply::Closed);
    let run = project.try_index(&IndexOptions::default(), &StopHandle::new(), &mut |_| {});
    let error = domain::one_line(&run.unwrap_err());
    assert!(error.contains("gave no vectors"), "{error}");
    assert_eq!(project.digest(), before);
    let (path, remark) = search(&project, "count3");
    assert_eq!(path, "src/file3.ts");
    assert!(remark.is_some_and(|remark| remark.contains("ranked by words alone")));
    server.otherwise(Reply::Vectors);
    assert!(project.index_by_workers().is_complete);
    assert_ne!(project.digest(), before);
}

/// Half a minute in the long form.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "long tests are asked for by the environment"
)]
fn outage_in_the_middle_of_a_run_costs_its_own_time() {
    let is_long = std::env::var_os("MNEMO_TEST_LONG").is_some();
    let outage = Duration::from_secs(if is_long { 30 } else { 1 });
    let server = EmbeddingServer::start(Kind::OpenAi);
    let undisturbed = project(&server, "/v1");
    undisturbed.index_by_workers();
    // The last that is answered comes after those that find out who answers.
    let server = EmbeddingServer::start(Kind::OpenAi);
    let project = project(&server, "/v1").with("embedder_patience", "120");
    let start = Instant::now();
    let summary = std::thread::scope(|scope| {
        let run = scope.spawn(|| project.index_by_workers());
        while server.received().is_empty() {
            std::thread::yield_now();
        }
        server.otherwise(Reply::Closed);
        std::thread::sleep(outage);
        server.otherwise(Reply::Vectors);
        run.join().unwrap()
    });
    println!("an outage of {outage:?} in a run of {:?}", start.elapsed());
    assert!(summary.is_complete && summary.problems.is_empty());
    assert_eq!(project.digest(), undisturbed.digest());
}

#[test]
fn file_whose_input_the_service_fails_at_keeps_its_rows() {
    let server = EmbeddingServer::start(Kind::OpenAi);
    let project = project(&server, "/v1");
    project.index_by_workers();
    let before = project.digest();
    server.fail_at("poison");
    project.write("src/file3.ts", count_statement("poison"));
    project.write("src/file4.ts", count_statement("sound"));
    let summary = project.index_by_workers();
    assert!(summary.is_finished && !summary.is_complete);
    let failed: Vec<&str> = summary.problems.iter().map(|p| &*p.path).collect();
    assert_eq!(failed, ["src/file3.ts"]);
    assert_eq!(search(&project, "count3").0, "src/file3.ts");
    assert_eq!(search(&project, "sound").0, "src/file4.ts");
    server.fail_at("nothing has this text");
    project.write("src/file3.ts", count_statement("count3"));
    project.write("src/file4.ts", count_statement("count4"));
    assert!(project.index_by_workers().is_complete);
    assert_eq!(project.digest(), before);
}
