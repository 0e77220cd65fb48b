//! The graph of Go: where names lead.

use app::IndexOptions;
use testkit::TestProject;

use crate::graph::uses::check_uses;
use crate::graph::{check_calls, edges};

#[test]
fn packages_are_folders_of_files() {
    check_calls(
        "//- go.mod\nmodule example.com/app\n//- main.go\npackage main\n\nimport (\n\t\"fmt\"\n\n\t. \"example.com/app/dots\"\n\t\"example.com/app/odd-name\"\n\tother \"example.com/app/util\"\n)\n\nfunc main() {\n\thelp()\n\tother.Open(nil)\n\tproper.Do()\n\tDotted()\n\tfmt.Println(len(\"x\"))\n}\n//- help.go\npackage main\n\nfunc help() { max(1, 2) }\n\nfunc max(a, b int) int { return a }\n//- util/util.go\npackage util\n\nfunc Open(f func()) { system(); f() }\n//- util/util_windows.go\npackage util\n\nfunc system() {}\n//- util/util_other.go\n//go:build !windows\n\npackage util\n\nfunc system() {}\n//- util/util_test.go\npackage util_test\n\nimport \"example.com/app/util\"\n\nfunc help() {}\n\nfunc TestOpen() { util.Open(help); help() }\n//- odd-name/p.go\npackage proper\n\nfunc Do() {}\n//- dots/d.go\npackage dots\n\nfunc Dotted() {}\n",
        &[
            "help.go:3 max -> help.go:5",
            "main.go:12 help -> help.go:3",
            "main.go:13 Open -> util/util.go:3",
            "main.go:14 Do -> odd-name/p.go:3",
            "main.go:15 Dotted -> dots/d.go:3",
            "main.go:16 Println -> -",
            "main.go:16 len -> -",
            "util/util.go:3 system -> util/util_other.go:5",
            "util/util.go:3 f -> -",
            "util/util_test.go:7 Open -> util/util.go:3",
            "util/util_test.go:7 help -> util/util_test.go:5",
        ],
    );
}

/// Types whose methods stand in another file than the calls.
const TYPES: &str = "//- go.mod\nmodule example.com/app\n//- types.go\npackage app\n\ntype Dog struct {\n\tName string\n\tBest *Dog\n\tToys []Toy\n\tBy   map[Key]Toy\n}\ntype Toy struct{}\ntype Key string\ntype Puppy struct {\n\t*Dog\n\tBase\n}\ntype Base struct{ inner }\ntype inner struct{}\ntype Barker interface{ Bark() Barker }\ntype Loud interface {\n\tBarker\n\tHowl()\n}\ntype Pack []*Dog\ntype Maker func() *Dog\ntype Copy Dog\n\nfunc (d *Dog) Bark() Barker { return d }\nfunc (d Dog) Self() (Dog, error) { return d, nil }\nfunc (Toy) Squeak() {}\nfunc (k Key) Turn() {}\nfunc (inner) Deep() {}\nfunc (p Pack) Run() {}\nfunc New() *Dog { return &Dog{} }\nfunc Two() (*Dog, Toy) { return nil, Toy{} }\n";

#[test]
fn receivers_are_followed_by_their_types() {
    check_calls(
        &format!(
            "{TYPES}//- use.go\npackage app\n\nfunc use(p Puppy, b Loud, m Maker, c chan Toy, x any, all ...Toy) {{\n\tp.Bark().Bark()\n\tp.Deep()\n\tp.Dog.Best.Self()\n\tb.Bark()\n\tb.Howl()\n\tm().Bark()\n\tNew().Best.Bark()\n\td, toy := Two()\n\td.Bark()\n\ttoy.Squeak()\n\tfor key, toy := range d.By {{\n\t\tkey.Turn()\n\t\ttoy.Squeak()\n\t}}\n\tfor _, one := range all {{\n\t\tone.Squeak()\n\t}}\n\tfor one := range c {{\n\t\tone.Squeak()\n\t}}\n\t(<-c).Squeak()\n\td.Toys[0].Squeak()\n\tPack{{d}}[0].Bark()\n\tPack(nil).Run()\n\tKey(\"k\").Turn()\n\tswitch y := x.(type) {{\n\tcase Toy:\n\t\ty.Squeak()\n\tcase *Dog:\n\t\ty.Bark()\n\t}}\n\tif t, ok := x.(Toy); ok {{\n\t\tt.Squeak()\n\t}}\n\tvar copied Copy\n\tcopied.Best.Bark()\n\tcopied.Bark()\n\tnew(Dog).Bark()\n\tmake(Pack, 1).Run()\n\tappend(Pack{{}}, d).Run()\n\tx.Bark()\n}}\n"
        ),
        &[
            "use.go:4 Bark -> types.go:26",
            "use.go:4 Bark -> types.go:17",
            "use.go:5 Deep -> types.go:30",
            "use.go:6 Self -> types.go:27",
            "use.go:7 Bark -> types.go:17",
            "use.go:8 Howl -> types.go:20",
            "use.go:9 m -> -",
            "use.go:9 Bark -> types.go:26",
            "use.go:10 New -> types.go:32",
            "use.go:10 Bark -> types.go:26",
            "use.go:11 Two -> types.go:33",
            "use.go:12 Bark -> types.go:26",
            "use.go:13 Squeak -> types.go:28",
            "use.go:15 Turn -> types.go:29",
            "use.go:16 Squeak -> types.go:28",
            "use.go:19 Squeak -> types.go:28",
            "use.go:22 Squeak -> types.go:28",
            "use.go:24 Squeak -> types.go:28",
            "use.go:25 Squeak -> types.go:28",
            "use.go:26 Bark -> types.go:26",
            "use.go:27 Pack -> types.go:22",
            "use.go:27 Run -> types.go:31",
            "use.go:28 Key -> types.go:10",
            "use.go:28 Turn -> types.go:29",
            "use.go:31 Squeak -> types.go:28",
            "use.go:33 Bark -> types.go:26",
            "use.go:36 Squeak -> types.go:28",
            "use.go:39 Bark -> types.go:26",
            "use.go:40 Bark -> -",
            "use.go:41 new -> -",
            "use.go:41 Bark -> types.go:26",
            "use.go:42 make -> -",
            "use.go:42 Run -> types.go:31",
            "use.go:43 append -> -",
            "use.go:43 Run -> types.go:31",
            "use.go:44 Bark -> -",
        ],
    );
}

