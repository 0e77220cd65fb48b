//! A file that documents and configuration name is found with those that name it, though no edge leads from one family to another.

use app::{Mode, SearchOptions, TestHits};
use testkit::TestProject;

const TREE: &str = "//- src/tasks/loader.ts\nexport function loadTasks() {\n  return []\n}\n//- src/other.ts\nexport function other() {\n  return 1\n}\n//- docs/guide.md\n# Guide\n\nSome words of welcome.\n\n## Tasks\n\nThe list is read by `src/tasks/loader.ts` when it starts.\n//- tools.toml\n[entry]\nmain = \"src/tasks/loader.ts\"\n//- .github/workflows/build.yml\njobs:\n  build:\n    steps:\n      - run: scripts/release.sh --fast\n//- scripts/release.sh\nrelease() { echo; }\n//- queries/report.sql\n-- Run by scripts/release.sh.\nSELECT 1;\n";

#[test]
fn path_in_a_document_or_a_configuration_is_found() {
    let project = TestProject::new(TREE).with("embeddings", "none");
    project.index_streaming();
    let options = SearchOptions {
        form: app::Form::Question,
        repositories: Vec::new(),
        limit: 10,
        offset: 0,
        mode: Mode::Hybrid,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Lower,
    };
    let cases: [(&str, &str, &[&str]); 3] = [
        (
            "src/tasks/loader.ts",
            "src/tasks/loader.ts",
            &["docs/guide.md", "tools.toml"],
        ),
        (
            "loader.ts",
            "src/tasks/loader.ts",
            &["docs/guide.md", "tools.toml"],
        ),
        (
            "scripts/release.sh",
            "scripts/release.sh",
            &[".github/workflows/build.yml", "queries/report.sql"],
        ),
    ];
    for (question, named, others) in cases {
        let answer = project.open().search(question, &options).unwrap();
        let hits = answer.hits.iter();
        let found: Vec<&str> = hits.map(|hit| hit.hit.path.as_str()).collect();
        for path in others.iter().chain([&named]) {
            assert!(found[..3].contains(path), "{question}: {found:?}");
        }
    }
}
