//! Which member of which type a call reaches.

use super::{check_calls, check_edges};

#[test]
fn prototypes_and_functions_that_make_instances_are_classes() {
    check_calls(
        "//- w.js\nfunction Widget (n) { this.n = n; this.part = new Part() }\nWidget.prototype.draw = function () { this.part.turn(); return this.size() }\nWidget.prototype.size = function () { return 1 }\nfunction Part () { this.on = true }\nPart.prototype = { turn () { this.stop() }, stop: function () {} }\nObject.defineProperty(Widget.prototype, 'main', { get: function () { return this.part } })\nObject.assign(Widget.prototype, { more () { return this.draw() } })\nconst proto = Widget.prototype\nproto.last = function () { return this.more() }\nconst w = new Widget(2)\nw.draw(); w.more(); w.last(); w.main.turn()\nclass K {}\nK.prototype.jump = function () { return 1 }\nnew K().jump()\nmodule.exports = Widget\n//- x.js\nconst util = require('util')\nconst Widget = require('./w')\nconst Special = function () { Widget.call(this); this.own = 1 }\nutil.inherits(Special, Widget)\nSpecial.prototype.go = function () { this.draw() }\nfunction Other () {}\nOther.prototype = Object.create(Special.prototype)\nOther.prototype.run = function () { this.go(); Widget.prototype.draw.call(this) }\nnew Special().size(); new Other().go(); new Other().draw()\n",
        &[
            "w.js:2 turn -> w.js:5",
            "w.js:2 size -> w.js:3",
            "w.js:5 stop -> w.js:5",
            "w.js:6 defineProperty -> -",
            "w.js:7 assign -> -",
            "w.js:7 draw -> w.js:2",
            "w.js:9 more -> w.js:7",
            "w.js:11 draw -> w.js:2",
            "w.js:11 more -> w.js:7",
            "w.js:11 last -> w.js:9",
            "w.js:11 turn -> w.js:5",
            "w.js:14 jump -> w.js:13",
            "x.js:3 call -> -",
            "x.js:4 inherits -> -",
            "x.js:5 draw -> w.js:2",
            "x.js:7 create -> -",
            "x.js:8 go -> x.js:5",
            "x.js:8 call -> -",
            "x.js:9 size -> w.js:3",
            "x.js:9 go -> x.js:5",
            "x.js:9 draw -> w.js:2",
        ],
    );
}

#[test]
fn functions_that_make_instances_are_instantiated() {
    check_edges(
        "//- a.js\nvar Old = (function () { function Old () { this.x = 1 } Old.prototype.go = function () {}; return Old })()\nfunction Made () { if (!(this instanceof Made)) return new Made(); this.y = 1 }\nfunction run () { new Old().go(); return new Made() }\n",
        &[
            "a.js#Made instantiates a.js#Made",
            "a.js#run instantiates a.js#Old",
            "a.js#run calls a.js#Old.Old.go",
            "a.js#run instantiates a.js#Made",
        ],
    );
}

#[test]
fn functions_of_an_object_have_it_as_this() {
    check_calls(
        "//- response.js\nvar res = module.exports = Object.create(null)\nres.status = function status (code) { this.statusCode = code; return this }\nres.send = function send (body) { return this.status(200).end(body) }\nres.end = function (body) {}\n//- main.js\nconst res = require('./response')\nres.status(1).send('a')\n",
        &[
            "main.js:2 status -> response.js:2",
            "main.js:2 send -> response.js:3",
            "response.js:1 create -> -",
            "response.js:3 status -> response.js:2",
            "response.js:3 end -> response.js:4",
        ],
    );
}

