//! The outlined languages, a row each.

use domain::Language;

use super::Grammar;
use crate::front_end::{FrontEnd, Names};

/// Raised where all outlined languages turn into something else.
const SHARED_VERSION: u32 = 1;

/// Makes a row: names of files, grammar, query, and what tests look like.
macro_rules! outlined {
    (
        $language:ident, $version:literal, $extensions:expr, $names:expr, $programs:expr,
        $grammar:expr, $query:literal, tests: $is_test_name:expr, $marks:expr, $prefixes:expr
    ) => {
        &FrontEnd {
            family: None,
            version: SHARED_VERSION + $version,
            languages: &[Names {
                language: Language::$language,
                extensions: $extensions,
                file_names: $names,
                programs: $programs,
            }],
            data_limit_bytes: None,
            is_test_name: $is_test_name,
            library: None,
            reader: &Grammar {
                language: || $grammar.into(),
                query: include_str!(concat!("../../queries/", $query, ".scm")),
                test_marks: $marks,
                test_prefixes: $prefixes,
            },
        }
    };
}

const JVM_TESTS: &[&str] = &["@Test", "@ParameterizedTest", "@RepeatedTest"];

/// Every outlined language.
pub(crate) const OUTLINED: &[&FrontEnd] = &[
    outlined!(Bash, 1, &["sh", "bash", "bats", "zsh", "ksh"], &[".bashrc", ".bash_profile", ".profile", ".zshrc"],
        &["sh", "bash", "dash", "zsh", "ksh", "bats"], tree_sitter_bash::LANGUAGE, "bash",
        tests: |name| name.ends_with(".bats") || stem(name).ends_with("_test"), &[], &["test_"]),
    outlined!(C, 1, &["c", "h"], &[], &[], tree_sitter_c::LANGUAGE, "c",
        tests: c_test, &[], &["test_"]),
    outlined!(Clojure, 1, &["clj", "cljs", "cljc", "edn"], &[], &["bb"], tree_sitter_clojure_orchard::LANGUAGE, "clojure",
        tests: |name| stem(name).ends_with("_test"), &["(deftest"], &[]),
    outlined!(Cpp, 1, &["cpp", "cc", "cxx", "c++", "hpp", "hh", "hxx", "h++", "inl", "ipp", "tpp", "cu", "cuh", "ino"], &[], &[],
        tree_sitter_cpp::LANGUAGE, "cpp", tests: c_test, &[], &["test_"]),
    outlined!(CSharp, 1, &["cs", "csx"], &[], &["dotnet-script"], tree_sitter_c_sharp::LANGUAGE, "c_sharp",
        tests: |name| ends_with_any(stem(name), &["Test", "Tests"]), &["[Test", "[Fact", "[Theory"], &[]),
    outlined!(Dart, 1, &["dart"], &[], &["dart"], tree_sitter_dart::LANGUAGE, "dart",
        tests: |name| stem(name).ends_with("_test"), &[], &[]),
    outlined!(Elixir, 1, &["ex", "exs"], &[], &["elixir"], tree_sitter_elixir::LANGUAGE, "elixir",
        tests: |name| name.ends_with("_test.exs"), &["test \"", "describe \""], &[]),
    outlined!(Erlang, 1, &["erl", "hrl", "escript"], &[], &["escript"], tree_sitter_erlang::LANGUAGE, "erlang",
        tests: |name| ends_with_any(stem(name), &["_SUITE", "_tests"]), &[], &["test_"]),
    outlined!(Groovy, 1, &["groovy", "gradle", "gvy"], &["Jenkinsfile"], &["groovy"], dekobon_tree_sitter_groovy::LANGUAGE, "groovy",
        tests: |name| ends_with_any(stem(name), &["Test", "Tests", "Spec"]), JVM_TESTS, &[]),
    outlined!(Haskell, 1, &["hs"], &[], &["runhaskell", "runghc"], tree_sitter_haskell::LANGUAGE, "haskell",
        tests: |name| ends_with_any(stem(name), &["Spec", "Test", "Tests"]), &[], &["prop_", "test_"]),
    outlined!(Julia, 1, &["jl"], &[], &["julia"], tree_sitter_julia::LANGUAGE, "julia",
        tests: |name| name == "runtests.jl" || stem(name).starts_with("test_"), &[], &["test_"]),
    outlined!(Kotlin, 1, &["kt", "kts"], &[], &["kotlin"], tree_sitter_kotlin_ng::LANGUAGE, "kotlin",
        tests: jvm_test, JVM_TESTS, &[]),
    outlined!(Lua, 1, &["lua"], &[], &["lua", "luajit"], tree_sitter_lua::LANGUAGE, "lua",
        tests: |name| ends_with_any(stem(name), &["_spec", "_test"]), &[], &["test_"]),
    outlined!(ObjectiveC, 1, &["m", "mm"], &[], &[], tree_sitter_objc::LANGUAGE, "objc",
        tests: |name| ends_with_any(stem(name), &["Test", "Tests"]), &[], &["test"]),
    outlined!(OCaml, 1, &["ml"], &[], &["ocaml"], tree_sitter_ocaml::LANGUAGE_OCAML, "ocaml",
        tests: |name| stem(name).starts_with("test_") || stem(name).ends_with("_test"), &[], &["test_"]),
    outlined!(Perl, 1, &["pl", "pm", "t"], &["cpanfile"], &["perl"], arborium_perl::language(), "perl",
        tests: |name| name.ends_with(".t"), &[], &["test_"]),
    outlined!(Php, 1, &["php", "phtml", "inc"], &[], &["php"], tree_sitter_php::LANGUAGE_PHP, "php",
        tests: |name| ends_with_any(stem(name), &["Test", "TestCase"]), &["#[Test", "@test"], &["test"]),
    outlined!(PowerShell, 1, &["ps1", "psm1", "psd1"], &[], &["pwsh"], tree_sitter_powershell::LANGUAGE, "powershell",
        tests: |name| name.ends_with(".Tests.ps1"), &[], &[]),
    outlined!(R, 1, &["r"], &[".Rprofile"], &["Rscript"], tree_sitter_r::LANGUAGE, "r",
        tests: |name| name.starts_with("test-") || name.starts_with("test_"), &[], &["test_"]),
    outlined!(Ruby, 1, &["rb", "rake", "gemspec", "ru"], &["Rakefile", "Gemfile", "Guardfile", "Podfile", "Fastfile", "Vagrantfile"],
        &["ruby"], tree_sitter_ruby::LANGUAGE, "ruby",
        tests: |name| ends_with_any(stem(name), &["_test", "_spec"]) || stem(name).starts_with("test_"), &[], &["test_"]),
    outlined!(Scala, 1, &["scala", "sc", "sbt"], &[], &["scala"], tree_sitter_scala::LANGUAGE, "scala",
        tests: |name| ends_with_any(stem(name), &["Test", "Tests", "Spec", "Suite", "Specification"]), JVM_TESTS, &[]),
    outlined!(Solidity, 1, &["sol"], &[], &[], tree_sitter_solidity::LANGUAGE, "solidity",
        tests: |name| name.ends_with(".t.sol"), &[], &["test"]),
    outlined!(Swift, 1, &["swift"], &[], &["swift"], tree_sitter_swift::LANGUAGE, "swift",
        tests: |name| ends_with_any(stem(name), &["Test", "Tests"]), &["@Test"], &["test"]),
    outlined!(Zig, 1, &["zig"], &[], &[], tree_sitter_zig::LANGUAGE, "zig",
        tests: |name| stem(name).ends_with("_test"), &["test \""], &[]),
];

/// Returns a file's name up to its last dot.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn ends_with_any(stem: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| stem.ends_with(ending))
}

fn jvm_test(name: &str) -> bool {
    ends_with_any(stem(name), &["Test", "Tests", "IT", "Spec", "TestCase"])
}

fn c_test(name: &str) -> bool {
    let stem = stem(name);
    stem.starts_with("test_")
        || stem.starts_with("test-")
        || ends_with_any(stem, &["_test", "_tests", "_unittest"])
}
