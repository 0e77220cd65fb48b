//! The graph of Java: where names lead.

use crate::graph::uses::check_uses;
use crate::graph::{check_calls, check_edits, edges};

#[test]
fn types_are_found_through_packages_and_imports() {
    check_calls(
        "//- core/src/main/java/com/a/Dog.java\npackage com.a;\n\npublic class Dog {\n  public static Dog make() { return new Dog(); }\n  public void bark() {}\n  public static class Toy {\n    public void squeak() {}\n    public enum Size { BIG; void grow() {} }\n  }\n}\nclass Hidden {\n  static void hide() {}\n}\n//- core/src/test/java/com/a/DogTest.java\npackage com.a;\n\nclass DogTest {\n  void test() {\n    new Dog().bark();\n    Hidden.hide();\n  }\n}\n//- app/src/main/java/org/b/Main.java\npackage org.b;\n\nimport static com.a.Dog.make;\nimport static com.a.Dog.Toy.*;\n\nimport com.a.*;\nimport com.a.Dog.Toy;\nimport java.util.List;\n\nclass Main {\n  void main(List<Dog> dogs, Map<String, Dog> unknown) {\n    make().bark();\n    new Toy().squeak();\n    Size.BIG.grow();\n    Dog.Toy.Size.BIG.grow();\n    com.a.Dog.make().bark();\n    dogs.get(0).bark();\n    for (Dog dog : dogs) { dog.bark(); }\n    unknown.get(\"a\").bark();\n    Hidden.hide();\n  }\n}\n",
        &[
            "app/src/main/java/org/b/Main.java:12 make -> core/src/main/java/com/a/Dog.java:4",
            "app/src/main/java/org/b/Main.java:12 bark -> core/src/main/java/com/a/Dog.java:5",
            "app/src/main/java/org/b/Main.java:13 squeak -> core/src/main/java/com/a/Dog.java:7",
            "app/src/main/java/org/b/Main.java:14 grow -> core/src/main/java/com/a/Dog.java:8",
            "app/src/main/java/org/b/Main.java:15 grow -> core/src/main/java/com/a/Dog.java:8",
            "app/src/main/java/org/b/Main.java:16 make -> core/src/main/java/com/a/Dog.java:4",
            "app/src/main/java/org/b/Main.java:16 bark -> core/src/main/java/com/a/Dog.java:5",
            "app/src/main/java/org/b/Main.java:17 get -> -",
            "app/src/main/java/org/b/Main.java:17 bark -> core/src/main/java/com/a/Dog.java:5",
            "app/src/main/java/org/b/Main.java:18 bark -> core/src/main/java/com/a/Dog.java:5",
            "app/src/main/java/org/b/Main.java:19 get -> -",
            "app/src/main/java/org/b/Main.java:19 bark -> -",
            "app/src/main/java/org/b/Main.java:20 hide -> -",
            "core/src/test/java/com/a/DogTest.java:5 bark -> core/src/main/java/com/a/Dog.java:5",
            "core/src/test/java/com/a/DogTest.java:6 hide -> core/src/main/java/com/a/Dog.java:12",
        ],
    );
}

/// Overloads, one a line, and calls of them.
const OVERLOADS: &str = "//- a/Over.java\npackage a;\n\nimport java.util.*;\nimport java.util.function.*;\nimport java.util.concurrent.Callable;\n\nclass Over {\n  void put(Object o) {}\n  void put(String s) {}\n  void put(int i) {}\n  void put(long l) {}\n  void put(Integer i) {}\n  void put(Object... all) {}\n  void put(List<String> l) {}\n  void put(Collection<String> c) {}\n  void run(Runnable r) {}\n  <T> void run(Callable<T> c) {}\n  void map(Function<String, Over> f) {}\n  void map(BiFunction<String, String, Over> f) {}\n  void two(long a, int b) {}\n  void two(int a, long b) {}\n  void arr(byte[] b) {}\n  void arr(char[] c) {}\n  void only(Number n) {}\n  void only(CharSequence s) {}\n";

