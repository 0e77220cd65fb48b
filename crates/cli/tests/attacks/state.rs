//! A database inside a tree, which the user names, with traps around it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::home::Home;

const DATABASE: &str = "idx/x.db";

/// Fills the database with more rows than are searched without a packed copy.
fn filled(home: &Home) {
    let functions = (0..2_100).map(|n| format!("export function f{n}() {{\n  return {n}\n}}\n"));
    home.write("many.ts", &functions.collect::<String>());
    let (status, said) = home.run(&["index", ".", "--database", DATABASE, "--streaming"]);
    assert_eq!(status, 0, "{said}");
    for folder in ["idx/x.db.packs", "idx/x.db.locks"] {
        fs::remove_dir_all(home.in_tree(folder)).unwrap();
    }
}

#[test]
fn lock_that_is_a_link_overwrites_nothing() {
    let hashed = blake3_of("tree");
    for name in ["schema", hashed.as_str()] {
        let home = Home::new();
        home.link("../../../../.bashrc", &format!("{DATABASE}.locks/{name}"));
        let (status, said) = home.run(&["index", ".", "--database", DATABASE]);
        assert!(status == 3 && said.contains(name), "{said}");
    }
    let home = Home::new();
    home.link("../../..", &format!("{DATABASE}.locks"));
    let (status, said) = home.run(&["index", ".", "--database", DATABASE]);
    assert!(status == 3 && said.contains("x.db.locks"), "{said}");
}

#[test]
fn lock_that_is_another_name_of_a_file_overwrites_nothing() {
    let home = Home::new();
    fs::create_dir_all(home.in_tree("idx/x.db.locks")).unwrap();
    fs::hard_link(home.path(".bashrc"), home.in_tree("idx/x.db.locks/schema")).unwrap();
    let (status, said) = home.run(&["index", ".", "--database", DATABASE]);
    assert!(status == 3 && said.contains("second name"), "{said}");
}

#[test]
fn lock_that_is_a_pipe_holds_nobody_up() {
    let home = Home::new();
    home.pipe(&format!("{DATABASE}.locks/schema"));
    let (status, said) = home.run(&["index", ".", "--database", DATABASE]);
    assert!(status == 3 && said.contains("schema"), "{said}");
}

/// The name of a repository's lock.
fn blake3_of(name: &str) -> String {
    domain::ContentHash::of(name.as_bytes()).to_string()
}

#[test]
fn question_deletes_and_writes_nothing_through_a_link() {
    let home = Home::new();
    filled(&home);
    for target in ["../../..", "../../../src/other"] {
        home.link(target, &format!("{DATABASE}.packs"));
        let (status, said) = home.run(&["search", "f7", "--database", DATABASE]);
        assert!(status == 0 && said.contains("many.ts"), "{said}");
        home.run(&["index", ".", "--database", DATABASE]);
        home.run(&["gc", "--database", DATABASE]);
        fs::remove_file(home.in_tree("idx/x.db.packs")).unwrap();
    }
}

#[test]
fn only_names_of_ours_are_removed() {
    let home = Home::new();
    filled(&home);
    let kept = [
        "2024-12-report.pdf",
        "99-notes.pack",
        "99-words.txt",
        "notes",
        "099-words.pack",
    ];
    for name in kept
        .into_iter()
        .chain(["99-words.pack", "99-1-code_vector.123"])
    {
        home.write(&format!("{DATABASE}.packs/{name}"), "x");
    }
    home.link(
        "../../../../.bashrc",
        &format!("{DATABASE}.packs/98-words.pack"),
    );
    home.link(
        "../../../../.bashrc",
        &format!("{DATABASE}.packs/1-words.pack"),
    );
    let (status, said) = home.run(&["search", "f7", "--database", DATABASE]);
    assert_eq!(status, 0, "{said}");
    let there = |name: &str| {
        home.in_tree("idx/x.db.packs")
            .join(name)
            .symlink_metadata()
            .is_ok()
    };
    assert!(kept.into_iter().all(there));
    assert!(!there("99-words.pack") && !there("98-words.pack") && !there("99-1-code_vector.123"));
    assert!(there("1-words.pack"), "the copy takes the link's place");
}

