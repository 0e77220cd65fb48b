//! What each address answers.

use serde_json::Value;

use super::client::Server;
use crate::program::Mnemo;

/// Every address of the page and the API, with words to fill in.
pub(super) const ADDRESSES: &[&str] = &[
    "/",
    "/search",
    "/search?q=QUESTION",
    "/search?q=SYMBOL&kind=QUESTION",
    "/search/results?q=QUESTION",
    "/search?q=x&repository=QUESTION",
    "/definition?symbol=SYMBOL",
    "/definition?symbol=FILE",
    "/definition?symbol=QUESTION",
    "/file?path=QUESTION",
    "/file?path=quote%22%27.js",
    "/map",
    "/map?place=quote%22%27.js",
    "/map?place=QUESTION",
    "/hotspots",
    "/path?from=SYMBOL&to=QUESTION",
    "/path?from=FILE&to=handler3",
    "/changes",
    "/changes?since=QUESTION",
    "/evaluation?run=1",
    "/evaluation?repository=QUESTION&run=1",
    "/runs",
    "/problems",
    "/problems?repository=QUESTION",
    "/settings",
    "/nothing/QUESTION",
    "/api/repositories",
    "/api/settings",
    "/api/runs",
    "/api/search?q=QUESTION",
    "/api/definitions?symbol=SYMBOL",
    "/api/definitions?symbol=QUESTION",
    "/api/callers?symbol=SYMBOL",
    "/api/callees?symbol=SYMBOL",
    "/api/impact?symbol=SYMBOL",
    "/api/diff-impact",
    "/api/diff-impact?since=QUESTION",
    "/api/evaluation",
    "/api/path?from=SYMBOL&to=SYMBOL",
    "/api/cycles",
    "/api/hotspots",
    "/api/modules",
    "/openapi.json",
    "/metrics",
];

fn indexed() -> Mnemo {
    let mnemo = Mnemo::new();
    mnemo.write(
        "tree/src/router.ts",
        "import { match } from './match'\n\n/** Routes requests. */\nexport class Router {\n  add(path: string) {\n    if (path) match(path)\n  }\n}\n",
    );
    mnemo.write(
        "tree/src/match.ts",
        "/** Matches a path. */\nexport function match(path: string) {\n  return path ? 1 : 0\n}\n",
    );
    mnemo.write(
        "tree/src/app.ts",
        "import { Router } from './router'\nimport { match } from './match'\n\nexport function start() {\n  const router = new Router()\n  router.add('/')\n  return match('/')\n}\n",
    );
    let index = mnemo.run(&["index", "tree"]);
    assert_eq!(index.status(), 0, "{}", index.talk());
    mnemo
}

fn json(server: &Server, path: &str) -> Value {
    let answer = server.get(path);
    assert_eq!(answer.status(), 200, "{path}: {}", answer.body());
    serde_json::from_str(&answer.body()).unwrap()
}

#[test]
fn an_editor_that_is_named_opens_definitions() {
    let mnemo = indexed();
    let button = "Open in VS Code";
    let page = "/definition?symbol=match";
    assert!(!Server::start(&mnemo).get(page).body().contains(button));
    let mut command = mnemo.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("MNEMO_EDITOR", "vscode");
    let server = Server::of(command);
    for (page, line) in [(page, 2), ("/file?path=src/match.ts&line=3", 3)] {
        let body = server.get(page).body();
        let link = format!("tree/src/match.ts:{line}\">{button}");
        assert!(
            body.contains("href=\"vscode://file/") && body.contains(&link),
            "{body}"
        );
    }
}

