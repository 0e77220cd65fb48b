//! Names that no file imports.

use super::check_calls;
use super::uses::check_uses;

#[test]
fn scripts_share_their_names_and_parts_of_namespaces() {
    check_calls(
        "//- tsconfig.json\n{}\n//- a.ts\nnamespace Plant { export function grow() { return water() } }\nfunction sow() { return Plant.water() }\nvar tool = { dig() {} }\n//- b.ts\nnamespace Plant { export function water() { return 1 } }\nfunction harvest() { tool.dig(); globalThis.sow(); return sow() }\n",
        &[
            "a.ts:1 water -> b.ts:1",
            "a.ts:2 water -> b.ts:1",
            "b.ts:2 dig -> a.ts:3",
            "b.ts:2 sow -> a.ts:2",
            "b.ts:2 sow -> a.ts:2",
        ],
    );
}

#[test]
fn a_name_of_two_scripts_means_neither_and_modules_have_none() {
    check_calls(
        "//- a.js\nfunction twice() {}\nfunction once() {}\n//- b.js\nfunction twice() {}\n//- c.js\ntwice(); once()\n//- module.mjs\nonce()\n//- imports.js\nimport './a.js'\nonce()\n//- requires.js\nrequire('./a.js')\nfunction hidden() {}\n//- d.js\nhidden()\n",
        &[
            "c.js:1 twice -> -",
            "c.js:1 once -> a.js:2",
            "d.js:1 hidden -> -",
            "imports.js:2 once -> -",
            "module.mjs:1 once -> -",
        ],
    );
}

#[test]
fn projects_do_not_see_the_scripts_of_others() {
    check_calls(
        "//- one/tsconfig.json\n{}\n//- one/a.ts\nfunction local() {}\ndeclare function both(): void\n//- one/b.ts\nlocal(); both()\n//- two/tsconfig.json\n{ \"include\": [\"*.ts\", \"../one/a.ts\"] }\n//- two/c.ts\nexport {}\nlocal(); both()\n//- three/tsconfig.json\n{}\n//- three/d.ts\nlocal(); both()\n",
        &[
            "one/b.ts:1 local -> one/a.ts:1",
            "one/b.ts:1 both -> one/a.ts:2",
            "three/d.ts:1 local -> -",
            "three/d.ts:1 both -> -",
            "two/c.ts:2 local -> -",
            "two/c.ts:2 both -> one/a.ts:2",
        ],
    );
}

#[test]
fn what_is_declared_for_all_is_found_without_an_import() {
    check_calls(
        "//- tsconfig.json\n{}\n//- store.ts\nexport class Store { base() { return 1 } static of() {} }\n//- barrel.ts\nexport { Store } from './store'\n//- plug.ts\nimport { Store } from './barrel'\ndeclare module './barrel' { interface Store { extra(): number } }\ndeclare global {\n  function beep(): void\n  interface Window { app: Store }\n  namespace Kit { function cut(): void; interface Knife { edge(): void } }\n}\nexport namespace Geo { export function area() { return 1 } }\nexport namespace Geo { export function perim() { return area() } }\nexport function use(s: Store) { s.extra(); beep(); new Store().extra() }\n//- main.ts\nimport { Store } from './store'\nbeep(); Kit.cut(); window.app.base(); window.close()\nexport function main(w: Window, k: Kit.Knife) { w.app.extra(); w.focus(); k.edge() }\n",
        &[
            "main.ts:2 beep -> plug.ts:4",
            "main.ts:2 cut -> plug.ts:6",
            "main.ts:2 base -> store.ts:1",
            "main.ts:2 close -> -",
            "main.ts:3 extra -> plug.ts:2",
            "main.ts:3 focus -> -",
            "main.ts:3 edge -> plug.ts:6",
            "plug.ts:9 area -> plug.ts:8",
            "plug.ts:10 extra -> plug.ts:2",
            "plug.ts:10 beep -> plug.ts:4",
            "plug.ts:10 extra -> plug.ts:2",
        ],
    );
}

#[test]
fn ambient_constants_are_used_by_whoever_reads_them() {
    check_uses(
        "//- tsconfig.json\n{}\n//- global.d.ts\ndeclare var __DEV__: boolean\ndeclare interface String { shout(): string }\n//- a.ts\nexport function warn() { if (__DEV__) return 'a'.length }\n",
        &["a.ts:1 __DEV__ read -> global.d.ts:1"],
    );
}
