//! Draws memory over time as a small SVG.

use std::fmt::Write;

use super::report::Series;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const MARGIN: f64 = 48.0;

const COLOURS: &[&str] = &["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9"];

/// Returns a drawing with one line for the first run of every series.
pub(super) fn memory(series: &[Series]) -> String {
    let points: Vec<Vec<(f64, f64)>> = series.iter().map(points).collect();
    let largest = |axis: fn(&(f64, f64)) -> f64| {
        let all = points.iter().flatten().map(axis);
        all.fold(f64::MIN_POSITIVE, f64::max)
    };
    let (seconds, megabytes) = (largest(|point| point.0), largest(|point| point.1));
    let x = |value: f64| MARGIN + value / seconds * (WIDTH - 2.0 * MARGIN);
    let y = |value: f64| HEIGHT - MARGIN - value / megabytes * (HEIGHT - 2.0 * MARGIN);
    let (left, right, bottom, top) = (x(0.0), x(seconds), y(0.0), y(megabytes));

    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' font-family='sans-serif' font-size='12'>\n\
         <rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>\n\
         <path d='M{left} {top}V{bottom}H{right}' fill='none' stroke='black'/>\n\
         <text x='{left}' y='{}' text-anchor='middle'>{megabytes:.0} MB</text>\n\
         <text x='{right}' y='{}' text-anchor='end'>{seconds:.1} s</text>\n",
        top - 8.0,
        bottom + 16.0,
    );
    for (index, (series, points)) in series.iter().zip(&points).enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let path: Vec<String> = points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)))
            .collect();
        write!(
            svg,
            "<polyline points='{}' fill='none' stroke='{colour}' stroke-width='1.5'/>\n\
             <text x='{right}' y='{}' text-anchor='end' fill='{colour}'>{}</text>\n",
            path.join(" "),
            16.0 + 14.0 * index as f64,
            escaped(&series.label),
        )
        .expect("writing to a string does not fail");
    }
    svg + "</svg>\n"
}

fn points(series: &Series) -> Vec<(f64, f64)> {
    let samples = series
        .runs
        .first()
        .map(|run| run.measurement.samples.iter());
    samples
        .into_iter()
        .flatten()
        .map(|sample| (sample.seconds, sample.pss_bytes as f64 / 1e6))
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::runner::{Mode, Run};
    use crate::bench::sample::{Measurement, Sample};

    #[test]
    fn largest_sample_touches_the_top_right() {
        let sample = |seconds: f64, pss_bytes: u64| Sample {
            seconds,
            pss_bytes,
            n_processes: 1,
        };
        let measurement = Measurement {
            wall_seconds: 2.0,
            cpu_seconds: 2.0,
            samples: vec![sample(0.0, 0), sample(2.0, 8_000_000)],
            output: String::new(),
        };
        let series = Series {
            label: "a<b".to_owned(),
            mode: Mode::Streaming,
            runs: vec![Run {
                measurement,
                summary: serde_json::Value::Null,
            }],
            alone: Vec::new(),
        };
        let svg = memory(&[series]);
        assert!(svg.contains("points='48.0,272.0 672.0,48.0'"), "{svg}");
        assert!(svg.contains("a&lt;b") && svg.contains("8 MB"), "{svg}");
        assert!(memory(&[]).ends_with("</svg>\n"));
    }
}
