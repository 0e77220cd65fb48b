//! The state of an evaluation: what is remembered, how far it may go, what it looked at.

use std::rc::Rc;
use std::sync::Arc;

use domain::facts::{Declaration, Function, Shape, Value, ValueId};
use domain::{Facts, Family, Provenance};
use rustc_hash::{FxHashMap, FxHashSet};

use super::atoms::{Atom, DeclarationAt, FunctionAt, ShapeAt, Ty, unknown};
use super::packages::{Package, PackageKey};
use super::{Files, Module};
use domain::facts::NameId;

/// Types nest deeper only where they are recursive without end.
const MAX_DEPTH: u32 = 96;
/// Steps that one reference may take; ordinary ones take tens, the most involved seen some thousands.
const MAX_STEPS: u32 = 20_000;
/// Parts that all references of a file may go through together, of what has many: so many for each, and so many more. Without them, n
/// references to what has n parts would take n² steps, and each of them alone few enough.
const PARTS_OF_REFERENCE: usize = 100;
const MIN_PARTS_OF_FILE: usize = 300_000;
/// A value that is evaluated within so many steps and calls of a reference's beginning is evaluated as if nothing had come before it.
const FRESH_STEPS: u32 = 1_000;
const FRESH_DEPTH: u32 = 8;

/// Evaluates the references of one file.
pub(super) struct Evaluator<'f> {
    pub(super) files: &'f dyn Files,
    /// The file whose references are resolved.
    file: u32,
    family: Option<Family>,
    /// Types of values that depend on nothing but the files.
    known: FxHashMap<(u32, ValueId), (Ty, Provenance)>,
    /// Values that are being computed, with how many were before.
    under_way: FxHashMap<(u32, ValueId), u32>,
    /// The first of the values under way that what is computed leads back to by way of a loop.
    loops_to: u32,
    /// Values of loops that are being computed.
    pub(super) merging: Vec<(u32, ValueId)>,
    /// Orders of classes with all that they inherit from.
    pub(super) linearised: FxHashMap<ShapeAt, Rc<[Atom]>>,
    /// What packages of several files declare.
    pub(super) packages: FxHashMap<PackageKey<'f>, Arc<Package>>,
    /// What Java's rules remember.
    pub(super) java: super::java::Known<'f>,
    /// What Rust's rules remember.
    pub(super) rust: super::rust::Known<'f>,
    /// Values whose types take more steps than a reference has.
    endless: FxHashSet<(u32, ValueId)>,
    /// Type parameters that are being inferred, by the call.
    inferring: Vec<(u32, ValueId, DeclarationAt)>,
    /// Calls whose parameters are being asked what they expect.
    expecting: Vec<(u32, ValueId)>,
    depth: u32,
    n_steps: u32,
    /// How often an evaluation was given up: what was found meanwhile is not worth remembering.
    pub(super) n_cuts: u32,
    /// The weakest way of finding something since it was last asked.
    pub(super) provenance: Provenance,
    /// The file that was looked at last: most looks are at the same file as the one before.
    latest: u32,
    dependencies: FxHashSet<u32>,
    behind: FxHashSet<u32>,
    /// Parts that are left to the file to go through.
    n_parts_left: usize,
}

impl<'f> Evaluator<'f> {
    pub(super) fn new(files: &'f dyn Files, file: u32) -> Evaluator<'f> {
        Evaluator {
            files,
            file,
            family: files.family(file),
            known: FxHashMap::default(),
            under_way: FxHashMap::default(),
            loops_to: u32::MAX,
            merging: Vec::new(),
            linearised: FxHashMap::default(),
            packages: FxHashMap::default(),
            java: super::java::Known::default(),
            rust: super::rust::Known::default(),
            endless: FxHashSet::default(),
            inferring: Vec::new(),
            expecting: Vec::new(),
            depth: 0,
            n_steps: 0,
            n_cuts: 0,
            provenance: Provenance::Scope,
            latest: file,
            dependencies: FxHashSet::default(),
            behind: FxHashSet::default(),
            n_parts_left: MIN_PARTS_OF_FILE
                + PARTS_OF_REFERENCE * files.facts(file).references.len(),
        }
    }

    /// Returns the files that were looked at, and those through which others were.
    pub(super) fn into_dependencies(self) -> (Vec<u32>, Vec<u32>) {
        let sorted = |files: FxHashSet<u32>| {
            let mut files: Vec<u32> = files.into_iter().collect();
            files.sort_unstable();
            files
        };
        (sorted(self.dependencies), sorted(self.behind))
    }

    /// Notes that all that a module gives on by `export *` was looked at.
    pub(super) fn looks_behind(&mut self, file: u32) {
        if file != self.file {
            self.behind.insert(file);
        }
    }

    /// What others find through this file's `export *` they find through those of the modules that it gives on, too.
    pub(super) fn look_behind_stars(&mut self) {
        for specifier in &self.files.facts(self.file).stars {
            if let Module::File(module) = self.module(self.file, *specifier)
                && !self.facts(module).stars.is_empty()
            {
                self.looks_behind(module);
            }
        }
    }

    pub(super) fn own_file(&self) -> u32 {
        self.file
    }

    pub(super) fn is_python(&self) -> bool {
        self.family == Some(Family::Python)
    }

    pub(super) fn is_go(&self) -> bool {
        self.family == Some(Family::Go)
    }

    pub(super) fn is_java(&self) -> bool {
        self.family == Some(Family::Java)
    }

    pub(super) fn is_rust(&self) -> bool {
        self.family == Some(Family::Rust)
    }

    /// Returns the facts of a file and remembers that they were looked at.
    pub(super) fn facts(&mut self, file: u32) -> &'f Facts {
        if file != self.latest {
            self.latest = file;
            // The library comes with the program, and changes only with the version of a front end,
            // which indexes its files anew.
            if file != self.file && !self.files.is_library(file) {
                self.dependencies.insert(file);
            }
        }
        self.files.facts(file)
    }

