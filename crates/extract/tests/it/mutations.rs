//! Sources with pieces cut out, doubled and swapped.

use domain::Language;
use proptest::prelude::*;

use crate::{extract_as, invariants, on_large_stack};

const FIXTURE: &str = include_str!("fixture.ts");
const PYTHON: &str = include_str!("fixture.py");

#[derive(Clone, Debug)]
enum Mutation {
    Delete(usize, usize),
    Duplicate(usize, usize),
    Insert(usize, &'static str),
}

const INSERTIONS: &[&str] = &[
    "{", "}", "(", ")", "`", "'", "/*", "*/", "//", "\n", "<", "é😀", "class ", "=>", "\0", "\r\n",
    "\"\"\"", "f'{", "#", "\n    ", "\\", ":", "def ", "\t",
];

fn mutations(length: usize) -> impl Strategy<Value = Vec<Mutation>> {
    let place = 0..length;
    let mutation = prop_oneof![
        (place.clone(), 1..400_usize).prop_map(|(start, length)| Mutation::Delete(start, length)),
        (place.clone(), 1..400_usize)
            .prop_map(|(start, length)| Mutation::Duplicate(start, length)),
        (place, prop::sample::select(INSERTIONS))
            .prop_map(|(start, text)| Mutation::Insert(start, text)),
    ];
    prop::collection::vec(mutation, 1..6)
}

fn apply(text: &mut String, mutation: &Mutation) {
    let range = |start: usize, length: usize| {
        let start = text.floor_char_boundary(start);
        start..text.floor_char_boundary(start + length)
    };
    match *mutation {
        Mutation::Delete(start, length) => text.replace_range(range(start, length), ""),
        Mutation::Duplicate(start, length) => {
            let range = range(start, length);
            let copy = text[range.clone()].to_owned();
            text.insert_str(range.start, &copy);
        }
        Mutation::Insert(start, inserted) => text.insert_str(range(start, 0).start, inserted),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_source_is_covered(mutations in mutations(FIXTURE.len())) {
        let mut text = FIXTURE.to_owned();
        mutations.iter().for_each(|mutation| apply(&mut text, mutation));
        for language in [Language::TypeScript, Language::Jsx] {
            let extraction = on_large_stack(|| extract_as("src/fixture.ts", &text, language));
            invariants::check("src/fixture.ts", &text, &extraction);
        }
    }

    #[test]
    fn mutated_python_is_covered(mutations in mutations(PYTHON.len())) {
        let mut text = PYTHON.to_owned();
        mutations.iter().for_each(|mutation| apply(&mut text, mutation));
        let extraction = on_large_stack(|| extract_as("src/fixture.py", &text, Language::Python));
        invariants::check("src/fixture.py", &text, &extraction);
    }
}
