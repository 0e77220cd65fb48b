//! Turns runs into medians, a table and JSON.

use serde_json::{Map, Value, json};

use super::engine::Turn;
use super::runner::{Case, Mode, Run};

const MEGABYTE: f64 = 1e6;

/// The runs of one case.
pub(super) struct Series {
    pub(super) label: String,
    pub(super) mode: Mode,
    pub(super) runs: Vec<Run>,
    /// After every run, what it took to embed its inputs alone, where that was asked for.
    pub(super) alone: Vec<Turn>,
}

impl Series {
    pub(super) fn new(case: &Case) -> Series {
        Series {
            label: case.label.clone(),
            mode: case.mode,
            runs: Vec::new(),
            alone: Vec::new(),
        }
    }

    /// Returns the medians by name, in the order of the table's columns; `None` for what no run reported.
    fn medians(&self) -> Vec<(String, Option<f64>)> {
        let of_summary = |run: &Run, name: &str| run.summary[name].as_f64();
        let mut medians = vec![
            column(
                "wall s",
                self.median(|run| Some(run.measurement.wall_seconds)),
            ),
            column(
                "cpu s",
                self.median(|run| Some(run.measurement.cpu_seconds)),
            ),
            column("peak PSS MB", self.median(|run| Some(peak_megabytes(run)))),
            column("files", self.median(|run| of_summary(run, "success_files"))),
            column("chunks", self.median(|run| of_summary(run, "total_chunks"))),
            column(
                "vectors",
                self.median(|run| of_summary(run, "vectors_computed")),
            ),
            column("tokens/s", self.median(tokens_per_second)),
        ];
        let phases = self
            .runs
            .first()
            .and_then(|run| run.summary["seconds"].as_object());
        for phase in phases.into_iter().flat_map(Map::keys) {
            let seconds = self.median(|run| run.summary["seconds"][phase].as_f64());
            medians.push(column(&format!("{phase} s"), seconds));
        }
        medians
    }

    fn median(&self, figure: impl Fn(&Run) -> Option<f64>) -> Option<f64> {
        median(self.runs.iter().filter_map(figure).collect())
    }
}

fn column(name: &str, value: Option<f64>) -> (String, Option<f64>) {
    (name.to_owned(), value)
}

fn peak_megabytes(run: &Run) -> f64 {
    run.measurement.peak_pss_bytes() as f64 / MEGABYTE
}

fn tokens_per_second(run: &Run) -> Option<f64> {
    let seconds = run.summary["seconds"]["process"].as_f64()?;
    let n_tokens = run.summary["tokens_embedded"].as_f64()?;
    (seconds > 0.0 && n_tokens > 0.0).then(|| n_tokens / seconds)
}

pub(super) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let upper = *figures.get(figures.len() / 2)?;
    let lower = figures[(figures.len() - 1) / 2];
    Some((lower + upper) / 2.0)
}

/// Returns a table of medians, one line a series, with the wall time against one worker where one worker was measured.
pub(super) fn table(series: &[Series]) -> String {
    let one_worker = series
        .iter()
        .find(|series| matches!(series.mode, Mode::Workers(1)))
        .and_then(|series| series.median(|run| Some(run.measurement.wall_seconds)));
    let mut rows: Vec<Vec<String>> = Vec::new();
    for series in series {
        let medians = series.medians();
        if rows.is_empty() {
            let names = medians.iter().map(|(name, _)| name.clone());
            let mut header: Vec<String> = std::iter::once("median of runs".to_owned())
                .chain(names)
                .collect();
            header.extend(one_worker.map(|_| "wall / 1 worker".to_owned()));
            rows.push(header);
        }
        let figures = medians.iter().map(|(_, figure)| shown(*figure));
        let mut row: Vec<String> = std::iter::once(series.label.clone())
            .chain(figures)
            .collect();
        row.extend(one_worker.map(|one| shown(medians[0].1.map(|wall| wall / one))));
        rows.push(row);
    }
    aligned(&rows)
}