#[test]
fn pages_show_what_is_indexed() {
    let mnemo = indexed();
    let server = Server::start(&mnemo);
    for (path, expected) in [
        (
            "/",
            vec![
                "<h2><a href=\"/?repository=tree\">tree</a></h2>",
                "complete",
                "typescript",
                "<dd>3</dd>",
            ],
        ),
        (
            "/search?q=match",
            vec![
                "<mark>match</mark>",
                "src/match.ts",
                "href=\"/definition?symbol=src/match.ts%23match",
            ],
        ),
        (
            "/search/results?q=router+requests",
            vec!["Router", "<span class=\"k\">class</span>"],
        ),
        (
            "/search?q=nosuchwordanywhere&kind=enum",
            vec!["Nothing found"],
        ),
        (
            "/search?q=match&kind=gadget",
            vec!["wrong kind", "function, method"],
        ),
        ("/search", vec!["Ask in a sentence"]),
        (
            "/definition?symbol=match",
            vec![
                "Called by",
                "Router.add",
                "start",
                "function",
                "Matches a path",
                "may break with it",
            ],
        ),
        (
            "/definition?symbol=start",
            vec![
                "href=\"/definition?symbol=src/router.ts%23Router.add\"",
                "Calls",
                "title=\"class src/router.ts#Router\"",
            ],
        ),
        (
            "/definition?symbol=src/match.ts",
            vec!["module", "src/match.ts"],
        ),
        ("/definition?symbol=nosuch", vec!["No answer", "nosuch"]),
        (
            "/file?path=src/app.ts",
            vec![
                "id=\"L5\"",
                "href=\"/definition?symbol=src/match.ts%23match\"",
            ],
        ),
        ("/file?path=src/nosuch.ts", vec!["No answer"]),
        (
            "/map",
            vec!["router.ts", "match.ts", "app.ts", "data-map", "marker-end"],
        ),
        ("/map?place=src/router.ts", vec!["Router", "class"]),
        ("/map?place=nosuch", vec!["No answer"]),
        ("/hotspots", vec!["class=\"plot\"", "Router.add"]),
        ("/path?from=start&to=match", vec!["calls, line 7"]),
        ("/path?from=match&to=start", vec!["No way"]),
        ("/path", vec!["How does one definition reach another"]),
        ("/runs", vec!["tree", "ended"]),
        ("/problems", vec!["0 files failed"]),
        ("/settings", vec!["embeddings", "mock"]),
        ("/nowhere", vec!["Nothing here"]),
    ] {
        let body = server.get(path).body();
        for expected in expected {
            assert!(body.contains(expected), "{path}: {expected}: {body}");
        }
    }
}

#[test]
fn pages_show_changes_and_how_well_search_finds_them() {
    let mnemo = indexed();
    mnemo.git("tree", &["init", "-q"]);
    mnemo.commit("tree", "Match the path of a request");
    let server = Server::start_in(&mnemo, "tree");
    let found = |path: &str, expected: &[&str]| {
        let body = server.get(path).body();
        for expected in expected {
            assert!(body.contains(expected), "{path}: {expected}: {body}");
        }
    };
    found("/changes", &["No changes"]);
    mnemo.write(
        "tree/src/match.ts",
        "/** Matches a path. */\nexport function match(path: string) {\n  return path ? 2 : 0\n}\n",
    );
    let changed = [
        "Changed definitions",
        "src/match.ts#match",
        "Router.add",
        "No test reaches",
    ];
    let changed = changed.map(|expected| expected.replace('#', "%23"));
    let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
    found("/changes", &changed);
    found("/changes?compared=staged", &["No changes"]);
    found("/changes?since=nosuch", &["No answer", "nosuch"]);
    found("/changes?since=--output=/tmp/x", &["No answer"]);
    found("/changes?compared=all", &["wrong compared"]);
    let impact = json(&server, "/api/diff-impact");
    assert_eq!(impact["changed"][0]["change"], "body");
    found("/evaluation", &["Evaluate"]);
    let subject = "Match the path of a request";
    found(
        "/evaluation?run=1&limit=10",
        &["as search ranks", "vectors alone", subject],
    );
    let evaluation = json(&server, "/api/evaluation");
    assert_eq!(evaluation["questions"][0]["query"], subject);
    // A tree that the server does not work in is another's: no git runs there.
    let elsewhere = Server::start(&mnemo);
    let answer = elsewhere.get("/api/diff-impact?repository=tree");
    assert_eq!(answer.status(), 404, "{}", answer.body());
}

#[test]
fn the_api_says_what_the_command_line_says() {
    let mnemo = indexed();
    let server = Server::start(&mnemo);
    for (path, arguments) in [
        ("/api/search?q=match", vec!["search", "match", "-n", "20"]),
        (
            "/api/search?q=match&kind=function&limit=1",
            vec!["search", "match", "-n", "1", "--kind", "function"],
        ),
        (
            "/api/callers?symbol=match",
            vec!["graph", "callers", "match"],
        ),
        (
            "/api/callees?symbol=start",
            vec!["graph", "callees", "start"],
        ),
        ("/api/impact?symbol=match", vec!["graph", "impact", "match"]),
        (
            "/api/path?from=start&to=match",
            vec!["graph", "path", "start", "match"],
        ),
        (
            "/api/path?from=match&to=start",
            vec!["graph", "path", "match", "start"],
        ),
        ("/api/cycles", vec!["graph", "cycles"]),
        ("/api/hotspots", vec!["graph", "hotspots"]),
        (
            "/api/modules?depth=1",
            vec!["graph", "modules", "--depth", "1"],
        ),
        (
            "/api/modules?files=true",
            vec!["graph", "modules", "--files"],
        ),
        ("/api/repositories", vec!["status"]),
    ] {
        let mut printed = mnemo.run(&[&arguments[..], &["--json"]].concat()).json();
        // A page that many look at does not compare the tree each time.
        if let Some(Value::Object(repository)) = printed.pointer_mut("/repositories/0") {
            repository.remove("changed_files");
        }
        assert_eq!(json(&server, path), printed, "{path}");
    }
    let settings = mnemo.run(&["doctor", "--json"]).json();
    assert_eq!(
        json(&server, "/api/settings")["settings"],
        settings["settings"]
    );
}