#[test]
fn overloads_are_chosen_by_literals_and_primitives() {
    check_calls(
        "//- a.ts\nexport class Cat { speak() { return 1; } }\nexport class Dog { speak() { return 2; } }\nexport function pickPet(k: 'cat'): Cat;\nexport function pickPet(k: 'dog'): Dog;\nexport function pickPet(k: string): Cat | Dog { return k === 'cat' ? new Cat() : new Dog(); }\nexport function one() { return pickPet('dog').speak(); }\nexport class Shop { get(n: number): Cat; get(n: string): Dog; get(n: any): any { return n; } }\nexport function two(s: Shop, key: string) { s.get(1).speak(); s.get(key).speak(); return s.get('x').speak(); }\ntype Kind = 'c' | 'd'\nexport function eight<T extends Kind>(k: T): T extends 'c' ? Cat : Dog { return null as any; }\nexport function nine() { return eight('d').speak(); }\ntype Name = 'cat' | 'kitten'\ninterface By { (name: Name): Cat; (name: string): Dog }\nexport function ten(by: By) { by('dog').speak(); by('cat').speak() }\n",
        &[
            "a.ts:6 pickPet -> a.ts:5",
            "a.ts:6 speak -> a.ts:2",
            "a.ts:8 get -> a.ts:7",
            "a.ts:8 speak -> a.ts:1",
            "a.ts:8 get -> a.ts:7",
            "a.ts:8 speak -> a.ts:2",
            "a.ts:8 get -> a.ts:7",
            "a.ts:8 speak -> a.ts:2",
            "a.ts:11 eight -> a.ts:10",
            "a.ts:11 speak -> a.ts:2",
            "a.ts:14 by -> -",
            "a.ts:14 speak -> a.ts:2",
            "a.ts:14 by -> -",
            "a.ts:14 speak -> a.ts:1",
        ],
    );
}

#[test]
fn call_on_a_union_reaches_the_member_of_each_alternative() {
    check_edges(
        "//- a.ts\nexport class Cat { speak() { return 1; } }\nexport class Dog { speak() { return 2; } }\nexport function both(p: Cat | Dog) { return p.speak(); }\nexport function narrowed(p: Cat | Dog) { if (p instanceof Dog) { return p.speak(); } return 0; }\nexport const cond = (b: boolean) => (b ? new Cat() : new Dog()).speak();\n",
        &[
            "a.ts#both calls a.ts#Cat.speak",
            "a.ts#both calls a.ts#Dog.speak",
            "a.ts#narrowed calls a.ts#Dog.speak",
            "a.ts#cond instantiates a.ts#Cat",
            "a.ts#cond instantiates a.ts#Dog",
            "a.ts#cond calls a.ts#Cat.speak",
            "a.ts#cond calls a.ts#Dog.speak",
        ],
    );
}

/// Two kinds of pets that differ in a member, in what they have and in what their class is.
const PETS: &str = "//- pets.ts\nexport class Cat { kind: 'cat' = 'cat'; purr() {} speak() {} }\nexport class Dog { kind: 'dog' = 'dog'; bark() {} speak() {} }\nexport class Pup extends Dog { speak() {} }\nexport type Pet = Cat | Dog\nexport function isDog(p: unknown): p is Dog { return p instanceof Dog }\nexport function assertDog(p: unknown): asserts p is Dog {}\nexport function assert(test: unknown): asserts test {}\n";

#[track_caller]
fn check_narrowing(body: &str, expected: &str) {
    let fixture = format!(
        "{PETS}//- main.ts\nimport {{ Cat, Dog, Pup, type Pet, isDog, assertDog, assert }} from './pets'\n{body}\n"
    );
    let targets = super::edges(&fixture, &["calls"])
        .into_iter()
        .filter_map(|edge| {
            let target = edge.strip_prefix("main.ts#f calls pets.ts#")?;
            target.ends_with("speak").then(|| target.to_owned())
        })
        .collect::<Vec<_>>();
    assert_eq!(targets.join(" "), expected, "{body}");
}

