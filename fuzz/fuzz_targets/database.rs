//! A database file in which bytes were changed, and every question: an answer or an error. What opens it must first find that it is ours.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use testkit::{Tampering, TestProject, count_statement};

thread_local! {
    static INDEX: OnceCell<Tampering<'static>> = const { OnceCell::new() };
}

fn index() -> Tampering<'static> {
    let fixture = format!("//- src/a.ts\n{}", count_statement("a"));
    let project = TestProject::new(&fixture);
    project.index_streaming();
    Tampering::new(Box::leak(Box::new(project)))
}

fuzz_target!(|data: &[u8]| {
    INDEX.with(|tampering| {
        let tampering = tampering.get_or_init(index);
        tampering.change_file(|file| patch(file, data));
        tampering.ask_everything();
    });
});

/// Changes bytes as `data` says: three bytes for the place, one for how many follow, and those.
fn patch(file: &mut Vec<u8>, mut data: &[u8]) {
    while let [high, middle, low, length, rest @ ..] = data {
        let at = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
        let (bytes, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        let at = at % file.len().max(1);
        match bytes.is_empty() {
            true => file.truncate(at),
            false => {
                let end = (at + bytes.len()).min(file.len());
                file[at..end].copy_from_slice(&bytes[..end - at]);
            }
        }
        data = rest;
    }
}
