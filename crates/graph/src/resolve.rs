//! Follows references to definitions, by what the files say and nothing else.
//!
//! A small evaluator of types: it knows as much of TypeScript's as is needed to tell which definition a name leads to, and gives up
//! rather than guess. What it says of one file depends on the facts of the files it looked at and on nothing else, in particular
//! not on which files were resolved before; [`Resolved::dependencies`] lists them, so that an edit shows whom it can affect.

mod atoms;
mod calls;
mod contexts;
mod declared;
mod entities;
mod evaluator;
mod exports;
mod globals;
mod infer;
mod inheritance;
mod interfaces;
mod java;
mod literals;
mod lookup;
mod members;
mod narrowing;
mod outcome;
mod packages;
mod protocols;
mod relations;
mod rust;
mod stars;
mod typed;
mod unions;
mod values;

pub use atoms::{DeclarationAt, ShapeAt};
pub use globals::{SharedName, exported_declaration};
pub use lookup::Lookup;
pub use outcome::{Outcome, Reason, Resolved, SymbolAt};
pub use relations::Relation;

use domain::facts::NameId;
use domain::{Facts, Family};

use evaluator::Evaluator;

/// The files of a repository as resolution sees them, by number.
pub trait Files {
    /// Returns what a file says.
    fn facts(&self, file: u32) -> &Facts;

    /// Returns what finds names in what a file says; it is kept as long as that.
    fn lookup(&self, file: u32) -> &Lookup;

    /// Returns where a specifier in a file leads.
    fn module(&self, file: u32, specifier: NameId) -> Module;

    /// Returns the number of the file that stands for what the language of `file` brings along.
    fn library(&self, file: u32) -> u32;

    /// Whether `file` stands for what a language brings along.
    fn is_library(&self, file: u32) -> bool;

    /// Returns the family of a file's language.
    fn family(&self, file: u32) -> Option<Family>;

    /// Returns the module of a name inside of the package that a specifier in a file leads to, or inside of the file itself if that is
    /// a package.
    fn inner_module(&self, file: u32, specifier: Option<NameId>, name: &str) -> Module;

    /// Returns the files that can make a package together with `file`, itself among them, those nearest first; none where every file is
    /// a module of its own.
    fn siblings(&self, file: u32) -> &[usize];

    /// Returns what a name that a file does not declare can mean in it: declarations that need no import, in path order.
    fn globals(&self, file: u32, name: &str) -> Vec<SharedName>;

    /// Returns the file beside a file that declares what it defines: a hand-written `.d.ts` of a `.js`.
    fn declared_by(&self, file: u32) -> Option<u32>;

    /// Returns the shapes of declarations that are parts of the same type, namespace or module, in path order; the shape may be among
    /// them.
    fn merged(&self, shape: ShapeAt) -> &[ShapeAt];
}

/// Where a module specifier leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// A file of the repository.
    File(u32),
    /// A package or built-in module outside of the repository, or a file that is not code.
    Outside,
    /// Nowhere.
    Missing,
}

/// Returns where each reference of a file leads, in the order of its references.
///
/// Recurses as deep as types nest, within a bound; must run on a stack of at least 16 MB.
pub fn resolve(files: &dyn Files, file: u32) -> Resolved {
    let mut evaluator = Evaluator::new(files, file);
    let facts = files.facts(file);
    let mut outcomes = Vec::with_capacity(facts.references.len());
    let mut others = Vec::new();
    for (place, reference) in (0..).zip(&facts.references) {
        let outcome = evaluator.outcome(reference);
        let targets = evaluator.other_targets(reference, &outcome).into_iter();
        others.extend(targets.map(|target| (place, target)));
        outcomes.push(outcome);
    }
    let relations = relations::of_file(&mut evaluator, file);
    evaluator.look_behind_stars();
    evaluator.look_at_own_folder();
    // Asked last: relations count against the same bound as references.
    let is_cut = evaluator.is_spent();
    let (dependencies, behind) = evaluator.into_dependencies();
    Resolved {
        outcomes,
        others,
        relations,
        dependencies,
        behind,
        is_cut,
    }
}
