//! A database in which another program has changed a value is answered from, or with an error; never with a panic.

#![expect(
    clippy::disallowed_methods,
    reason = "a test may be asked for its long form"
)]

use rusqlite::types::Value;
use testkit::{Tampering, TestProject, count_statement};

/// Every kind of edge and symbol that questions go along.
fn project() -> TestProject {
    let base = "import { a } from './a'\nexport class Base {\n  run() { return a([]) }\n}\nexport class Derived extends Base {\n  run() { return super.run() }\n}\nexport const caller = () => new Derived().run()\n";
    let project = TestProject::new(&format!(
        "//- src/a.ts\n{}//- src/b.ts\n{base}//- src/b.test.ts\nimport {{ caller }} from './b'\ntest('it', () => {{ caller() }})\n//- src/index.ts\nexport * from './a'\n",
        count_statement("a")
    ));
    project.index_streaming();
    project
}

const NUMBERS: &[i64] = &[
    -1,
    0,
    1,
    2,
    1 << 24,
    i32::MAX as i64,
    u32::MAX as i64,
    1 << 32,
    i64::MAX,
    i64::MIN,
];

const TEXTS: &[&str] = &["", "x", "../x", "\0", "src/a.ts", "active", "{}"];

/// Returns the value that a number picks in place of another.
fn other(old: Value, pick: usize) -> Value {
    match old {
        Value::Integer(_) => Value::Integer(NUMBERS[pick % NUMBERS.len()]),
        Value::Null if pick.is_multiple_of(3) => Value::Text("x".to_owned()),
        Value::Null => Value::Integer(NUMBERS[pick % NUMBERS.len()]),
        Value::Real(_) => Value::Real([f64::INFINITY, -1.0, 1e300, 0.0][pick % 4]),
        Value::Text(_) => Value::Text(TEXTS[pick % TEXTS.len()].to_owned()),
        Value::Blob(mut bytes) => {
            match (pick % 3, bytes.len()) {
                (0, _) | (_, 0) => bytes = vec![0xff; pick % 50],
                (1, length) => bytes.truncate(pick % length),
                (_, length) => bytes[pick % length] ^= 1 << (pick % 8),
            }
            Value::Blob(bytes)
        }
    }
}

#[test]
fn one_changed_value_is_an_answer_or_an_error() {
    let n_rounds = match std::env::var_os("MNEMO_TEST_LONG") {
        Some(_) => 200,
        None => 3,
    };
    let project = project();
    let tampering = Tampering::new(&project);
    let n_columns = tampering.n_columns();
    assert!(n_columns > 90, "{n_columns}");
    let n_questions = tampering.ask_everything();
    let (mut n_taken, mut n_noticed) = (0, 0);
    for round in 0..n_rounds {
        for column in 0..n_columns {
            // Other rows and values for every column of every round.
            let pick = round * 31 + column * 7;
            if !tampering.change(column, round + column, |old| other(old, pick)) {
                continue;
            }
            n_taken += 1;
            n_noticed += usize::from(tampering.ask_everything() < n_questions);
        }
    }
    assert!(n_taken > n_rounds * n_columns / 2, "{n_taken}");
    assert!(n_noticed > n_taken / 4, "{n_noticed} of {n_taken}");
}
