//! Does the encoder's arithmetic cost ranking? NDCG@10 in one precision beside another, question by question.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::search::{interval, mean};

/// The largest difference in NDCG@10 that is good enough.
const LIMIT: f64 = 0.005;

const LEVELS: [&str; 2] = ["file", "definition"];

/// NDCG@10 of every question under the ranking as it is, by repository, kind and level.
#[derive(Default)]
pub(super) struct Answers(BTreeMap<[String; 3], Vec<f64>>);

impl Answers {
    /// Adds what `mnemo eval` found; definitions only where a question asks for them.
    pub(super) fn add(&mut self, repository: &str, found: &Value) -> Result<()> {
        let questions = found["questions"].as_array();
        for question in questions.context("an evaluation has questions")? {
            let kind = question["kind"].as_str().unwrap_or_default();
            for level in LEVELS {
                let group = [repository, kind, level].map(str::to_owned);
                let score = question[level][0].as_f64();
                self.0.entry(group).or_default().extend(score);
            }
        }
        self.0.retain(|_, scores| !scores.is_empty());
        Ok(())
    }

    /// Returns the groups, and behind them all questions of each level as a group.
    fn with_totals(&self) -> Vec<([String; 3], Vec<f64>)> {
        let mut groups: Vec<_> = self.0.clone().into_iter().collect();
        for level in LEVELS {
            let scores = self.0.iter().filter(|(group, _)| group[2] == level);
            let scores: Vec<f64> = scores.flat_map(|(_, scores)| scores.clone()).collect();
            groups.push((["all", "all", level].map(str::to_owned), scores));
        }
        groups
    }
}

/// Returns a table of both precisions and their differences, and whether these are within the limit, over all questions and in every row.
pub(super) fn comparison(
    [(name, answers), (reference_name, reference)]: [(&str, &Answers); 2],
) -> String {
    let mut table = format!(
        "NDCG@10, mean of paired differences ± 95 % confidence\n{:<12}{:<14}{:<12}{:>5}{name:>9}{reference_name:>9}  difference\n",
        "repository", "kind", "level", "n"
    );
    let mut differences = Vec::new();
    let pairs = answers
        .with_totals()
        .into_iter()
        .zip(reference.with_totals());
    for (([repository, kind, level], scores), (_, expected)) in pairs {
        let pairs = scores.iter().zip(&expected);
        let paired: Vec<f64> = pairs.map(|(score, expected)| score - expected).collect();
        let (difference, half_width) = interval(&paired);
        table.push_str(&format!(
            "{repository:<12}{kind:<14}{level:<12}{:>5}{:>9.4}{:>9.4}  {difference:+.4} ± {half_width:.4}\n",
            scores.len(),
            mean(scores.iter().copied()),
            mean(expected.iter().copied()),
        ));
        differences.push(difference);
    }
    let (rows, totals) = differences.split_at(differences.len() - LEVELS.len());
    table
        + &format!(
            "NDCG@10 of {name} within {LIMIT} of {reference_name}: over all questions {}, row by row {}",
            verdict(totals),
            verdict(rows)
        )
}

/// Separates a gain from a loss, which alone is a price of the arithmetic.
fn verdict(differences: &[f64]) -> &'static str {
    let loses = differences.iter().any(|difference| *difference < -LIMIT);
    let gains = differences.iter().any(|difference| *difference > LIMIT);
    match (loses, gains) {
        (false, false) => "holds",
        (false, true) => "exceeded by gains alone",
        (true, _) => "does not hold",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A question by file alone and one by both, answered as well as claimed.
    fn answers(file: f64, definition: f64) -> Answers {
        let mut answers = Answers::default();
        let found = json!({"questions": [
            {"kind": "commits", "file": [1.0, 0.0], "definition": [null, null]},
            {"kind": "hand", "file": [file, 0.0], "definition": [definition, 0.0]},
        ]});
        answers.add("toy", &found).unwrap();
        answers
    }

    #[test]
    fn precisions_stand_side_by_side() {
        let table = comparison([("int8", &answers(0.508, 0.5)), ("f32", &answers(0.5, 0.5))]);
        let expected = "\
NDCG@10, mean of paired differences ± 95 % confidence
repository  kind          level           n     int8      f32  difference
toy         commits       file            1   1.0000   1.0000  +0.0000 ± 0.0000
toy         hand          definition      1   0.5000   0.5000  +0.0000 ± 0.0000
toy         hand          file            1   0.5080   0.5000  +0.0080 ± 0.0000
all         all           file            2   0.7540   0.7500  +0.0040 ± 0.0055
all         all           definition      1   0.5000   0.5000  +0.0000 ± 0.0000
NDCG@10 of int8 within 0.005 of f32: over all questions holds, row by row exceeded by gains alone";
        assert_eq!(table, expected);
    }

    #[test]
    fn loss_over_all_questions_is_reported() {
        let table = comparison([("int8", &answers(0.5, 0.4)), ("f32", &answers(0.5, 0.5))]);
        assert!(table.ends_with("over all questions does not hold, row by row does not hold"));
    }
}