#[test]
fn tests_of_a_value_narrow_what_it_can_be() {
    for (body, expected) in [
        ("function f(p: Pet) { p.speak() }", "Cat.speak Dog.speak"),
        (
            "function f(p: Pet) { if (p instanceof Dog) p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: Pet) { if (p instanceof Dog) return; p.speak() }",
            "Cat.speak",
        ),
        (
            "function f(p: Pet) { if (!(p instanceof Dog)) { throw 1 } p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: Dog) { if (p instanceof Pup) p.speak() }",
            "Pup.speak",
        ),
        (
            "function f(p: Pet) { if (p instanceof Pup) p.speak() }",
            "Pup.speak",
        ),
        (
            "function f(p: Pet) { if (p.kind === 'dog') p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: Pet) { if (p.kind !== 'dog') p.speak() }",
            "Cat.speak",
        ),
        (
            "function f(p: Pet) { switch (p.kind) { case 'cat': p.speak(); break; default: } }",
            "Cat.speak",
        ),
        (
            "function f(p: Pet) { if ('purr' in p) p.speak(); }",
            "Cat.speak",
        ),
        (
            "function f(p: Pet) { return 'purr' in p ? 0 : p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: Pet) { if (isDog(p)) p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: unknown) { if (isDog(p) && p.speak()) return }",
            "Dog.speak",
        ),
        (
            "function f(p: Pet) { assertDog(p); p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: Pet) { assert(p instanceof Cat); p.speak() }",
            "Cat.speak",
        ),
        (
            "function f(p: Cat | string) { if (typeof p === 'string') return; p.speak() }",
            "Cat.speak",
        ),
        (
            "function f(p: Cat | null) { if (p === null) return; p.speak() }",
            "Cat.speak",
        ),
        (
            "function f() { try {} catch (e) { if (e instanceof Cat) e.speak() } }",
            "Cat.speak",
        ),
        (
            "function f(p: Pet) { p instanceof Cat || p.speak() }",
            "Dog.speak",
        ),
        (
            "function f(p: Pet) { if (p instanceof Cat) {} p.speak() }",
            "Cat.speak Dog.speak",
        ),
        (
            "function f(p: Pet) { if (p instanceof Cat) { p = new Dog(); p.speak() } }",
            "Cat.speak Dog.speak",
        ),
    ] {
        check_narrowing(body, expected);
    }
}

#[test]
fn comments_say_types_in_javascript() {
    check_calls(
        "//- user.js\nexport class User { greet() { return 1 } }\n/**\n * @typedef {Object} Pair a pair\n * @property {User} one\n * @property {Array.<User>} [all]\n */\n/**\n * @callback Visit\n * @param {User} user\n * @returns {Pair}\n */\n//- doc.js\nimport { User } from './user.js'\n/** @param {User} u */\nexport function hello (u) { return u.greet() }\n/** @type {User} */\nlet cur\nexport function now () { return cur.greet() }\n/** @returns {User} */\nexport function mk () { return JSON.parse('{}') }\nexport function made () { return mk().greet() }\n/**\n * @param {import('./user.js').Pair} pair\n * @param {?User} [other=null] or none\n * @param {import('./user.js').Visit} visit\n */\nexport const more = (pair, other, visit) => {\n  pair.one.greet(); pair.all.map((user) => user.greet()); other.greet(); visit(other).one.greet()\n}\nclass Room {\n  /** @type {Map<string, User>} */\n  users = new Map()\n  constructor () {\n    /** @type {User | undefined} */\n    this.owner = undefined\n  }\n  /** @param {{ user: User }} options */\n  enter (options) { options.user.greet(); this.users.get('').greet(); this.owner.greet() }\n}\n/**\n * @template T\n * @param {T} value\n * @returns {T}\n */\nfunction same (value) { return value }\n/**\n * @param {object} options\n * @param {User} options.user\n */\nfunction take (options) { options.user.greet(); same(options.user).greet() }\nconst cast = /** @type {User} */ (JSON.parse(''))\ncast.greet()\n/** @param {User} */\nfunction unnamed (u) { u.greet() }\n",
        &[
            "doc.js:3 greet -> user.js:1",
            "doc.js:6 greet -> user.js:1",
            "doc.js:8 parse -> -",
            "doc.js:9 mk -> doc.js:8",
            "doc.js:9 greet -> user.js:1",
            "doc.js:16 greet -> user.js:1",
            "doc.js:16 map -> -",
            "doc.js:16 greet -> user.js:1",
            "doc.js:16 greet -> user.js:1",
            "doc.js:16 visit -> -",
            "doc.js:16 greet -> user.js:1",
            "doc.js:26 greet -> user.js:1",
            "doc.js:26 get -> -",
            "doc.js:26 greet -> user.js:1",
            "doc.js:26 greet -> user.js:1",
            "doc.js:38 greet -> user.js:1",
            "doc.js:38 same -> doc.js:33",
            "doc.js:38 greet -> user.js:1",
            "doc.js:39 parse -> -",
            "doc.js:40 greet -> user.js:1",
            "doc.js:42 greet -> -",
        ],
    );
}
