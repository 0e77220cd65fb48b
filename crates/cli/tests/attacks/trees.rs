//! A hundred hostile trees, made at random from everything that was tried alone.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use crate::files::{NAMES, endless};
use crate::home::Home;

const N_TREES: u64 = 100;

const COMMANDS: &[&[&str]] = &[
    &["index", "."],
    &["index", ".", "--streaming"],
    &["index", ".", "--since", "HEAD"],
    &["index", ".", "--database", "idx/x.db"],
    &["plan", "."],
    &["search", "first", "--database", "idx/x.db"],
    &["doctor", "--embeddings", "none"],
    &[
        "index",
        ".",
        "--embeddings",
        "real",
        "--model-dir",
        "m",
        "--streaming",
    ],
];

/// What a tree's configuration may ask for.
const WISHES: &[&str] = &[
    "database = '../../.ssh/authorized_keys'\n",
    "database = 'postgres://127.0.0.1:1/x?sslrootcert=/'\n",
    "model_dir = 'm'\nembeddings = 'real'\n",
    "cache_dir = '../..'\nworker_program = './run'\n",
    "include = ['**/*']\nsecrets = true\nsandbox = false\n",
    "exclude = ['[']\n",
    "workers = 'many'\n",
    "a = [[[[[[[[[[[[",
    "\u{0}\u{1b}[31m",
];

/// Links lead here.
const TARGETS: &[&str] = &[
    "/",
    "/dev/zero",
    "/dev/tty",
    "/proc/self/fd/0",
    "/proc/kmsg",
    "..",
    "../..",
    "../../.bashrc",
    "../../.ssh/authorized_keys",
    "../../../../.bashrc",
    "itself",
    "nowhere",
];

/// Names that decide something, beside those of ordinary files.
const STATE: &[&str] = &[
    "mnemo.toml",
    "idx/x.db",
    "idx/x.db.locks/schema",
    "idx/x.db.packs",
    "idx/x.db-journal",
    "idx/x.db-wal",
    "m/config.json",
    "m/tokenizer.json",
    "m/model.safetensors",
    "m/modules.json",
    "m/1_Pooling/config.json",
    ".git/config",
    ".git/index",
    ".git/objects/info/alternates",
];

/// Numbers from a seed, the same everywhere (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// Puts one trap into a tree, unless another is in its way.
fn trap(home: &Home, numbers: &mut Numbers) {
    let name = match numbers.below(2) {
        0 => numbers.one_of(NAMES),
        _ => numbers.one_of(STATE),
    };
    let place = home.in_tree(name);
    let is_free = || {
        let folder = place.parent().unwrap();
        place.symlink_metadata().is_err() && fs::create_dir_all(folder).is_ok()
    };
    match numbers.below(7) {
        0 if is_free() => home.pipe(name),
        1 | 2 if is_free() => home.link(numbers.one_of(TARGETS), name),
        3 if is_free() => endless(home, name),
        4 if is_free() => fs::create_dir(place).unwrap(),
        5 => home_configuration(home, numbers.one_of(WISHES)),
        _ => odd_names(home, numbers),
    }
}

fn home_configuration(home: &Home, text: &str) {
    if home.in_tree("mnemo.toml").symlink_metadata().is_err() {
        home.write("mnemo.toml", text);
    }
}

fn odd_names(home: &Home, numbers: &mut Numbers) {
    let long = "n".repeat(250);
    let deep = format!("{}a.ts", "d/".repeat(900));
    let names: [&[u8]; 7] = [
        b"\xff\xfe.ts",
        b"new\nline.ts",
        b"\x1b]0;title\x07.ts",
        "\u{202e}st.a".as_bytes(),
        long.as_bytes(),
        deep.as_bytes(),
        b"-rf.ts",
    ];
    let path = home
        .in_tree("")
        .join(OsStr::from_bytes(names[numbers.below(names.len())]));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "export const odd = 1\n").unwrap();
}

#[test]
fn hundred_hostile_trees_change_nothing_and_come_to_an_end() {
    for seed in 1..=N_TREES {
        let home = Home::new();
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..1 + numbers.below(8) {
            trap(&home, &mut numbers);
        }
        let command = COMMANDS[numbers.below(COMMANDS.len())];
        let (status, said) = home.run(command);
        assert!(
            [0, 2, 3].contains(&status),
            "{seed}: {command:?}: {status}: {said}"
        );
    }
}
