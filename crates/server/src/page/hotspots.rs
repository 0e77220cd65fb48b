//! The definitions that are hard to change and much depended on, as a plot and as a table.

use app::{HotspotRow, HotspotsAnswer};
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Frame, View};
use super::{count, framed, shown};
use crate::serve::{Params, Shared};

/// Definitions shown.
const ROWS: usize = 60;
/// Those that have their names in the plot.
const NAMED: usize = 8;

/// The plot's size, and the room for its axes.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 56.0;
const BELOW: f64 = 44.0;
const MARGIN: f64 = 18.0;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    repository: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    framed(&service, View::Hotspots, asked.repository, |queries, frame| {
        let repository = frame.repository.as_deref();
        let answer = queries.ask(repository, |snapshot| Ok(snapshot.hotspots(ROWS)?))?;
        Ok(html! {
            h1 { "Hotspots" }
            p .quiet { "Hard to change and much depended on: high and to the right. The larger the dot, the more lines." }
            @if answer.hotspots.is_empty() { section .notice { p { "Nothing here branches." } } }
            @else { (plot(frame, &answer)) (table(frame, &answer)) }
        })
    })
    .await
}

/// A scale on which each doubling takes the same room, since most are near nothing and few are far away.
struct Scale {
    most: f64,
    start: f64,
    length: f64,
}

impl Scale {
    fn place(&self, n: u32) -> f64 {
        self.start + self.length * (1.0 + f64::from(n)).ln() / (1.0 + self.most).ln().max(1.0)
    }

    /// Returns the numbers that stand beside it.
    fn steps(&self) -> Vec<u32> {
        let steps = [
            0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000,
        ];
        let steps = steps.into_iter();
        steps.filter(|step| f64::from(*step) <= self.most).collect()
    }
}

/// Draws the plot; also part of reports.
pub(super) fn plot(frame: &Frame, answer: &HotspotsAnswer) -> Markup {
    let rows = &answer.hotspots;
    let most = |of: fn(&HotspotRow) -> u32| f64::from(rows.iter().map(of).max().unwrap_or(1));
    let across = Scale {
        most: most(|row| row.metrics.fan_in),
        start: LEFT,
        length: WIDTH - LEFT - MARGIN * 4.0,
    };
    let up = Scale {
        most: most(|row| row.complexity.cognitive),
        start: 0.0,
        length: HEIGHT - BELOW - MARGIN * 2.0,
    };
    let floor = HEIGHT - BELOW;
    let at = |n: f64| format!("{n:.1}");
    html! {
        figure .panel {
            svg .plot xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="group" aria-label="Cognitive complexity against dependents; the table below has the same" {
                @for step in across.steps() {
                    @let x = at(across.place(step));
                    line .grid x1=(x) x2=(x) y1=(MARGIN) y2=(floor) {}
                    text x=(x) y=(floor + 18.0) text-anchor="middle" { (step) }
                }
                @for step in up.steps() {
                    @let y = floor - up.place(step);
                    line .grid x1=(LEFT) x2=(WIDTH - MARGIN) y1=(at(y)) y2=(at(y)) {}
                    text x=(LEFT - 8.0) y=(at(y + 4.0)) text-anchor="end" { (step) }
                }
                text .title x=(at((LEFT + WIDTH) / 2.0)) y=(HEIGHT - 6.0) text-anchor="middle" { "definitions that depend on it" }
                text .title transform=(format!("translate(14 {}) rotate(-90)", floor / 2.0)) text-anchor="middle" { "cognitive complexity" }
                // The smaller ones last, so that none is hidden.
                @for (place, row) in in_order_of_size(rows) {
                    @let x = across.place(row.metrics.fan_in);
                    @let y = floor - up.place(row.complexity.cognitive);
                    @let radius = 3.5 + f64::from(row.complexity.n_code_lines).sqrt() * 0.9;
                    a href=[frame.to("/definition", &[("symbol", Some(&row.symbol.address()))])] {
                        circle .spot .hot[place < NAMED] cx=(at(x)) cy=(at(y)) r=(at(radius.min(26.0))) {
                            title { (shown(&row.symbol.address())) ", complexity " (row.complexity.cognitive) ", " (row.metrics.fan_in) " dependents" }
                        }
                        @if place < NAMED {
                            @let is_left = x > WIDTH * 0.75;
                            @let aside = if is_left { -radius.min(26.0) - 4.0 } else { radius.min(26.0) + 4.0 };
                            text .name x=(at(x + aside)) y=(at(y + 4.0)) text-anchor=(if is_left { "end" } else { "start" }) {
                                (shown(last_name(&row.symbol.qualified_name)))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn in_order_of_size(rows: &[HotspotRow]) -> Vec<(usize, &HotspotRow)> {
    let mut rows: Vec<_> = rows.iter().enumerate().collect();
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.complexity.n_code_lines));
    rows
}

fn last_name(qualified: &str) -> &str {
    qualified.rsplit('.').next().unwrap_or(qualified)
}

/// The same as rows; also part of reports.
pub(super) fn table(frame: &Frame, answer: &HotspotsAnswer) -> Markup {
    html! {
        div .scrolls tabindex="0" role="region" aria-label="Hotspots" {
            table {
                thead {
                    tr {
                        th { "Definition" } th { "File" } th .number { "Complexity" } th .number { "Dependents" } th .number { "Depends on" }
                        th .number { "Lines" } th .number { "Score" }
                    }
                }
                tbody {
                    @for row in &answer.hotspots {
                        tr {
                            td { a href=[frame.to("/definition", &[("symbol", Some(&row.symbol.address()))])] { (shown(&row.symbol.qualified_name)) } }
                            td .path .quiet { (shown(row.symbol.path.as_str())) ":" (row.symbol.line) }
                            td .number { (row.complexity.cognitive) }
                            td .number { (count(row.metrics.fan_in.into())) }
                            td .number { (count(row.metrics.fan_out.into())) }
                            td .number { (count(row.complexity.n_code_lines.into())) }
                            td .number { (format!("{:.0}", row.score)) }
                        }
                    }
                }
            }
        }
    }
}
