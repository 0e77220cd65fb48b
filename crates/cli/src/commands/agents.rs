//! `mnemo install` and `mnemo uninstall`: our entry in the configuration of coding agents.

use std::path::Path;

use agents::{AGENTS, Agent, AgentError, Change, Outcome, Places, Server};
use anyhow::Context;

use crate::args::GlobalArgs;
use crate::args::agents::{InstallArgs, UninstallArgs};
use crate::exit::Status;
use crate::render::{self, agents::Report};

pub(super) fn install(args: &InstallArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let places = Places::of_user()?;
    let server = server(global)?;
    if args.list {
        return list(&places, &server, global);
    }
    let agents = chosen(&args.agents, &places);
    if agents.is_empty() {
        anyhow::bail!(
            "no coding agent was found here; name the one to configure, as `mnemo install --list` has them"
        );
    }
    let mut reports = Vec::new();
    for agent in agents {
        // No file is looked at: it may be one that we cannot read.
        if args.print {
            reports.push(Report::plain(agent, Change::entry(agent, &server)));
            continue;
        }
        reports.push(report(
            agent,
            Change::install(agent, &places, &server),
            args.dry_run,
        ));
        if args.instructions
            && let Some(change) = Change::install_instructions(agent, &places).transpose()
        {
            reports.push(report(agent, change, args.dry_run));
        }
    }
    finish(&reports, args.dry_run, global)
}

pub(super) fn uninstall(args: &UninstallArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let places = Places::of_user()?;
    let is_all = args.agents.is_empty();
    let agents: Vec<&Agent> = match is_all {
        true => AGENTS.iter().collect(),
        false => args.agents.clone(),
    };
    let mut reports = Vec::new();
    for agent in agents {
        let configuration = Some(Change::remove(agent, &places));
        let instructions = Change::remove_instructions(agent, &places).transpose();
        for change in [configuration, instructions].into_iter().flatten() {
            // Where all agents are meant, those that never had it are no news.
            if !is_all
                || change
                    .as_ref()
                    .map_or(true, |change| change.outcome() != Outcome::Unchanged)
            {
                reports.push(report(agent, change, args.dry_run));
            }
        }
    }
    finish(&reports, args.dry_run, global)
}

fn list(places: &Places, server: &Server, global: &GlobalArgs) -> anyhow::Result<Status> {
    let reports: Vec<Report> = AGENTS
        .iter()
        .map(|agent| Report::state(agent, places, Change::install(agent, places, server)))
        .collect();
    finish(&reports, true, global)
}

/// The agents that were named, or those that are here.
fn chosen(named: &[&'static Agent], places: &Places) -> Vec<&'static Agent> {
    match named {
        [] => AGENTS
            .iter()
            .filter(|agent| agent.is_here(places))
            .collect(),
        named => named.to_vec(),
    }
}

fn report(agent: &'static Agent, change: Result<Change, AgentError>, is_dry: bool) -> Report {
    let done = change.and_then(|change| {
        let outcome = if is_dry {
            change.outcome()
        } else {
            change.apply()?
        };
        Ok((change, outcome))
    });
    Report::done(agent, done, is_dry)
}

fn finish(reports: &[Report], is_dry: bool, global: &GlobalArgs) -> anyhow::Result<Status> {
    if global.json {
        println!("{}", render::json_text(&render::agents::json(reports)));
    } else {
        print!("{}", render::agents::text(reports, is_dry));
    }
    Ok(match reports.iter().any(Report::is_failure) {
        true => Status::CouldNotRun,
        false => Status::Done,
    })
}

/// How agents are to start us: this very program, on the database that was named, if one was.
fn server(global: &GlobalArgs) -> anyhow::Result<Server> {
    // By its path, since agents search for programs along other paths than the person's shell.
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    let command = program
        .to_str()
        .context("the path of this program is not UTF-8")?;
    let mut arguments = vec!["mcp".to_owned()];
    if let Some(database) = global.overrides().get("database") {
        arguments.extend(["--database".to_owned(), lasting(database)?]);
    }
    Ok(Server {
        command: command.to_owned(),
        arguments,
    })
}

/// Returns a database as it can be written into a file: absolute, and without a password.
fn lasting(database: &str) -> anyhow::Result<String> {
    let Some((_, address)) = database.split_once("://") else {
        // Agents run in folders of their own.
        let path = std::path::absolute(Path::new(database))?;
        let path = path
            .to_str()
            .context("the path of the database is not UTF-8")?;
        return Ok(path.to_owned());
    };
    // A password may hold an `@`, so that the last one ends the user.
    let user = address
        .split(['/', '?'])
        .next()
        .unwrap_or("")
        .rsplit_once('@');
    if user.is_some_and(|(user, _)| user.contains(':')) || address.contains("password=") {
        anyhow::bail!(
            "the password of the database would be written into the agents' files; \
put the address into mnemo.toml in the user's configuration folder, and run this without --database"
        );
    }
    Ok(database.to_owned())
}