#[test]
fn type_parameters_stand_for_what_they_are_given() {
    check_calls(
        &format!(
            "{TYPES}//- generic.go\npackage app\n\ntype List[T any] struct {{\n\titems []T\n\tnext  *List[T]\n}}\ntype Pair[A, B any] struct {{\n\tLeft  A\n\tRight B\n}}\n\nfunc (l *List[E]) First() E {{ return l.items[0] }}\nfunc (l *List[E]) Rest() *List[E] {{ return l.next }}\nfunc (l *List[E]) Each() func(func(int, E) bool) {{ return nil }}\nfunc Of[T any](items ...T) *List[T] {{ return nil }}\nfunc Map[T, U any](items []T, f func(T) U) []U {{ return nil }}\nfunc Loudest[B Barker](b B) B {{ b.Bark(); return b }}\n\nfunc generic(l List[*Dog], p Pair[Toy, *Dog]) {{\n\tl.First().Bark()\n\tl.Rest().First().Bark()\n\tOf(Toy{{}}).First().Squeak()\n\tOf[Toy]().First().Squeak()\n\tMap(l.items, func(d *Dog) Toy {{ return Toy{{}} }})[0].Squeak()\n\tp.Left.Squeak()\n\tp.Right.Bark()\n\tLoudest(New()).Self()\n\tfor _, d := range l.Each() {{\n\t\td.Bark()\n\t}}\n\tPair[Toy, Key]{{}}.Right.Turn()\n}}\n"
        ),
        &[
            "generic.go:17 Bark -> types.go:17",
            "generic.go:20 First -> generic.go:12",
            "generic.go:20 Bark -> types.go:26",
            "generic.go:21 Rest -> generic.go:13",
            "generic.go:21 First -> generic.go:12",
            "generic.go:21 Bark -> types.go:26",
            "generic.go:22 Of -> generic.go:15",
            "generic.go:22 First -> generic.go:12",
            "generic.go:22 Squeak -> types.go:28",
            "generic.go:23 Of -> generic.go:15",
            "generic.go:23 First -> generic.go:12",
            "generic.go:23 Squeak -> types.go:28",
            "generic.go:24 Map -> generic.go:16",
            "generic.go:24 Squeak -> types.go:28",
            "generic.go:25 Squeak -> types.go:28",
            "generic.go:26 Bark -> types.go:26",
            "generic.go:27 Loudest -> generic.go:17",
            "generic.go:27 New -> types.go:32",
            "generic.go:27 Self -> types.go:27",
            "generic.go:28 Each -> generic.go:14",
            "generic.go:29 Bark -> types.go:26",
            "generic.go:31 Turn -> types.go:29",
        ],
    );
}

#[test]
fn a_name_alone_makes_no_edge() {
    check_calls(
        "//- a/a.go\npackage a\n\ntype T struct{}\n\nfunc (T) Run() {}\nfunc Help() {}\n\ntype Two struct {\n\tT\n\tother\n}\ntype other struct{}\n\nfunc (other) Run() {}\n//- b/b.go\npackage b\n\nimport \"elsewhere.org/x\"\n\ntype Held struct{ x.Base }\n\nfunc f(v any, h Held) {\n\tv.Run()\n\tHelp()\n\tx.Help()\n\th.Run()\n}\n//- a/c.go\npackage a\n\nfunc g(t Two) {\n\tt.Run()\n\tt.T.Run()\n}\n",
        &[
            "a/c.go:4 Run -> -",
            "a/c.go:5 Run -> a/a.go:5",
            "b/b.go:8 Run -> -",
            "b/b.go:9 Help -> -",
            "b/b.go:10 Help -> -",
            "b/b.go:11 Run -> -",
        ],
    );
}

