//! The graph of Python: where names lead.

use crate::graph::check_calls;
use crate::graph::uses::check_uses;

#[test]
fn names_are_followed_through_packages_and_renames() {
    check_calls(
        "//- pack/__init__.py\nfrom .a import one, two as zwei\nfrom . import b\nfrom .stars import *\n//- pack/a.py\ndef one(): pass\ndef two(): pass\n//- pack/b.py\ndef three(): pass\n//- pack/stars.py\ndef four(): pass\n//- main.py\nfrom pack import one, zwei, b, four as vier\nimport pack.b\nimport pack as p\none(); zwei(); b.three(); vier()\npack.b.three(); p.one(); p.b.three()\nfrom os import getcwd\ngetcwd()\n",
        &[
            "main.py:4 one -> pack/a.py:1",
            "main.py:4 zwei -> pack/a.py:2",
            "main.py:4 three -> pack/b.py:1",
            "main.py:4 vier -> pack/stars.py:1",
            "main.py:5 three -> pack/b.py:1",
            "main.py:5 one -> pack/a.py:1",
            "main.py:5 three -> pack/b.py:1",
            "main.py:7 getcwd -> -",
        ],
    );
}

#[test]
fn receivers_are_followed_by_their_types() {
    check_calls(
        "//- a.py\nfrom typing import List, Optional, Union, Dict\nclass Dog:\n    def name(self) -> str: ...\n    @property\n    def friend(self) -> 'Dog': ...\n    @classmethod\n    def make(cls): return cls()\n    def itself(self): return self\n    def __enter__(self): return self\nclass Puppy(Dog):\n    def __init__(self):\n        super().__init__()\n        self.mother = Dog()\n        self.toys: List['Toy'] = []\n    def play(self):\n        self.mother.name()\n        for toy in self.toys: toy.squeak()\n        self.name()\nclass Toy:\n    def squeak(self): pass\ndef f(dog: Optional[Dog], toys: Dict[str, Toy]):\n    dog.name()\n    dog.friend.friend.name()\n    for key, toy in toys.items(): toy.squeak()\n    [toy.squeak() for toy in toys.values()]\n    toys['a'].squeak()\nPuppy.make().play()\nPuppy().itself().play()\nwith Dog() as dog: dog.name()\nx = 'a'.upper()\n",
        &[
            "a.py:4 property -> -",
            "a.py:6 classmethod -> -",
            "a.py:7 cls -> a.py:2",
            "a.py:12 super -> -",
            "a.py:12 __init__ -> -",
            "a.py:13 Dog -> a.py:2",
            "a.py:16 name -> a.py:3",
            "a.py:17 squeak -> a.py:20",
            "a.py:18 name -> a.py:3",
            "a.py:22 name -> a.py:3",
            "a.py:23 name -> a.py:3",
            "a.py:24 items -> -",
            "a.py:24 squeak -> a.py:20",
            "a.py:25 squeak -> a.py:20",
            "a.py:25 values -> -",
            "a.py:26 squeak -> a.py:20",
            "a.py:27 make -> a.py:7",
            "a.py:27 play -> a.py:15",
            "a.py:28 Puppy -> a.py:10",
            "a.py:28 itself -> a.py:8",
            "a.py:28 play -> a.py:15",
            "a.py:29 Dog -> a.py:2",
            "a.py:29 name -> a.py:3",
            "a.py:30 upper -> -",
        ],
    );
}

#[test]
fn what_a_name_holds_follows_the_flow_of_control() {
    check_calls(
        "//- a.py\nclass A:\n    def only(self): pass\n    def both(self): pass\nclass B:\n    def both(self): pass\n    def next(self) -> 'B': ...\ndef f(x, flag):\n    y = A()\n    y.both()\n    y = B()\n    y.both()\n    if isinstance(x, A):\n        x.both()\n    elif isinstance(x, B):\n        x.both()\n    z = None\n    while flag:\n        if z is not None:\n            z.next()\n        z = B()\n    if not isinstance(x, B):\n        return\n    x.both()\ndef g(x: 'A | B'):\n    if isinstance(x, B): x.both()\n    else: x.both()\n",
        &[
            "a.py:8 A -> a.py:1",
            "a.py:9 both -> a.py:3",
            "a.py:10 B -> a.py:4",
            "a.py:11 both -> a.py:5",
            "a.py:12 isinstance -> -",
            "a.py:13 both -> a.py:3",
            "a.py:14 isinstance -> -",
            "a.py:15 both -> a.py:5",
            "a.py:19 next -> a.py:6",
            "a.py:20 B -> a.py:4",
            "a.py:21 isinstance -> -",
            "a.py:23 both -> a.py:5",
            "a.py:25 isinstance -> -",
            "a.py:25 both -> a.py:5",
            "a.py:26 both -> a.py:3",
        ],
    );
}

