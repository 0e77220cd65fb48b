//! The graph of Rust: where names lead.

use crate::graph::uses::check_uses;
use crate::graph::{check_calls, check_edits, edges};

/// Two crates, one of which depends on the other under another name.
const CRATES: &str = "//- app/Cargo.toml\n[package]\nname = \"app\"\n[dependencies]\nhound = { package = \"dog-house\", path = \"../dog\" }\n//- dog/Cargo.toml\n[package]\nname = \"dog-house\"\n[lib]\nname = \"kennel\"\npath = \"lib.rs\"\n//- dog/lib.rs\n#[macro_use]\nmod macros;\npub mod inner;\npub use inner::deep::{self, Dog as Hound, *};\nmod tests {\n    use super::*;\n    fn test() { helper(); Hound::new().bark(); bark!(helper()); super::free(); crate::free(); }\n}\npub fn free() {}\n//- dog/macros.rs\nmacro_rules! bark { ($e:expr) => { $e } }\n//- dog/inner/mod.rs\npub mod deep {\n    pub struct Dog;\n    impl Dog { pub fn new() -> Self { Dog } pub fn bark(&self) { super::near() } }\n    pub fn helper() {}\n}\nfn near() {}\n#[path = \"odd.rs\"]\npub mod other;\n//- dog/inner/odd.rs\npub fn odd() { super::deep::helper() }\n";

#[test]
fn names_are_found_through_modules_imports_and_crates() {
    check_calls(
        &format!(
            "{CRATES}//- app/src/main.rs\nmod search;\nuse search::search;\nuse hound::inner::other as o;\nfn main() {{\n    hound::Hound::new().bark();\n    hound::helper();\n    o::odd();\n    search();\n    std::mem::drop(1);\n    fn local() {{}}\n    local();\n    use hound::free;\n    free();\n}}\n//- app/src/search.rs\npub fn search() {{ self::search(); missing(); }}\n"
        ),
        &[
            "app/src/main.rs:5 new -> dog/inner/mod.rs:3",
            "app/src/main.rs:5 bark -> dog/inner/mod.rs:3",
            "app/src/main.rs:6 helper -> dog/inner/mod.rs:4",
            "app/src/main.rs:7 odd -> dog/inner/odd.rs:1",
            "app/src/main.rs:8 search -> app/src/search.rs:1",
            "app/src/main.rs:9 drop -> -",
            "app/src/main.rs:11 local -> app/src/main.rs:10",
            "app/src/main.rs:13 free -> dog/lib.rs:9",
            "app/src/search.rs:1 search -> app/src/search.rs:1",
            "app/src/search.rs:1 missing -> -",
            "dog/inner/mod.rs:3 near -> dog/inner/mod.rs:6",
            "dog/inner/odd.rs:1 helper -> dog/inner/mod.rs:4",
            "dog/lib.rs:7 helper -> dog/inner/mod.rs:4",
            "dog/lib.rs:7 new -> dog/inner/mod.rs:3",
            "dog/lib.rs:7 bark -> dog/inner/mod.rs:3",
            "dog/lib.rs:7 bark -> dog/macros.rs:1",
            "dog/lib.rs:7 helper -> dog/inner/mod.rs:4",
            "dog/lib.rs:7 free -> dog/lib.rs:9",
            "dog/lib.rs:7 free -> dog/lib.rs:9",
        ],
    );
}

