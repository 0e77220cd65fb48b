//! Puts out of sight what differs from run to run, from machine to machine, and from version to version.

use regex::Regex;
use serde_json::Value;

use crate::program::Mnemo;

/// Members of objects whose values are measured, or belong to the machine.
const MEASURED: &[&str] = &[
    "seconds",
    "milliseconds",
    "ended_ms",
    "peak_memory_bytes",
    "memory_bytes",
    "disk_bytes",
    "reclaimable_bytes",
    "digest",
    "hash",
    "vector",
];

/// What is measured in texts for people, and what stands there instead; in this order.
const PATTERNS: &[(&str, &str)] = &[
    (r"[0-9a-f]{64}", "[hash]"),
    (r"(?m)^  time     .*$", "  time     [seconds]"),
    (
        r"(?m)^  memory   .* at its peak",
        "  memory   [bytes] at its peak",
    ),
    (r"(?m)^  forecast .*\n", ""),
    (r"\d+(\.\d+)? (s|ms) with", "[seconds] with"),
    (r"[\d.]+ ([KM]i)?B of (memory|disk)", "[bytes] of $2"),
    (
        r"(?m)^(  (?:ok  |note|BAD ) (?:machine|sandbox) ).*$",
        "$1  [this machine]",
    ),
    (r"[\d.]+ ([KM]i)?B reclaimed", "[bytes] reclaimed"),
    (r"(?m)^(database .*) \([\d.]+ ([KM]i)?B\)$", "$1 ([bytes])"),
    (r"indexed .* ago in", "indexed [time] ago in"),
    // The column of ages, which is as wide as the widest of them.
    (r"CHANGED +AGE ", "CHANGED  AGE "),
    (r" +(now|\d+ (s|min))  ([0-9a-f]{8}|-) ", "  [age]  $3 "),
    (r"in \d+\.\d+ s", "in [seconds]"),
    (r"\d+(\.\d+)? ms", "[milliseconds]"),
];

/// Checks of `doctor` that are about the machine.
const OF_MACHINE: &[&str] = &["machine", "sandbox"];

/// How to write what a program in one folder says.
pub(super) struct Redaction {
    home: Vec<String>,
    patterns: Vec<(Regex, &'static str)>,
}

impl Redaction {
    pub(super) fn of(mnemo: &Mnemo) -> Redaction {
        let home = mnemo.home.path();
        let canonical = home.canonicalize().unwrap();
        let patterns = PATTERNS
            .iter()
            .map(|(pattern, with)| (Regex::new(pattern).unwrap(), *with));
        Redaction {
            home: [&canonical, home]
                .map(|path| path.display().to_string())
                .to_vec(),
            patterns: patterns.collect(),
        }
    }

    /// Returns a text for people.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for home in &self.home {
            text = text.replace(home, "[home]");
        }
        text = text.replace(env!("CARGO_PKG_VERSION"), "[version]");
        for (pattern, with) in &self.patterns {
            text = pattern.replace_all(&text, *with).into_owned();
        }
        text
    }

    /// Returns lines, each of which may be an object.
    pub(super) fn lines(&self, text: &str) -> String {
        let line = |line: &str| match serde_json::from_str::<Value>(line) {
            Ok(mut json @ Value::Object(_)) => {
                self.redact(&mut json);
                json.to_string()
            }
            _ => line.to_owned(),
        };
        self.text(&text.lines().map(line).collect::<Vec<_>>().join("\n"))
    }

    /// Returns one object, a member a line.
    pub(super) fn json_text(&self, mut json: Value) -> String {
        self.redact(&mut json);
        self.text(&serde_json::to_string_pretty(&json).unwrap())
    }

    fn redact(&self, json: &mut Value) {
        match json {
            Value::Object(members) => {
                let is_of_machine = members.get("subject").and_then(Value::as_str);
                let is_of_machine = is_of_machine.is_some_and(|one| OF_MACHINE.contains(&one));
                for (name, value) in members.iter_mut() {
                    if MEASURED.contains(&name.as_str()) && !value.is_null() {
                        *value = format!("[{name}]").into();
                    } else if is_of_machine && matches!(name.as_str(), "finding" | "detail") {
                        *value = "[this machine]".into();
                    } else {
                        self.redact(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            // Sums of floats: their last digits are the processor's.
            Value::Number(number) if number.is_f64() => {
                *json = format!("{:.2}", number.as_f64().unwrap_or_default()).into();
            }
            _ => {}
        }
    }
}