#[test]
fn wrong_questions_are_refused_with_a_way_out() {
    let mnemo = indexed();
    let server = Server::start(&mnemo);
    for (path, status, word) in [
        ("/api/search", 400, "empty"),
        ("/api/search?q=+", 400, "empty"),
        ("/api/search?q=x&kind=gadget", 400, "give one of function"),
        ("/api/search?q=x&limit=-1", 400, "invalid"),
        ("/api/search?q=x&path=%5B", 400, "glob"),
        ("/api/search?q=x&repository=other", 404, "tree"),
        ("/api/definitions?symbol=nosuch", 404, "nosuch"),
        ("/api/nothing", 404, "nothing at this address"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status(), status, "{path}: {}", answer.body());
        let failure: Value = serde_json::from_str(&answer.body()).unwrap();
        let error = failure["error"].as_str().unwrap();
        assert!(error.contains(word), "{path}: {error}");
    }
}

#[test]
fn the_service_lives_before_anything_is_indexed() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    assert_eq!(server.get("/healthz").body(), "ok\n");
    assert_eq!(server.get("/readyz").status(), 503);
    assert!(server.get("/").body().contains("mnemo index"));
    mnemo.write("tree/a.ts", "export function later() {}\n");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    assert_eq!(server.get("/readyz").status(), 200);
    assert!(server.get("/search?q=later").body().contains("a.ts"));
    let metrics = server.get("/metrics").body();
    for expected in [
        "mnemo_files{repository=\"tree\"} 1",
        "mnemo_http_answers_total{status=\"200\"}",
        "mnemo_http_answer_seconds_bucket",
        "# EOF",
    ] {
        assert!(metrics.contains(expected), "{expected}: {metrics}");
    }
}

#[test]
fn answers_are_small_and_known_ones_are_not_sent_again() {
    let mnemo = indexed();
    let server = Server::start(&mnemo);
    let answer = server.get_with("/search?q=match", "Accept-Encoding: gzip\r\n");
    assert_eq!(answer.field("content-encoding").as_deref(), Some("gzip"));
    assert!(answer.n_bytes() < 60_000, "{}", answer.n_bytes());
    let tag = server.get("/").field("etag").unwrap();
    let again = server.get_with("/", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!(again.status(), 304);
    assert_eq!(again.body(), "");
}

/// The committed description is that of the server, so that a change of the contract is seen.
#[test]
fn the_description_of_the_api_is_the_committed_one() {
    let mnemo = Mnemo::new();
    let served = Server::start(&mnemo).get("/openapi.json").body();
    let committed =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("MNEMO_BLESS").is_some() {
        std::fs::write(&committed, &served).unwrap();
    }
    let known = std::fs::read_to_string(&committed).unwrap();
    assert!(
        served == known,
        "docs/openapi.json is not what is served: run this test with MNEMO_BLESS=1 and look at the difference"
    );
}

/// What a run says of itself is seen through every door, while it goes on and from another process.
#[test]
fn a_run_is_seen_through_every_door() {
    let mnemo = Mnemo::new();
    for number in 0..1200 {
        let text = format!("export function f{number}(x: number) {{ return x }}\n").repeat(40);
        mnemo.write(&format!("large/file{number}.ts"), &text);
    }
    assert_eq!(
        mnemo
            .run(&[
                "index",
                "large",
                "--embeddings",
                "none",
                "--exclude",
                "file1*"
            ])
            .status(),
        0
    );
    let server = Server::start(&mnemo);
    let mut index = mnemo.start(&["index", "large", "--workers", "1", "--full"]);
    let seen = loop {
        let runs = json(&server, "/api/runs");
        if runs["runs"][0]["state"] == "under_way" {
            break runs["runs"][0]["progress"].clone();
        }
        assert!(
            index.try_wait().unwrap().is_none(),
            "it was seen before it ended: {runs}"
        );
    };
    assert_eq!(seen["files"], 1200);
    assert!(
        seen["told_ms"].as_u64() >= seen["began_ms"].as_u64(),
        "{seen}"
    );
    let watched = mnemo.run(&["status", "--watch"]);
    assert!(
        watched.data().contains("large: "),
        "{} {}",
        watched.data(),
        watched.talk()
    );
    assert!(
        watched.data().ends_with("large: ended\n"),
        "{}",
        watched.data()
    );
    assert!(index.wait().unwrap().success());
    assert_eq!(json(&server, "/api/runs")["runs"][0]["state"], "ended");
    let nothing = mnemo.run(&["status", "--watch"]);
    assert_eq!(
        (nothing.data().as_str(), nothing.talk().as_str()),
        ("", "no run is under way\n")
    );
}