#[test]
fn methods_are_found_by_types_traits_and_bounds() {
    check_calls(
        "//- Cargo.toml\n[package]\nname = \"a\"\n//- src/lib.rs\nmod other;\npub trait Animal { type Food; fn name(&self); fn speak(&self) { self.name(); } fn make() -> Self where Self: Sized; fn food(&self) -> Self::Food; }\npub trait Loud: Animal { fn shout(&self) { self.speak(); } }\npub struct Dog { toy: Toy }\npub struct Toy(Size);\npub struct Size;\nimpl Size { fn grow(&self) {} }\nimpl Animal for Dog { type Food = Toy; fn name(&self) {} fn make() -> Self { Self { toy: Toy(Size) } } fn food(&self) -> Toy { Toy(Size) } }\nimpl Loud for Dog {}\ntrait Every { fn every(&self) {} }\nimpl<T: Loud> Every for T {}\nstruct Wrapper<T>(T);\nimpl<T> std::ops::Deref for Wrapper<T> { type Target = T; fn deref(&self) -> &T { &self.0 } }\nfn use_all<A: Animal, B>(a: A, b: &B, c: &dyn Loud, d: impl Loud, dog: Box<Dog>, w: Wrapper<Dog>) where B: Loud {\n    a.speak();\n    b.shout();\n    b.name();\n    c.shout();\n    d.speak();\n    dog.name();\n    dog.speak();\n    dog.toy.0.grow();\n    dog.fetch();\n    w.fetch();\n    w.0.fetch();\n    dog.food().0.grow();\n    dog.every();\n    Dog::make().name();\n    A::make().speak();\n    Animal::name(&a);\n    <Dog as Animal>::make();\n    dog.toy();\n    a.missing();\n}\n//- src/other.rs\nuse super::Dog;\nimpl Dog { pub fn fetch(&self) {} pub fn toy(&self) {} }\n",
        &[
            "src/lib.rs:2 name -> src/lib.rs:2",
            "src/lib.rs:3 speak -> src/lib.rs:2",
            "src/lib.rs:15 speak -> src/lib.rs:2",
            "src/lib.rs:16 shout -> src/lib.rs:3",
            "src/lib.rs:17 name -> src/lib.rs:2",
            "src/lib.rs:18 shout -> src/lib.rs:3",
            "src/lib.rs:19 speak -> src/lib.rs:2",
            "src/lib.rs:20 name -> src/lib.rs:8",
            "src/lib.rs:21 speak -> src/lib.rs:2",
            "src/lib.rs:22 grow -> src/lib.rs:7",
            "src/lib.rs:23 fetch -> src/other.rs:2",
            "src/lib.rs:24 fetch -> src/other.rs:2",
            "src/lib.rs:25 fetch -> src/other.rs:2",
            "src/lib.rs:26 food -> src/lib.rs:8",
            "src/lib.rs:26 grow -> src/lib.rs:7",
            "src/lib.rs:27 every -> src/lib.rs:10",
            "src/lib.rs:28 make -> src/lib.rs:8",
            "src/lib.rs:28 name -> src/lib.rs:8",
            "src/lib.rs:29 make -> src/lib.rs:2",
            "src/lib.rs:29 speak -> src/lib.rs:2",
            "src/lib.rs:30 name -> src/lib.rs:2",
            "src/lib.rs:31 make -> src/lib.rs:8",
            "src/lib.rs:32 toy -> src/other.rs:2",
            "src/lib.rs:33 missing -> -",
        ],
    );
}