#[test]
fn overloads_are_chosen_by_number_and_types() {
    check_calls(
        &format!(
            "{OVERLOADS}  void use(char c, short s, Long boxed, ArrayList<String> list, Over over, byte[] bytes) {{\n    put(over);\n    put(\"s\");\n    put(\"s\" + 1);\n    put(1);\n    put(c);\n    put(1L);\n    put(boxed);\n    put(Integer.valueOf(1));\n    put(1, 2);\n    put(list);\n    put(new HashSet<String>());\n    put(null, 1);\n    run(() -> {{}});\n    run(() -> 1);\n    map(x -> over);\n    map((x, y) -> over);\n    two(1, 1);\n    arr(bytes);\n    only(s);\n    only(\"s\");\n    put(c == 'a' ? \"x\" : \"y\");\n  }}\n}}\n"
        ),
        &[
            "a/Over.java:27 put -> a/Over.java:8",
            "a/Over.java:28 put -> a/Over.java:9",
            "a/Over.java:29 put -> a/Over.java:9",
            "a/Over.java:30 put -> a/Over.java:10",
            "a/Over.java:31 put -> a/Over.java:10",
            "a/Over.java:32 put -> a/Over.java:11",
            "a/Over.java:33 put -> a/Over.java:8",
            "a/Over.java:34 put -> a/Over.java:12",
            "a/Over.java:34 valueOf -> -",
            "a/Over.java:35 put -> a/Over.java:13",
            "a/Over.java:36 put -> a/Over.java:14",
            "a/Over.java:37 put -> a/Over.java:15",
            "a/Over.java:38 put -> a/Over.java:13",
            "a/Over.java:39 run -> -",
            "a/Over.java:40 run -> a/Over.java:17",
            "a/Over.java:41 map -> a/Over.java:18",
            "a/Over.java:42 map -> a/Over.java:19",
            "a/Over.java:43 two -> -",
            "a/Over.java:44 arr -> a/Over.java:22",
            "a/Over.java:45 only -> a/Over.java:24",
            "a/Over.java:46 only -> a/Over.java:25",
            "a/Over.java:47 put -> a/Over.java:9",
        ],
    );
}

#[test]
fn members_are_inherited_and_seen_from_inside() {
    check_calls(
        "//- a/Base.java\npackage a;\n\nabstract class Base<T> {\n  protected T held;\n  Base(T held) { this.held = held; }\n  abstract void work();\n  T get() { return held; }\n  class Inner { void deep() {} }\n}\n//- a/Face.java\npackage a;\n\ninterface Face {\n  int LIMIT = 1;\n  default void smile() { frown(); }\n  void frown();\n}\n//- a/Leaf.java\npackage a;\n\nclass Leaf extends Base<Leaf> implements Face {\n  Leaf() { this(null); }\n  Leaf(Leaf other) { super(other); }\n  void work() { smile(); super.smile(); }\n  public void frown() { get().held.work(); held.frown(); new Inner().deep(); }\n  Runnable later = new Runnable() {\n    public void run() { work(); Leaf.this.frown(); hashCode(); }\n  };\n  enum Kind {\n    ONE { void act() { help(); } },\n    TWO { void act() {} };\n    abstract void act();\n    void help() { name(); valueOf(\"ONE\").act(); }\n  }\n  record Pair<A>(A first, int second) {\n    A both() { return first(); }\n  }\n  void use(Pair<Leaf> pair) {\n    pair.first().work();\n    pair.both().work();\n    Kind.ONE.act();\n    for (Kind kind : Kind.values()) kind.help();\n    if ((Object) pair instanceof Leaf leaf) leaf.work();\n    Object o = pair;\n    switch (o) {\n      case Leaf leaf -> leaf.frown();\n      case Pair<?>(Leaf inner, var n) -> inner.work();\n      default -> {}\n    }\n    class Local { void in() { use(null); } }\n    new Local().in();\n  }\n}\n",
        &[
            "a/Face.java:5 frown -> a/Face.java:6",
            "a/Leaf.java:4 this -> a/Leaf.java:5",
            "a/Leaf.java:5 super -> a/Base.java:5",
            "a/Leaf.java:6 smile -> a/Face.java:5",
            "a/Leaf.java:6 smile -> -",
            "a/Leaf.java:7 get -> a/Base.java:7",
            "a/Leaf.java:7 work -> a/Leaf.java:6",
            "a/Leaf.java:7 frown -> a/Leaf.java:7",
            "a/Leaf.java:7 deep -> a/Base.java:8",
            "a/Leaf.java:9 work -> a/Leaf.java:6",
            "a/Leaf.java:9 frown -> a/Leaf.java:7",
            "a/Leaf.java:9 hashCode -> -",
            "a/Leaf.java:12 help -> a/Leaf.java:15",
            "a/Leaf.java:15 name -> -",
            "a/Leaf.java:15 valueOf -> -",
            "a/Leaf.java:15 act -> a/Leaf.java:14",
            "a/Leaf.java:18 first -> a/Leaf.java:17",
            "a/Leaf.java:21 first -> a/Leaf.java:17",
            "a/Leaf.java:21 work -> a/Leaf.java:6",
            "a/Leaf.java:22 both -> a/Leaf.java:18",
            "a/Leaf.java:22 work -> a/Leaf.java:6",
            "a/Leaf.java:23 act -> a/Leaf.java:14",
            "a/Leaf.java:24 values -> -",
            "a/Leaf.java:24 help -> a/Leaf.java:15",
            "a/Leaf.java:25 work -> a/Leaf.java:6",
            "a/Leaf.java:28 frown -> a/Leaf.java:7",
            "a/Leaf.java:29 work -> a/Leaf.java:6",
            "a/Leaf.java:32 use -> a/Leaf.java:20",
            "a/Leaf.java:33 in -> a/Leaf.java:32",
        ],
    );
}

