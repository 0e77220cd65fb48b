//! Lines found by pattern, words found in spite of a slip or of another form of writing.

use app::{Answer, Form, Mode, SearchOptions, TestHits};
use testkit::TestProject;

const TREE: &str = "//- src/router.ts\nexport class Router {\n  // adds a handler\n  add(path: string) {\n    return this.subscription(path)\n  }\n\n  handles(path: string) {\n    throw new TypeError('no handler for ' + path)\n  }\n}\n\nexport function createSubscription(path: string) {\n  return new Router().add(path)\n}\n//- src/审批.ts\n// 审批流程是否已经完成\nexport function approve() {\n  return '登录失败'\n}\n//- src/metre.ts\n/** Le me\u{301}tre. */\nexport function metre() {\n  return 1\n}\n//- test/router.test.ts\nit('throws', () => {\n  expect(() => handles('/')).toThrow(TypeError)\n})\n//- docs/guide.md\n# Guide\n\nA TypeError says that nothing handles the path.\n";

fn ask(project: &TestProject, text: &str, form: Form) -> Answer {
    let options = SearchOptions {
        form,
        repositories: Vec::new(),
        limit: 10,
        offset: 0,
        mode: Mode::Lexical,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Lower,
    };
    project.open().search(text, &options).unwrap()
}

/// Returns the lines that match, each as path and number, in the order of the hits.
fn lines(answer: &Answer) -> Vec<String> {
    let of_hit = |hit: &app::AnswerHit| {
        let matching = hit.snippet(0).matching;
        let line = |number| format!("{}:{number}", hit.hit.path);
        matching.into_iter().map(line).collect::<Vec<_>>()
    };
    answer.hits.iter().flat_map(of_hit).collect()
}

#[test]
fn patterns_find_every_line() {
    let project = TestProject::new(TREE).with("embeddings", "none");
    project.index_streaming();
    let cases: &[(&str, Form, &[&str])] = &[
        (
            "TypeError",
            Form::Word,
            &[
                "src/router.ts:8",
                "docs/guide.md:3",
                "test/router.test.ts:2",
            ],
        ),
        (
            "handler",
            Form::Word,
            &["src/router.ts:2", "src/router.ts:8"],
        ),
        ("handle", Form::Word, &[]),
        (
            "andle",
            Form::Regex,
            &[
                "src/router.ts:7",
                "src/router.ts:8",
                "src/router.ts:2",
                "docs/guide.md:3",
                "test/router.test.ts:2",
            ],
        ),
        (
            r"^export (class|function) \w+",
            Form::Regex,
            &[
                "src/metre.ts:2",
                "src/router.ts:1",
                "src/router.ts:12",
                "src/审批.ts:2",
            ],
        ),
        (
            "(?i)typeerror",
            Form::Regex,
            &[
                "src/router.ts:8",
                "docs/guide.md:3",
                "test/router.test.ts:2",
            ],
        ),
        (
            "createSubscription|登录",
            Form::Regex,
            &["src/router.ts:12", "src/审批.ts:3"],
        ),
        ("nothing (like|as) this", Form::Regex, &[]),
    ];
    for (text, form, expected) in cases {
        let answer = ask(&project, text, *form);
        let mut found = lines(&answer);
        assert_eq!(
            answer.matched.as_ref().unwrap().n_lines,
            found.len() as u64,
            "{text}"
        );
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        // What is no test comes first; within that the order is by kind and place.
        assert_eq!(found.last(), expected.last(), "{text}: {found:?}");
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn slips_are_corrected_and_reported() {
    let project = TestProject::new(TREE).with("embeddings", "none");
    project.index_streaming();
    let answer = ask(&project, "where is the subscripton created", Form::Question);
    assert_eq!(answer.hits[0].hit.name, "createSubscription");
    let remark = answer.remark.clone().unwrap();
    assert!(remark.contains("subscription for subscripton"), "{remark}");
    assert!(
        !lines(&answer).is_empty(),
        "the corrected word is not marked"
    );
    let answer = ask(
        &project,
        "where is the subscription created",
        Form::Question,
    );
    assert_eq!(answer.remark, None);
}

#[test]
fn other_ways_to_write_find_each_other() {
    let project = TestProject::new(TREE).with("embeddings", "none");
    project.index_streaming();
    for (text, path) in [
        ("流程", "src/审批.ts"),
        ("完成", "src/审批.ts"),
        ("审批是否完成", "src/审批.ts"),
        ("登录", "src/审批.ts"),
        ("m\u{e9}tre", "src/metre.ts"),
        ("me\u{301}tre", "src/metre.ts"),
    ] {
        let answer = ask(&project, text, Form::Question);
        let first = answer.hits.first().map(|hit| hit.hit.path.as_str());
        assert_eq!(first, Some(path), "{text}");
    }
}