#[test]
fn chains_go_on_through_generics_closures_patterns_and_the_library() {
    check_calls(
        "//- src/lib.rs\nuse std::collections::HashMap;\nuse std::sync::{Arc, Mutex};\n#[derive(Clone)]\npub struct Dog { name: String }\npub enum Pet { Dog(Dog), Cat { of: Dog }, None }\npub struct Error;\nimpl From<Dog> for Error { fn from(dog: Dog) -> Error { Error } }\nimpl From<Pet> for Error { fn from(pet: Pet) -> Error { Error } }\nimpl Dog {\n    fn bark(&self) -> bool { true }\n    fn best(self) -> Dog { self }\n    fn maybe(&self) -> Option<Dog> { None }\n    async fn later(&self) -> Result<Dog, Error> { Ok(self.clone()) }\n    fn pack(&self) -> impl Iterator<Item = Dog> { None.into_iter() }\n}\nfn first<T>(all: &[T]) -> &T { &all[0] }\nfn with<T, R>(t: T, f: impl FnOnce(T) -> R) -> R { f(t) }\nstruct Holder<T> { held: T }\nimpl<T> Holder<T> { fn new(held: T) -> Self { Holder { held } } fn get(&self) -> &T { &self.held } }\nasync fn all(dogs: Vec<Dog>, by: HashMap<String, Vec<Dog>>, shared: Arc<Mutex<Dog>>, pet: Pet, pair: (Dog, u8)) -> Result<(), Error> {\n    dogs[0].bark();\n    dogs.iter().filter(|dog| dog.bark()).map(|d| d.maybe()).flatten().next().unwrap().bark();\n    for (i, dog) in dogs.iter().enumerate() { dog.bark(); }\n    for dog in &dogs[1..] { dog.bark(); }\n    for (_, many) in by { many.first().unwrap().bark(); }\n    shared.lock().unwrap().bark();\n    let found: Vec<_> = dogs.iter().cloned().collect();\n    found[0].bark();\n    dogs.iter().collect::<Vec<_>>()[0].bark();\n    let mut grown = Vec::new();\n    grown.push(pair.0.clone());\n    grown.last().unwrap().bark();\n    match pet { Pet::Dog(dog) => dog.bark(), Pet::Cat { of } if of.bark() => of.bark(), Pet::None => false };\n    if let Some(dog) = found[0].maybe() && dog.bark() { dog.best().bark(); }\n    let Some(dog) = found[0].maybe() else { return Ok(()) };\n    dog.later().await?.bark();\n    let (one, _) = pair;\n    one.bark();\n    first(&dogs).bark();\n    with(dog, |d| d.best()).bark();\n    Holder::new(one).get().bark();\n    dog.pack().map(Dog::best).for_each(|d| { d.bark(); });\n    println!(\"{}\", dog.bark());\n    assert!(matches!(dog.maybe(), Some(_)));\n    let e = Error::from(dog);\n    Ok(())\n}\n",
        &[
            "src/lib.rs:3 Clone -> -",
            "src/lib.rs:13 clone -> -",
            "src/lib.rs:14 into_iter -> -",
            "src/lib.rs:17 f -> -",
            "src/lib.rs:21 bark -> src/lib.rs:10",
            "src/lib.rs:22 iter -> -",
            "src/lib.rs:22 filter -> -",
            "src/lib.rs:22 bark -> src/lib.rs:10",
            "src/lib.rs:22 map -> -",
            "src/lib.rs:22 maybe -> src/lib.rs:12",
            "src/lib.rs:22 flatten -> -",
            "src/lib.rs:22 next -> -",
            "src/lib.rs:22 unwrap -> -",
            "src/lib.rs:22 bark -> src/lib.rs:10",
            "src/lib.rs:23 iter -> -",
            "src/lib.rs:23 enumerate -> -",
            "src/lib.rs:23 bark -> src/lib.rs:10",
            "src/lib.rs:24 bark -> src/lib.rs:10",
            "src/lib.rs:25 first -> -",
            "src/lib.rs:25 unwrap -> -",
            "src/lib.rs:25 bark -> src/lib.rs:10",
            "src/lib.rs:26 lock -> -",
            "src/lib.rs:26 unwrap -> -",
            "src/lib.rs:26 bark -> src/lib.rs:10",
            "src/lib.rs:27 iter -> -",
            "src/lib.rs:27 cloned -> -",
            "src/lib.rs:27 collect -> -",
            "src/lib.rs:28 bark -> src/lib.rs:10",
            "src/lib.rs:29 iter -> -",
            "src/lib.rs:29 collect -> -",
            "src/lib.rs:29 bark -> src/lib.rs:10",
            "src/lib.rs:30 new -> -",
            "src/lib.rs:31 push -> -",
            "src/lib.rs:31 clone -> -",
            "src/lib.rs:32 last -> -",
            "src/lib.rs:32 unwrap -> -",
            "src/lib.rs:32 bark -> src/lib.rs:10",
            "src/lib.rs:33 bark -> src/lib.rs:10",
            "src/lib.rs:33 bark -> src/lib.rs:10",
            "src/lib.rs:33 bark -> src/lib.rs:10",
            "src/lib.rs:34 maybe -> src/lib.rs:12",
            "src/lib.rs:34 bark -> src/lib.rs:10",
            "src/lib.rs:34 best -> src/lib.rs:11",
            "src/lib.rs:34 bark -> src/lib.rs:10",
            "src/lib.rs:35 maybe -> src/lib.rs:12",
            "src/lib.rs:36 later -> src/lib.rs:13",
            "src/lib.rs:36 bark -> src/lib.rs:10",
            "src/lib.rs:38 bark -> src/lib.rs:10",
            "src/lib.rs:39 first -> src/lib.rs:16",
            "src/lib.rs:39 bark -> src/lib.rs:10",
            "src/lib.rs:40 with -> src/lib.rs:17",
            "src/lib.rs:40 best -> src/lib.rs:11",
            "src/lib.rs:40 bark -> src/lib.rs:10",
            "src/lib.rs:41 new -> src/lib.rs:19",
            "src/lib.rs:41 get -> src/lib.rs:19",
            "src/lib.rs:41 bark -> src/lib.rs:10",
            "src/lib.rs:42 pack -> src/lib.rs:14",
            "src/lib.rs:42 map -> -",
            "src/lib.rs:42 for_each -> -",
            "src/lib.rs:42 bark -> src/lib.rs:10",
            "src/lib.rs:43 println -> -",
            "src/lib.rs:43 bark -> src/lib.rs:10",
            "src/lib.rs:44 assert -> -",
            "src/lib.rs:44 matches -> -",
            "src/lib.rs:44 maybe -> src/lib.rs:12",
            "src/lib.rs:45 from -> src/lib.rs:7",
        ],
    );
}