#[test]
fn chains_go_on_through_generics_lambdas_and_the_library() {
    check_calls(
        "//- a/Dog.java\npackage a;\n\nimport java.util.*;\nimport java.util.function.*;\nimport java.util.stream.*;\n\nclass Dog {\n  String name() { return \"\"; }\n  Dog best() { return this; }\n  List<Dog> pack() { return null; }\n  static <T extends Dog> T first(Collection<? extends T> all, Class<T> type) { return null; }\n  static <A, B> B apply(A a, Function<? super A, ? extends B> f) { return f.apply(a); }\n  Dog set(Consumer<Dog> c) { return this; }\n  static boolean isBig(Dog d) { return true; }\n  void use(Map<String, Dog> byName, Optional<Dog> maybe, Supplier<Dog> some, Dog[] many) {\n    byName.get(\"a\").best();\n    for (Map.Entry<String, Dog> entry : byName.entrySet()) entry.getValue().best();\n    for (var entry : byName.entrySet()) entry.getValue().best();\n    maybe.map(Dog::best).orElse(null).best();\n    maybe.map(d -> d.best()).get().name();\n    some.get().best();\n    many[0].best();\n    pack().stream().filter(d -> d.name().isEmpty()).map(d -> d.best()).findFirst().get().best();\n    pack().stream().filter(Dog::isBig).collect(Collectors.toList()).get(0).best();\n    pack().stream().flatMap(d -> d.pack().stream()).forEach(d -> d.best());\n    pack().sort(Comparator.comparing(d -> d.name()));\n    pack().sort((one, other) -> one.name().compareTo(other.name()));\n    first(pack(), Dog.class).best();\n    apply(this, d -> d.best()).best();\n    set(d -> d.best()).set(d -> { d.name(); }).best();\n    var list = new ArrayList<>(pack());\n    list.get(0).best();\n    Function<Dog, Dog> f = d -> d.best();\n    f.apply(this).best();\n    byName.computeIfAbsent(\"a\", key -> new Dog()).best();\n    byName.forEach((key, dog) -> dog.best());\n    ((Dog) (Object) some).best();\n    (many.length > 1 ? many[0] : some.get()).best();\n    List.of(this).iterator().next().best();\n  }\n}\n",
        &[
            "a/Dog.java:12 apply -> -",
            "a/Dog.java:16 get -> -",
            "a/Dog.java:16 best -> a/Dog.java:9",
            "a/Dog.java:17 entrySet -> -",
            "a/Dog.java:17 getValue -> -",
            "a/Dog.java:17 best -> a/Dog.java:9",
            "a/Dog.java:18 entrySet -> -",
            "a/Dog.java:18 getValue -> -",
            "a/Dog.java:18 best -> a/Dog.java:9",
            "a/Dog.java:19 map -> -",
            "a/Dog.java:19 orElse -> -",
            "a/Dog.java:19 best -> a/Dog.java:9",
            "a/Dog.java:20 map -> -",
            "a/Dog.java:20 best -> a/Dog.java:9",
            "a/Dog.java:20 get -> -",
            "a/Dog.java:20 name -> a/Dog.java:8",
            "a/Dog.java:21 get -> -",
            "a/Dog.java:21 best -> a/Dog.java:9",
            "a/Dog.java:22 best -> a/Dog.java:9",
            "a/Dog.java:23 pack -> a/Dog.java:10",
            "a/Dog.java:23 stream -> -",
            "a/Dog.java:23 filter -> -",
            "a/Dog.java:23 name -> a/Dog.java:8",
            "a/Dog.java:23 isEmpty -> -",
            "a/Dog.java:23 map -> -",
            "a/Dog.java:23 best -> a/Dog.java:9",
            "a/Dog.java:23 findFirst -> -",
            "a/Dog.java:23 get -> -",
            "a/Dog.java:23 best -> a/Dog.java:9",
            "a/Dog.java:24 pack -> a/Dog.java:10",
            "a/Dog.java:24 stream -> -",
            "a/Dog.java:24 filter -> -",
            "a/Dog.java:24 collect -> -",
            "a/Dog.java:24 toList -> -",
            "a/Dog.java:24 get -> -",
            "a/Dog.java:24 best -> -",
            "a/Dog.java:25 pack -> a/Dog.java:10",
            "a/Dog.java:25 stream -> -",
            "a/Dog.java:25 flatMap -> -",
            "a/Dog.java:25 pack -> a/Dog.java:10",
            "a/Dog.java:25 stream -> -",
            "a/Dog.java:25 forEach -> -",
            "a/Dog.java:25 best -> a/Dog.java:9",
            "a/Dog.java:26 pack -> a/Dog.java:10",
            "a/Dog.java:26 sort -> -",
            "a/Dog.java:26 comparing -> -",
            "a/Dog.java:26 name -> -",
            "a/Dog.java:27 pack -> a/Dog.java:10",
            "a/Dog.java:27 sort -> -",
            "a/Dog.java:27 name -> a/Dog.java:8",
            "a/Dog.java:27 compareTo -> -",
            "a/Dog.java:27 name -> a/Dog.java:8",
            "a/Dog.java:28 first -> a/Dog.java:11",
            "a/Dog.java:28 pack -> a/Dog.java:10",
            "a/Dog.java:28 best -> a/Dog.java:9",
            "a/Dog.java:29 apply -> a/Dog.java:12",
            "a/Dog.java:29 best -> a/Dog.java:9",
            "a/Dog.java:29 best -> a/Dog.java:9",
            "a/Dog.java:30 set -> a/Dog.java:13",
            "a/Dog.java:30 best -> a/Dog.java:9",
            "a/Dog.java:30 set -> a/Dog.java:13",
            "a/Dog.java:30 name -> a/Dog.java:8",
            "a/Dog.java:30 best -> a/Dog.java:9",
            "a/Dog.java:31 pack -> a/Dog.java:10",
            "a/Dog.java:32 get -> -",
            "a/Dog.java:32 best -> -",
            "a/Dog.java:33 best -> a/Dog.java:9",
            "a/Dog.java:34 apply -> -",
            "a/Dog.java:34 best -> a/Dog.java:9",
            "a/Dog.java:35 computeIfAbsent -> -",
            "a/Dog.java:35 best -> a/Dog.java:9",
            "a/Dog.java:36 forEach -> -",
            "a/Dog.java:36 best -> a/Dog.java:9",
            "a/Dog.java:37 best -> a/Dog.java:9",
            "a/Dog.java:38 get -> -",
            "a/Dog.java:38 best -> a/Dog.java:9",
            "a/Dog.java:39 of -> -",
            "a/Dog.java:39 iterator -> -",
            "a/Dog.java:39 next -> -",
            "a/Dog.java:39 best -> a/Dog.java:9",
        ],
    );
}