    pub(super) fn shape(&mut self, at: ShapeAt) -> &'f Shape {
        &self.facts(at.file).shapes[at.shape.index()]
    }

    pub(super) fn function(&mut self, at: FunctionAt) -> &'f Function {
        &self.facts(at.file).functions[at.function.index()]
    }

    pub(super) fn declaration(&mut self, at: DeclarationAt) -> &'f Declaration {
        &self.facts(at.file).declarations[at.declaration.index()]
    }

    pub(super) fn name(&mut self, file: u32, name: NameId) -> &'f str {
        self.facts(file).name(name)
    }

    pub(super) fn module(&mut self, file: u32, specifier: NameId) -> Module {
        self.files.module(file, specifier)
    }

    /// Notes that something was found in this way.
    pub(super) fn found_by(&mut self, provenance: Provenance) {
        self.provenance = self.provenance.max(provenance);
    }

    /// Begins another reference.
    pub(super) fn begin(&mut self) {
        self.depth = 0;
        self.n_steps = 0;
        self.provenance = Provenance::Scope;
    }

    /// Whether the reference was given up for its length.
    pub(super) fn is_exhausted(&self) -> bool {
        self.n_steps >= MAX_STEPS || self.is_spent()
    }

    /// Whether the file went through as many parts as it may, so that more could have been found.
    pub(super) fn is_spent(&self) -> bool {
        self.n_parts_left == 0
    }

    /// Counts parts of what has many, each of which is looked at.
    pub(super) fn goes_through(&mut self, n_parts: usize) {
        self.n_parts_left = self.n_parts_left.saturating_sub(n_parts);
    }

    /// Gives the reference up.
    pub(super) fn give_up(&mut self) {
        self.n_steps = self.n_steps.max(MAX_STEPS);
        self.n_cuts += 1;
    }

    /// Runs one step of an evaluation, unless it went too far already.
    pub(super) fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        // Never lowered, unlike the depth: steps bound the time of a reference, depth the stack.
        self.n_steps += 1;
        if self.depth >= MAX_DEPTH || self.is_exhausted() {
            self.n_cuts += 1;
            return None;
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// Infers a type parameter, unless that is what it is being inferred for.
    pub(super) fn while_inferring(
        &mut self,
        key: (u32, ValueId, DeclarationAt),
        infer: impl FnOnce(&mut Self) -> Ty,
    ) -> Ty {
        if self.inferring.contains(&key) {
            // An argument whose type hangs on the parameter cannot say what the parameter is.
            self.n_cuts += 1;
            return unknown();
        }
        self.inferring.push(key);
        let ty = infer(self);
        self.inferring.pop();
        ty
    }

    /// Asks what the parameters of a call expect.
    pub(super) fn while_expecting<T>(
        &mut self,
        call: (u32, ValueId),
        ask: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.expecting.push(call);
        let answer = ask(self);
        self.expecting.pop();
        answer
    }

    pub(super) fn is_expecting(&self, call: (u32, ValueId)) -> bool {
        self.expecting.contains(&call)
    }

    /// Whether nothing that is being evaluated around a value, which is under way already, can change what comes of it.
    fn is_fresh(&self) -> bool {
        self.under_way.len() == 1
            && self.inferring.is_empty()
            && self.expecting.is_empty()
            && self.merging.is_empty()
            && self.n_steps <= FRESH_STEPS
            && self.depth <= FRESH_DEPTH
    }

    /// Returns the type of a value that depends on nothing but the files, computing it once.
    pub(super) fn remember(
        &mut self,
        key: (u32, ValueId),
        compute: impl FnOnce(&mut Self) -> Ty,
    ) -> Ty {
        if let Some((ty, provenance)) = self.known.get(&key) {
            let (ty, provenance) = (ty.clone(), *provenance);
            self.found_by(provenance);
            return ty;
        }
        if let Some(n_before) = self.under_way.get(&key) {
            // A loop is as good as known without itself, once all that it leads through is.
            match self.files.facts(key.0).values[key.1.index()] {
                Value::Merged(_) => self.loops_to = self.loops_to.min(*n_before),
                _ => self.n_cuts += 1,
            }
            return unknown();
        }
        // Found out once per file: each reference that leads here would spend all of its steps
        // again.
        if self.endless.contains(&key) {
            self.give_up();
            return unknown();
        }
        let n_before = self.under_way.len() as u32;
        self.under_way.insert(key, n_before);
        let outer_loop = std::mem::replace(&mut self.loops_to, u32::MAX);
        let n_cuts = self.n_cuts;
        let is_fresh = self.is_fresh();
        // Kept with the type, so that it must not depend on who asked first.
        let outer = std::mem::replace(&mut self.provenance, Provenance::Scope);
        let ty = compute(self);
        self.under_way.remove(&key);
        let is_whole = self.loops_to >= n_before;
        // What was cut because it led back to itself would be cut again; what others cut is theirs.
        match self.is_exhausted() {
            // Otherwise what came before may have used the steps up.
            true if is_fresh => {
                self.endless.insert(key);
            }
            true => {}
            false if is_fresh || (self.n_cuts == n_cuts && is_whole) => {
                self.known.insert(key, (ty.clone(), self.provenance));
            }
            false => {}
        }
        // What lies inside of a loop is as unfinished as the loop, so that what is around it has to
        // know.
        self.loops_to = match is_whole {
            true => outer_loop,
            false => outer_loop.min(self.loops_to),
        };
        self.provenance = self.provenance.max(outer);
        ty
    }
}