#[test]
fn implementations_lead_to_traits_and_their_members() {
    let mut found = edges(
        "//- src/lib.rs\ntrait Base { fn id(&self); }\ntrait Shape: Base { fn area(&self); const N: u8; }\nstruct Square { side: u8 }\nimpl Base for Square { fn id(&self) {} }\nimpl Shape for Square { fn area(&self) {} const N: u8 = 1; }\nimpl std::fmt::Display for Square { fn fmt(&self) {} }\nimpl Base for u8 { fn id(&self) {} }\n",
        &["implements", "extends", "overrides"],
    );
    found.sort();
    assert_eq!(
        found,
        [
            "src/lib.rs#Shape extends src/lib.rs#Base",
            "src/lib.rs#Square implements src/lib.rs#Base",
            "src/lib.rs#Square implements src/lib.rs#Shape",
            "src/lib.rs#Square.N implements src/lib.rs#Shape.N",
            "src/lib.rs#Square.area implements src/lib.rs#Shape.area",
            "src/lib.rs#Square.id implements src/lib.rs#Base.id",
            "src/lib.rs#u8.id implements src/lib.rs#Base.id",
        ]
    );
}

#[test]
fn every_way_to_use_a_value_is_distinguished() {
    check_uses(
        "//- src/lib.rs\nconst LIMIT: u8 = 1;\nstatic OTHER: u8 = LIMIT;\nstruct A { level: u8 }\nfn twice(n: u8) -> u8 { n }\nfn apply(f: fn(u8) -> u8) {}\nfn run(a: &mut A) -> u8 {\n    apply(twice);\n    let all = [LIMIT];\n    a.level = LIMIT;\n    let b = A { level: LIMIT };\n    if a.level > LIMIT { return b.level; }\n    LIMIT\n}\n",
        &[
            "src/lib.rs:2 LIMIT alias -> src/lib.rs:1",
            "src/lib.rs:7 twice argument -> src/lib.rs:4",
            "src/lib.rs:8 LIMIT element -> src/lib.rs:1",
            "src/lib.rs:9 level written -> src/lib.rs:3",
            "src/lib.rs:9 LIMIT assigned -> src/lib.rs:1",
            "src/lib.rs:10 level written -> src/lib.rs:3",
            "src/lib.rs:10 LIMIT assigned -> src/lib.rs:1",
            "src/lib.rs:11 level read -> src/lib.rs:3",
            "src/lib.rs:11 LIMIT read -> src/lib.rs:1",
            "src/lib.rs:11 level returned -> src/lib.rs:3",
            "src/lib.rs:12 LIMIT returned -> src/lib.rs:1",
        ],
    );
}

/// Files that use each other's names by modules, globs, implementations and crates.
const TREE: &str = "//- Cargo.toml\n[package]\nname = \"a\"\n[dependencies]\nb = { path = \"b\" }\n//- b/Cargo.toml\n[package]\nname = \"b\"\n//- b/src/lib.rs\npub mod dog;\npub use dog::*;\n//- src/main.rs\nmod late;\nuse b::*;\nuse late::*;\nfn main() { Dog::new().bark(); late(); other(); shout!(Dog::new().run()); }\n";

const EDITS: &[(&str, Option<&str>)] = &[
    (
        "b/src/dog.rs",
        Some("pub struct Dog;\nimpl Dog { pub fn new() -> Self { Dog } pub fn bark(&self) {} }\n"),
    ),
    (
        "b/src/dog.rs",
        Some(
            "pub struct Dog;\nimpl Dog { pub fn new() -> Dog { Dog } }\npub fn other() {}\npub trait Bark { fn bark(&self) {} }\nimpl Bark for Dog {}\n",
        ),
    ),
    ("b/src/dog.rs", None),
    (
        "src/late.rs",
        Some("pub fn late() {}\nimpl super::Dog { fn run(&self) {} }\n"),
    ),
    (
        "src/late.rs",
        Some("pub fn other() {}\nmacro_rules! shout { ($e:expr) => { $e } }\n"),
    ),
    ("src/late.rs", None),
    ("src/late/mod.rs", Some("pub fn late() { crate::main() }\n")),
    ("src/late/mod.rs", None),
    ("b/src/lib.rs", Some("mod dog;\npub use dog::Dog;\n")),
    ("b/src/lib.rs", Some("pub mod dog;\npub use dog::*;\n")),
    ("b/src/lib.rs", None),
    ("b/Cargo.toml", Some("[package]\nname = \"c\"\n")),
    ("b/Cargo.toml", Some("[package]\nname = \"b\"\n")),
    (
        "Cargo.toml",
        Some("[package]\nname = \"a\"\n[dependencies]\nd = { path = \"b\" }\n"),
    ),
    (
        "Cargo.toml",
        Some("[package]\nname = \"a\"\n[dependencies]\nb = { path = \"b\" }\n"),
    ),
];

#[test]
fn edited_index_equals_a_fresh_one() {
    check_edits(TREE, EDITS);
}
