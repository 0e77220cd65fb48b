//! Questions about the graph that need more of the index than the graph itself: what could not be followed, which files call a definition by
//! another name, what has changed since.

use std::collections::HashMap;

use domain::{ContentHash, RepoPath};

use crate::error::AppError;
use crate::graph::{GraphAnswer, GraphView, WalkOptions, lookup, other_names, unfollowed};
use crate::snapshot::Snapshot;
use crate::symbol::GraphSymbol;
use crate::tree_file::{is_stale, within};

impl Snapshot<'_> {
    /// Returns the definition that a name means, as [`GraphView::find`]; a name under which a file imports a definition or exports it
    /// again means that definition.
    pub fn find(&mut self, name: &str) -> Result<Vec<GraphSymbol>, AppError> {
        let view = self.graph()?;
        view.find(&self.meant(&view, name)?)
    }

    /// Answers [`GraphView::callers`], with what could not be followed.
    pub fn callers(
        &mut self,
        names: &[&str],
        options: &WalkOptions,
    ) -> Result<GraphAnswer, AppError> {
        self.dependents(names, |view, names| view.callers(names, options))
    }

    /// Answers [`GraphView::impact`], with what could not be followed.
    pub fn impact(
        &mut self,
        names: &[&str],
        options: &WalkOptions,
    ) -> Result<GraphAnswer, AppError> {
        self.dependents(names, |view, names| view.impact(names, options))
    }

    /// Answers [`GraphView::callees`].
    pub fn callees(
        &mut self,
        names: &[&str],
        options: &WalkOptions,
    ) -> Result<GraphAnswer, AppError> {
        let view = self.graph()?;
        let names = self.all_meant(&view, names)?;
        let answer = view.callees(&as_str(&names), options)?;
        self.with_stale_marks(answer)
    }

    /// Returns what implements, extends or overrides the named definitions, directly.
    pub fn implementers(
        &mut self,
        names: &[&str],
        options: &WalkOptions,
    ) -> Result<GraphAnswer, AppError> {
        let view = self.graph()?;
        let names = self.all_meant(&view, names)?;
        let answer = view.implementers(&as_str(&names), options)?;
        self.with_stale_marks(answer)
    }

    /// Answers [`GraphView::path`].
    pub fn path(&mut self, from: &str, to: &str) -> Result<Option<GraphAnswer>, AppError> {
        let view = self.graph()?;
        let (from, to) = (self.meant(&view, from)?, self.meant(&view, to)?);
        let answer = view.path(&from, &to)?;
        answer
            .map(|answer| self.with_stale_marks(answer))
            .transpose()
    }

    fn dependents(
        &mut self,
        names: &[&str],
        ask: impl FnOnce(&GraphView, &[&str]) -> Result<GraphAnswer, AppError>,
    ) -> Result<GraphAnswer, AppError> {
        let view = self.graph()?;
        let names = self.all_meant(&view, names)?;
        let names = as_str(&names);
        let mut answer = ask(&view, &names)?;
        let starts = view.numbers(&names)?;
        let generation = self.repository.generation;
        answer.unfollowed = unfollowed::find(&self.reading, generation, &view, &starts)?;
        self.with_stale_marks(answer)
    }

    fn all_meant(&self, view: &GraphView, names: &[&str]) -> Result<Vec<String>, AppError> {
        let names = names.iter();
        names.map(|name| self.meant(view, name)).collect()
    }

    /// Returns the name that the graph knows: a name that nothing is called by may be one that a file imports or exports it under.
    fn meant(&self, view: &GraphView, name: &str) -> Result<String, AppError> {
        let Err(unknown @ AppError::UnknownSymbol { .. }) = view.find(name) else {
            return Ok(name.to_owned());
        };
        let written = lookup::as_indexed(within(self.root(), name.trim()));
        let address = lookup::Address::parse(&written);
        let generation = self.repository.generation;
        let found = other_names::find(&self.reading, generation, view, &address)?;
        let mut candidates = view.symbols(&found);
        match candidates.len() {
            0 => Err(unknown),
            1 => Ok(candidates.remove(0).address()),
            _ => Err(AppError::AmbiguousSymbol {
                name: name.to_owned(),
                candidates,
            }),
        }
    }

    /// Marks the definitions of files that have changed since they were indexed.
    pub(super) fn with_stale_marks(
        &self,
        mut answer: GraphAnswer,
    ) -> Result<GraphAnswer, AppError> {
        let known = self.reading.known_files(self.repository.generation)?;
        let hashes: HashMap<RepoPath, ContentHash> = known
            .into_iter()
            .map(|file| (file.path, file.hash))
            .collect();
        let mut looked_at: HashMap<RepoPath, bool> = HashMap::new();
        for node in &mut answer.nodes {
            let path = &node.symbol.path;
            node.is_stale = *looked_at.entry(path.clone()).or_insert_with(|| {
                let hash = hashes.get(path);
                hash.is_some_and(|hash| is_stale(self.root(), path, *hash))
            });
        }
        Ok(answer)
    }
}

fn as_str(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