#[test]
fn bases_are_looked_through_in_their_order() {
    check_calls(
        "//- a.py\nclass Root:\n    def m(self): pass\n    def only(self): pass\nclass Left(Root): pass\nclass Right(Root):\n    def m(self): pass\nclass Both(Left, Right):\n    def go(self):\n        self.m()\n        self.only()\n        self.missing()\nclass Foreign(Unknown, Root):\n    def go(self):\n        self.m()\n        self.foreign()\n",
        &[
            "a.py:9 m -> a.py:6",
            "a.py:10 only -> a.py:3",
            "a.py:11 missing -> -",
            "a.py:14 m -> a.py:2",
            "a.py:15 foreign -> -",
        ],
    );
}

#[test]
fn decorators_keep_or_replace_what_they_decorate() {
    check_calls(
        "//- a.py\nfrom contextlib import contextmanager\nfrom functools import lru_cache, wraps\nclass A:\n    def m(self): pass\n@contextmanager\ndef managed():\n    yield A()\n@lru_cache(maxsize=None)\ndef cached() -> A: ...\ndef logged(f):\n    @wraps(f)\n    def inner(*args): return f(*args)\n    return inner\n@logged\ndef made() -> A: ...\nwith managed() as a: a.m()\ncached().m()\nmade()\n",
        &[
            "a.py:5 contextmanager -> -",
            "a.py:7 A -> a.py:3",
            "a.py:8 lru_cache -> -",
            "a.py:11 wraps -> -",
            "a.py:12 f -> -",
            "a.py:14 logged -> a.py:10",
            "a.py:16 managed -> a.py:6",
            "a.py:16 m -> a.py:4",
            "a.py:17 cached -> a.py:9",
            "a.py:17 m -> a.py:4",
            "a.py:18 made -> a.py:15",
        ],
    );
}

#[test]
fn a_name_alone_makes_no_edge() {
    check_calls(
        "//- a.py\nclass A:\n    def run(self): pass\ndef helper(): pass\n//- b.py\ndef f(x):\n    x.run()\n    helper()\n",
        &["b.py:2 run -> -", "b.py:3 helper -> -"],
    );
}

#[test]
fn every_way_to_use_a_value_is_distinguished() {
    check_uses(
        "//- pack/__init__.py\n//- pack/a.py\nimport os\nLIMIT = 1\nclass Shade:\n    DARK = 1\n    def __init__(self):\n        self.level = LIMIT\n    @property\n    def lit(self): return self.level\n    def turn(self): self.level = 2\ndef f(x): return x\ndef g(): pass\n//- pack/b.py\nimport pack.a\nfrom pack import a as module\nfrom .a import LIMIT, Shade, f\nregister(f, key=f)\nalias = f\no = {'f': f}\no.h = f\ndef d(x=f, y=LIMIT): return f if x else y\ne = [f, Shade.DARK]\nk = lambda x: f\ndef use(s: Shade, f):\n    f = f\n    s.level += 1\n    later(s.turn)\n    if s.lit > LIMIT: pass\n    print(os, len)\n    return [LIMIT for LIMIT in s.level]\npack.a.g; module.g\n@pack.a.f\ndef h():\n    global alias\n    alias = None\n",
        &[
            "pack/a.py:6 LIMIT assigned -> pack/a.py:2",
            "pack/a.py:8 level returned -> pack/a.py:6",
            "pack/a.py:9 level written -> pack/a.py:6",
            "pack/b.py:4 f argument -> pack/a.py:10",
            "pack/b.py:4 f argument -> pack/a.py:10",
            "pack/b.py:5 f alias -> pack/a.py:10",
            "pack/b.py:6 f assigned -> pack/a.py:10",
            "pack/b.py:7 o read -> pack/b.py:6",
            "pack/b.py:7 h written -> -",
            "pack/b.py:7 f assigned -> pack/a.py:10",
            "pack/b.py:8 f default -> pack/a.py:10",
            "pack/b.py:8 LIMIT default -> pack/a.py:2",
            "pack/b.py:8 f returned -> pack/a.py:10",
            "pack/b.py:9 f element -> pack/a.py:10",
            "pack/b.py:9 Shade read -> pack/a.py:3",
            "pack/b.py:9 DARK element -> pack/a.py:4",
            "pack/b.py:10 f returned -> pack/a.py:10",
            "pack/b.py:13 level written -> pack/a.py:6",
            "pack/b.py:14 turn argument -> pack/a.py:9",
            "pack/b.py:15 lit read -> pack/a.py:8",
            "pack/b.py:15 LIMIT read -> pack/a.py:2",
            "pack/b.py:16 os argument -> -",
            "pack/b.py:17 level read -> pack/a.py:6",
            "pack/b.py:18 g read -> pack/a.py:11",
            "pack/b.py:18 module read -> -",
            "pack/b.py:18 g read -> pack/a.py:11",
            "pack/b.py:22 alias written -> pack/b.py:5",
        ],
    );
}