#[test]
fn every_way_to_use_a_value_is_distinguished() {
    check_uses(
        "//- go.mod\nmodule m\n//- a/a.go\npackage a\n\nconst (\n\tLow = iota\n\tHigh\n)\n\nvar Default = New\n\ntype T struct{ Level, other int }\n\nfunc New() *T      { return &T{Level: High} }\nfunc (t *T) Turn() { t.Level++ }\n//- b/b.go\npackage b\n\nimport \"m/a\"\n\nvar table = map[int]func() *a.T{a.Low: a.New}\n\nfunc use(t a.T, f func()) func() {\n\tgo run(t.Turn, a.New, f)\n\tg := a.New\n\tt.Level = a.High\n\ta.Default = g\n\tif t.Level > a.Low {\n\t\treturn t.Turn\n\t}\n\tdefer f()\n\t_ = a.T.Turn\n\treturn nil\n}\n\nfunc run(fs ...any) {}\n",
        &[
            "a/a.go:8 New alias -> a/a.go:12",
            "a/a.go:12 Level written -> a/a.go:10",
            "a/a.go:12 High assigned -> a/a.go:5",
            "a/a.go:13 Level written -> a/a.go:10",
            "b/b.go:5 Low element -> a/a.go:4",
            "b/b.go:5 New element -> a/a.go:12",
            "b/b.go:8 Turn argument -> a/a.go:13",
            "b/b.go:8 New argument -> a/a.go:12",
            "b/b.go:9 New alias -> a/a.go:12",
            "b/b.go:10 Level written -> a/a.go:10",
            "b/b.go:10 High assigned -> a/a.go:5",
            "b/b.go:11 Default written -> a/a.go:8",
            "b/b.go:12 Level read -> a/a.go:10",
            "b/b.go:12 Low read -> a/a.go:4",
            "b/b.go:13 Turn returned -> a/a.go:13",
            "b/b.go:16 T read -> a/a.go:10",
            "b/b.go:16 Turn assigned -> a/a.go:13",
        ],
    );
}

#[test]
fn interfaces_are_satisfied_by_structure() {
    let found = edges(
        "//- go.mod\nmodule m\n//- api/api.go\npackage api\n\nimport \"io\"\n\ntype Store interface {\n\tGet(key string, more ...byte) ([]byte, error)\n\tCloser\n}\ntype Closer interface{ Close() error }\ntype Foreign interface{ io.Reader }\ntype Empty interface{}\n//- impl/a.go\npackage impl\n\nimport \"m/api\"\n\nvar _ api.Store = &Full{}\n\ntype Full struct{ base }\ntype base struct{}\ntype Wrong struct{ base }\n\nfunc (*Full) Get(name string, rest ...uint8) ([]byte, error) { return nil, nil }\nfunc (Wrong) Get(name int, rest ...uint8) ([]byte, error) { return nil, nil }\n//- impl/b.go\npackage impl\n\nfunc (base) Close() error { return nil }\n",
        &["implements"],
    );
    assert_eq!(
        found,
        [
            "impl/a.go#Full implements api/api.go#Store",
            "impl/a.go#Full implements api/api.go#Closer",
            "impl/a.go#base implements api/api.go#Closer",
            "impl/a.go#Wrong implements api/api.go#Closer",
            "impl/a.go#Full.Get implements api/api.go#Store.Get",
            "impl/b.go#base.Close implements api/api.go#Closer.Close",
        ]
    );
}

#[test]
fn packages_that_gain_and_lose_files_are_followed_anew() {
    let project = TestProject::new(
        "//- go.mod\nmodule m\n//- main.go\npackage main\n\nimport \"m/lib\"\n\nfunc main() { lib.Do().Run() }\n//- lib/lib.go\npackage lib\n\ntype T struct{}\n\nfunc Do() T { return late() }\n",
    )
    .with("embeddings", "none");
    project.index_streaming();
    let late = "package lib\n\nfunc late() T { return T{} }\nfunc (T) Run() {}\n";
    let steps: [(&str, Option<&str>); 6] = [
        ("lib/late.go", Some(late)),
        ("lib/late_windows.go", Some(late)),
        ("lib/late.go", Some("package other\n\nfunc late() {}\n")),
        ("lib/late.go", Some(late)),
        ("go.mod", Some("module n\n")),
        ("lib/late.go", None),
    ];
    for (path, text) in steps {
        match text {
            Some(text) => project.write(path, text),
            None => project.delete(path),
        }
        let options = IndexOptions {
            is_streaming: true,
            ..IndexOptions::default()
        };
        let stop = app::StopHandle::new();
        project.try_index(&options, &stop, &mut |_| {}).unwrap();
        let fresh = TestProject::on(project.tree()).with("embeddings", "none");
        fresh.index_streaming();
        assert_eq!(project.digest(), fresh.digest(), "{path} {text:?}");
    }
}