/// A disk that damages a copy makes no answer wrong for longer than until the copy is looked at.
#[test]
fn damaged_copy_is_reported_by_verify_dropped_and_made_anew() {
    let home = Home::new();
    filled(&home);
    let ask = |arguments: &[&str]| home.run(&[arguments, &["--database", DATABASE]].concat());
    let (_, before) = ask(&["search", "f7"]);
    let folder = home.in_tree("idx/x.db.packs");
    let damage = || {
        for copy in fs::read_dir(&folder).unwrap() {
            let path = copy.unwrap().path();
            let mut bytes = fs::read(&path).unwrap();
            bytes[8..].iter_mut().for_each(|byte| *byte ^= 0x10);
            fs::write(path, bytes).unwrap();
        }
    };
    damage();
    let (status, said) = ask(&["search", "f7"]);
    assert!(status == 0 && said.contains("was damaged"), "{said}");
    assert!(said.contains(before.trim()), "{before}: {said}");
    assert_eq!(ask(&["search", "f7"]), (0, before.clone()));
    damage();
    let (status, said) = ask(&["verify"]);
    assert!(status == 1 && said.contains("a damaged copy"), "{said}");
    let (status, said) = ask(&["verify", "--repair"]);
    assert!(
        status == 0 && said.contains("damaged copies deleted"),
        "{said}"
    );
    let (status, said) = ask(&["verify"]);
    assert!(status == 0 && !said.contains("damaged"), "{said}");
    assert_eq!(ask(&["search", "f7"]), (0, before));
}

#[test]
fn database_is_made_exclusively_and_through_no_link() {
    for target in [
        ".ssh/authorized_keys",
        ".profile",
        "nowhere/x",
        ".ssh",
        ".bashrc",
    ] {
        let home = Home::new();
        home.link(home.path(target), DATABASE);
        for command in [
            &["index", "."][..],
            &["search", "first"],
            &["gc"],
            &["status"],
        ] {
            let (status, said) = home.run(&[command, &["--database", DATABASE]].concat());
            let is_named = said.contains("x.db") || said.contains("is not a database");
            assert!(status == 3 && is_named, "{target}: {said}");
        }
    }
}

#[test]
fn pipe_beside_or_in_place_of_a_database_holds_nobody_up() {
    for ending in ["", "-journal", "-wal", "-shm"] {
        let home = Home::new();
        if !ending.is_empty() {
            assert_eq!(home.run(&["index", ".", "--database", DATABASE]).0, 0);
        }
        home.pipe(&format!("{DATABASE}{ending}"));
        for command in [&["index", "."][..], &["search", "first"]] {
            let (status, said) = home.run(&[command, &["--database", DATABASE]].concat());
            assert!(status == 3 && said.contains("x.db"), "{ending}: {said}");
        }
    }
}

/// SQLite deletes the journal of several databases that the journal of one names, once no other names it.
#[test]
fn journal_of_a_database_deletes_nothing() {
    let home = Home::new();
    assert_eq!(home.run(&["index", ".", "--database", DATABASE]).0, 0);
    let victim = home.path(".bashrc");
    let journal = home.in_tree("idx/x.db-journal");
    fs::write(&journal, hot_journal(&home.in_tree(DATABASE), &victim)).unwrap();
    for command in [&["index", "."][..], &["search", "first"], &["gc"]] {
        let (status, said) = home.run(&[command, &["--database", DATABASE]].concat());
        assert!(status == 3 && said.contains("x.db-journal"), "{said}");
    }
}

/// Returns a journal that asks to be played back, without pages, and that names another file as the journal of several databases.
fn hot_journal(database: &Path, named: &Path) -> Vec<u8> {
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let (sector_bytes, page_bytes) = (512_u32, 4096_u32);
    let n_pages = u32::try_from(fs::metadata(database).unwrap().len()).unwrap() / page_bytes;
    let name = named.as_os_str().as_encoded_bytes();
    let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    let mut journal = MAGIC.to_vec();
    for number in [0, 0, n_pages, sector_bytes, page_bytes] {
        journal.extend(number.to_be_bytes());
    }
    journal.resize(sector_bytes as usize, 0);
    // The page that holds SQLite's locks, which no journal holds, marks the name.
    journal.extend((0x4000_0000 / page_bytes + 1).to_be_bytes());
    journal.extend(name);
    journal.extend(u32::try_from(name.len()).unwrap().to_be_bytes());
    journal.extend(sum.to_be_bytes());
    journal.extend(MAGIC);
    journal
}

#[test]
fn database_that_others_may_write_is_made_private() {
    let home = Home::new();
    assert_eq!(home.run(&["index", ".", "--database", DATABASE]).0, 0);
    let database = home.in_tree(DATABASE);
    let mode = || fs::metadata(&database).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&database, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(home.run(&["index", ".", "--database", DATABASE]).0, 0);
    assert_eq!(mode(), 0o600);
    // Who lets others read it has a reason.
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(home.run(&["index", ".", "--database", DATABASE]).0, 0);
    assert_eq!(mode(), 0o644);
}
