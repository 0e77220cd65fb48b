//! `mnemo graph …`.

use app::{AppError, Fold, GraphView, Snapshot, Tests, WalkOptions};

use domain::shown_in_line;

use super::project_here;
use crate::args::GlobalArgs;
use crate::args::graph::{FormatArg, GraphArgs, GraphCommand, ImpactArgs, WalkArgs};
use crate::exit::Status;
use crate::render::{graph as render, json_text};

pub(super) fn graph(args: &GraphArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let project = project_here(&global.overrides(), global)?;
    project
        .reader()?
        .ask(args.repository.as_deref(), |snapshot| {
            answer(snapshot, args, global)
        })?;
    Ok(Status::Done)
}

/// Prints the answer of one state.
fn answer(
    snapshot: &mut Snapshot<'_>,
    args: &GraphArgs,
    global: &GlobalArgs,
) -> Result<(), AppError> {
    let view = snapshot.graph()?;
    let format = Format {
        chosen: args.format,
        is_json: global.json,
    };
    match &args.command {
        GraphCommand::Callers(args) => {
            let answer = snapshot.callers(&names(&args.symbols), &walk_options(args))?;
            format.print(&render::json::walk(&answer), || {
                render::callers(&answer, format.or_tree())
            });
        }
        GraphCommand::Callees(args) => {
            let answer = snapshot.callees(&names(&args.symbols), &walk_options(args))?;
            format.print(&render::json::walk(&answer), || {
                render::walk(&answer, format.or_tree())
            });
        }
        GraphCommand::Impact(args) => {
            let answer = snapshot.impact(&names(&args.symbols), &impact_options(args))?;
            format.print(&render::json::walk(&answer), || {
                render::walk(&answer, format.or_tree())
            });
        }
        GraphCommand::Path { from, to } => match snapshot.path(from, to)? {
            Some(answer) => format.print(&render::json::walk(&answer), || {
                render::walk(&answer, format.or_tree())
            }),
            None => no_way(&view, from, to, global),
        },
        GraphCommand::Cycles {
            level,
            types,
            limit,
        } => {
            let answer = view.cycles(level.among(*types), *limit);
            format.print(&render::json::cycles(&answer), || {
                render::cycles(&answer, format.or_tree())
            });
        }
        GraphCommand::Hotspots { limit } => {
            let answer = snapshot.hotspots(*limit)?;
            format.print(&render::json::hotspots(&answer), || {
                render::hotspots(&answer, format.or_table())
            });
        }
        GraphCommand::Modules { depth, files } => {
            let fold = match files {
                true => Fold::Files,
                false => Fold::Folders { depth: *depth },
            };
            let answer = view.modules(fold);
            format.print(&render::json::modules(&answer), || {
                render::modules(&answer, format.or_table())
            });
        }
    }
    // On standard error: whoever reads the answer in a pipe gets nothing else. JSON says it in a
    // field.
    if !global.quiet && !global.json {
        eprint!("{}", render::coverage(view.coverage()));
    }
    Ok(())
}

/// How the answer is wanted.
#[derive(Clone, Copy)]
struct Format {
    chosen: Option<FormatArg>,
    is_json: bool,
}

impl Format {
    fn or_tree(self) -> FormatArg {
        self.chosen.unwrap_or(FormatArg::Tree)
    }

    fn or_table(self) -> FormatArg {
        self.chosen.unwrap_or(FormatArg::Table)
    }

    fn print(self, json: &serde_json::Value, text: impl FnOnce() -> String) {
        match self.is_json {
            true => println!("{}", json_text(json)),
            false => print!("{}", text()),
        }
    }
}

fn no_way(view: &GraphView, from: &str, to: &str, global: &GlobalArgs) {
    if global.json {
        println!("{}", json_text(&render::json::no_way(view.coverage())));
    } else {
        // An answer, not an error: the exit status is 0.
        let (from, to) = (shown_in_line(from), shown_in_line(to));
        eprintln!("nothing in {from} depends on anything in {to}, directly or through others");
    }
}

fn names(symbols: &[String]) -> Vec<&str> {
    symbols.iter().map(String::as_str).collect()
}

fn walk_options(args: &WalkArgs) -> WalkOptions {
    WalkOptions {
        max_depth: Some(args.depth),
        limit: args.shown.limit,
        tests: Tests::from(args.shown.tests),
    }
}

fn impact_options(args: &ImpactArgs) -> WalkOptions {
    WalkOptions {
        max_depth: args.depth,
        limit: args.shown.limit,
        tests: Tests::from(args.shown.tests),
    }
}
