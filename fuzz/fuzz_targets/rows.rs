//! An index in which one value was changed, and every question: an answer or an error.

#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use rusqlite::types::Value;
use testkit::{Tampering, TestProject, count_statement};

thread_local! {
    static INDEX: OnceCell<Tampering<'static>> = const { OnceCell::new() };
}

fn index() -> Tampering<'static> {
    let project = TestProject::new(&format!(
        "//- src/a.ts\n{}//- src/b.ts\nimport {{ a }} from './a'\nexport class Base {{\n  run() {{ return a([]) }}\n}}\nexport const caller = () => new Base().run()\n",
        count_statement("a")
    ));
    project.index_streaming();
    Tampering::new(Box::leak(Box::new(project)))
}

/// Returns a value of the same type as the old one, made of bytes.
fn value(old: &Value, bytes: &[u8]) -> Value {
    let mut number = [0; 8];
    for (to, from) in number.iter_mut().zip(bytes) {
        *to = *from;
    }
    match old {
        Value::Null | Value::Integer(_) => Value::Integer(i64::from_le_bytes(number)),
        Value::Real(_) => Value::Real(f64::from_le_bytes(number)),
        Value::Text(_) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        Value::Blob(old) => {
            // Most of it stays, so that what is behind the change is read too.
            let mut blob = old.clone();
            let end = blob.len();
            let start = usize::from(number[0]).min(end);
            let with = bytes.get(1..).unwrap_or_default();
            blob.splice(start..(start + with.len()).min(end), with.iter().copied());
            Value::Blob(blob)
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [column, row, bytes @ ..] = data else {
        return;
    };
    INDEX.with(|tampering| {
        let tampering = tampering.get_or_init(index);
        let change = |old| value(&old, bytes);
        if tampering.change(usize::from(*column), usize::from(*row), change) {
            tampering.ask_everything();
        }
    });
});
