//! The tree that is asked about: small, and with one of everything that is distinguished.

use crate::program::Mnemo;

const FILES: &[(&str, &str)] = &[
    (
        "src/greet.ts",
        "import { capital, Name } from './words'\n\n/** The usual greeting. */\nexport const HELLO = 'hello'\n\n\
         /** Greets somebody by name. */\nexport function greeting(name: Name): string {\n  return `${HELLO} ${capital(name)}`\n}\n\n\
         export class Greeter {\n  constructor(private names: Name[]) {}\n\n  /** Greets everybody. */\n  greet(): string[] {\n    \
         return this.names.map((name) => (name === '' ? HELLO : greeting(name)))\n  }\n}\n",
    ),
    (
        "src/words.ts",
        "import { HELLO } from './greet'\n\nexport type Name = string\n\nexport function capital(word: Name): Name {\n  \
         return word === '' ? HELLO : word[0].toUpperCase() + word.slice(1)\n}\n",
    ),
    (
        "src/main.ts",
        "import { Greeter, greeting } from './greet'\nimport { log } from 'logger'\n\nexport function main(names: string[]) {\n  \
         for (const line of new Greeter(names).greet()) log(line)\n  log(greeting('all'))\n}\n\nexport function count(names: string[]) {\n  return names.length\n}\n",
    ),
    (
        "tests/greet.test.ts",
        "import { greeting } from '../src/greet'\n\nit('greets', () => {\n  expect(greeting('ann')).toBe('hello Ann')\n})\n",
    ),
    (
        "tools/count.py",
        "\"\"\"Counts greetings.\"\"\"\n\n\ndef greet(names):\n    return [name for name in names if name]\n\n\ndef count(names):\n    return len(greet(names))\n",
    ),
    ("README.md", "# Greetings\n\nSays hello.\n"),
    (
        "src/broken.ts",
        "export function unfinished( {\n  return 1\n",
    ),
    ("notes.xyz", "what nobody reads\n"),
    (".env", "TOKEN=abcdefghijklmnop\n"),
    ("dist/out.min.js", "var a=1\n"),
];

const QUESTIONS: &str = "{\"kind\":\"hand\",\"query\":\"greet somebody\",\"targets\":[{\"file\":\"src/greet.ts\"}]}\n\
{\"kind\":\"hand\",\"query\":\"count names\",\"targets\":[{\"file\":\"tools/count.py\"}]}\n";

/// Writes the tree to the folder `tree`, and questions about it beside it.
pub(super) fn written() -> Mnemo {
    let mnemo = Mnemo::new();
    for (path, text) in FILES {
        mnemo.write(&format!("tree/{path}"), text);
    }
    let latin = mnemo.home.path().join("tree/src/latin.ts");
    std::fs::write(latin, b"export const caf\xe9 = 1\n").unwrap();
    mnemo.write("questions.jsonl", QUESTIONS);
    mnemo
}

/// Writes the tree and indexes it.
pub(super) fn indexed() -> Mnemo {
    let mnemo = written();
    let answer = mnemo.run(&["index", "tree", "--workers", "1", "--quiet"]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    mnemo
}