#[test]
fn a_name_alone_makes_no_edge() {
    check_calls(
        "//- a/Dog.java\npackage a;\n\npublic class Dog { public void bark() {} public static void howl() {} }\n//- b/Use.java\npackage b;\n\nimport org.elsewhere.Cat;\n\nclass Use extends Cat {\n  void use(Dog dog, Cat cat, Object o) {\n    dog.bark();\n    cat.bark();\n    o.bark();\n    bark();\n    howl();\n    cat.dog.bark();\n  }\n}\n",
        &[
            "b/Use.java:7 bark -> -",
            "b/Use.java:8 bark -> -",
            "b/Use.java:9 bark -> -",
            "b/Use.java:10 bark -> -",
            "b/Use.java:11 howl -> -",
            "b/Use.java:12 bark -> -",
        ],
    );
}

#[test]
fn methods_override_and_implement_by_what_they_take() {
    let found = edges(
        "//- a/A.java\npackage a;\n\ninterface Face<T> { void face(T t); default void other() {} }\nabstract class Base<T> implements Face<T> {\n  abstract T made(T t, int n);\n  void made(T t) {}\n  public void face(T t) {}\n}\nclass Leaf extends Base<String> implements Runnable {\n  String made(String t, int n) { return t; }\n  void made(Integer t) {}\n  public void face(String t) {}\n  public void other() {}\n  public void run() {}\n}\n",
        &["overrides", "implements", "extends"],
    );
    assert_eq!(
        found,
        [
            "a/A.java#Base implements a/A.java#Face",
            "a/A.java#Leaf extends a/A.java#Base",
            "a/A.java#Base.face implements a/A.java#Face.face",
            "a/A.java#Leaf.made overrides a/A.java#Base.made",
            "a/A.java#Leaf.face implements a/A.java#Face.face",
            "a/A.java#Leaf.face overrides a/A.java#Base.face",
            "a/A.java#Leaf.other implements a/A.java#Face.other",
        ]
    );
}