fn shown(figure: Option<f64>) -> String {
    let Some(figure) = figure else {
        return "-".to_owned();
    };
    if figure.fract() == 0.0 || figure >= 1000.0 {
        format!("{figure:.0}")
    } else {
        format!("{figure:.3}")
    }
}

/// Lays out rows in columns: the first to the left, figures to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let lines = rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<0$}", width(0)),
            _ => format!("{cell:>0$}", width(column)),
        });
        cells.collect::<Vec<_>>().join("  ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns one line that says how peak memory grows with the tree, from the worst run of each.
pub(super) fn flatness(small: &Series, large: &Series) -> String {
    let worst = |series: &Series| series.runs.iter().map(peak_megabytes).fold(0.0, f64::max);
    let (small_peak, large_peak) = (worst(small), worst(large));
    format!(
        "worst peak PSS: {} {small_peak:.1} MB, {} {large_peak:.1} MB, ratio {:.2}",
        small.label,
        large.label,
        large_peak / small_peak
    )
}

/// Returns everything that was measured as one object.
pub(super) fn json(name: &str, embeddings: &str, series: &[Series]) -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "bench": name,
        "embeddings": embeddings,
        "cores": cores,
        "series": series.iter().map(series_json).collect::<Vec<_>>(),
    })
}

fn series_json(series: &Series) -> Value {
    let runs = series.runs.iter().map(|run| {
        let memory = run.measurement.samples.iter();
        json!({
            "wall_seconds": run.measurement.wall_seconds,
            "cpu_seconds": run.measurement.cpu_seconds,
            "peak_pss_bytes": run.measurement.peak_pss_bytes(),
            "memory": memory
                .map(|sample| json!([sample.seconds, sample.pss_bytes, sample.n_processes]))
                .collect::<Vec<_>>(),
            "summary": run.summary,
        })
    });
    let medians = series.medians().into_iter();
    json!({
        "label": series.label,
        "median": medians.map(|(name, figure)| (name, json!(figure))).collect::<Map<_, _>>(),
        "runs": runs.collect::<Vec<_>>(),
        "alone": series.alone.iter().map(Turn::json).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::sample::{Measurement, Sample};

    fn series(label: &str, n_workers: u32, wall_and_peak: &[(f64, u64)]) -> Series {
        let runs = wall_and_peak.iter().map(|&(wall_seconds, pss_bytes)| Run {
            measurement: Measurement {
                wall_seconds,
                cpu_seconds: 1.0,
                samples: vec![Sample {
                    seconds: 0.0,
                    pss_bytes,
                    n_processes: 1,
                }],
                output: String::new(),
            },
            summary: json!({"success_files": 3, "tokens_embedded": 100, "seconds": {"process": 0.5}}),
        });
        Series {
            label: label.to_owned(),
            mode: Mode::Workers(n_workers),
            runs: runs.collect(),
            alone: Vec::new(),
        }
    }

    #[test]
    fn median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn table_compares_medians_with_one_worker() {
        let one = series(
            "one",
            1,
            &[(2.0, 5_000_000), (9.0, 5_000_000), (4.0, 5_000_000)],
        );
        let two = series("two", 2, &[(2.5, 7_500_000)]);
        let expected = "\
median of runs  wall s  cpu s  peak PSS MB  files  chunks  vectors  tokens/s  process s  wall / 1 worker
one                  4      1            5      3       -        -       200      0.500                1
two              2.500      1        7.500      3       -        -       200      0.500            0.625";
        assert_eq!(table(&[one, two]), expected);
    }

    #[test]
    fn flatness_takes_the_worst_run() {
        let small = series("small", 4, &[(1.0, 100_000_000), (1.0, 90_000_000)]);
        let large = series("large", 4, &[(1.0, 110_000_000), (1.0, 130_000_000)]);
        assert!(flatness(&small, &large).ends_with("large 130.0 MB, ratio 1.30"));
    }
}