#[test]
fn every_way_to_use_a_value_is_distinguished() {
    check_uses(
        "//- a/A.java\npackage a;\n\nimport java.util.function.*;\n\nclass A {\n  static final int LIMIT = 1;\n  int level = LIMIT;\n  enum Shade { DARK, LIGHT }\n  static int twice(int n) { return n; }\n  int use(IntUnaryOperator f) {\n    use(A::twice);\n    int[] all = { LIMIT };\n    level = LIMIT;\n    level++;\n    Shade shade = Shade.DARK;\n    if (level > LIMIT) return this.level;\n    return other.level;\n  }\n  A other;\n}\n",
        &[
            "a/A.java:7 LIMIT alias -> a/A.java:6",
            "a/A.java:11 A read -> a/A.java:5",
            "a/A.java:11 twice argument -> a/A.java:9",
            "a/A.java:12 LIMIT element -> a/A.java:6",
            "a/A.java:13 level written -> a/A.java:7",
            "a/A.java:13 LIMIT assigned -> a/A.java:6",
            "a/A.java:14 level written -> a/A.java:7",
            "a/A.java:15 Shade read -> a/A.java:8",
            "a/A.java:15 DARK alias -> a/A.java:8",
            "a/A.java:16 level read -> a/A.java:7",
            "a/A.java:16 LIMIT read -> a/A.java:6",
            "a/A.java:16 level returned -> a/A.java:7",
            "a/A.java:17 other read -> a/A.java:19",
            "a/A.java:17 level returned -> a/A.java:7",
        ],
    );
}

/// Files that use each other's types by package, by import and by inheritance.
const TREE: &str = "//- a/Main.java\npackage a;\n\nimport b.*;\n\nclass Main { void main(Late late) { late.run(); new Dog().bark(); new Dog().other(1); } }\n//- b/Dog.java\npackage b;\n\npublic class Dog extends Base { public void other(long n) {} }\n//- c/Use.java\npackage c;\n\nimport static b.Base.make;\n\nclass Use { void use() { make().bark(); } }\n";

const EDITS: &[(&str, Option<&str>)] = &[
    (
        "a/Late.java",
        Some("package a;\n\nclass Late { void run() {} }\n"),
    ),
    ("a/Late.java", None),
    (
        "a/Late.java",
        Some("package other;\n\nclass Late { void run() {} }\n"),
    ),
    (
        "b/Base.java",
        Some(
            "package b;\n\npublic class Base { public void bark() {} public static Dog make() { return null; } }\n",
        ),
    ),
    (
        "b/Base.java",
        Some(
            "package b;\n\npublic class Base extends Above { public static Base make() { return null; } public void other(int n) {} }\n",
        ),
    ),
    ("b/Base.java", None),
    (
        "b/Late.java",
        Some("package b;\n\npublic class Late { public void run() {} }\n"),
    ),
    ("b/Late.java", None),
    (
        "b/Many.java",
        Some(
            "package b;\n\nclass Above { public void bark() {} }\nclass Base { public void bark() {} }\n",
        ),
    ),
    ("b/Many.java", None),
    (
        "a/Many.java",
        Some("package a;\n\nclass Many {}\nclass Late { void run() {} }\n"),
    ),
    ("a/Many.java", None),
    (
        "src/test/java/a/Late.java",
        Some("package a;\n\nclass Late { void run() {} }\n"),
    ),
    ("src/test/java/a/Late.java", None),
    (
        "b/Dog.java",
        Some("package b;\n\npublic class Dog extends Base implements Above {}\n"),
    ),
    (
        "b/Dog.java",
        Some("package b;\n\npublic class Dog extends Base { public void other(long n) {} }\n"),
    ),
];

#[test]
fn edited_index_equals_a_fresh_one() {
    check_edits(TREE, EDITS);
}
