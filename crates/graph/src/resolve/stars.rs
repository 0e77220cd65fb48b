//! Modules that give on what many others export: `export *` from a thousand files.
//!
//! Asking one module after the other for a name would take as long as there are modules, for every name; and a file that asks would
//! depend on each of them. So all that they export is one map, and who asks depends on the module that gives it on: see
//! [`Resolved::behind`](super::Resolved::behind).

use rustc_hash::{FxHashMap, FxHashSet};

use super::evaluator::Evaluator;
use super::exports::Exported;
use super::{Files, Module};

/// Modules with more of them behind `export *` are looked up in a map.
pub(super) const FEW_MAX: usize = 32;

/// CommonJS modules behind `export *` that are asked for every name, since they have no list of what they export.
const ASKED_MAX: usize = 32;

/// What the modules behind the `export *` of one module export, directly and through each other.
pub(super) struct Stars {
    /// By name, in the order in which they are asked.
    by_name: FxHashMap<Box<str>, Vec<u32>>,
    /// Those that are asked for every name.
    asked: Vec<u32>,
    /// There were more of them.
    is_cut: bool,
    leads_outside: bool,
}

impl Stars {
    /// Returns what stands behind the `export *` of a file, unless that is little.
    pub(super) fn of(files: &dyn Files, file: u32) -> Option<Stars> {
        let mut modules = Vec::new();
        let mut seen: FxHashSet<u32> = [file].into_iter().collect();
        let mut leads_outside = false;
        let mut next = vec![file];
        while let Some(module) = next.pop() {
            modules.push(module);
            // Backwards, so that the first is the next.
            for specifier in files.facts(module).stars.iter().rev() {
                match files.module(module, *specifier) {
                    Module::File(found) if seen.insert(found) => next.push(found),
                    Module::File(_) | Module::Missing => {}
                    Module::Outside => leads_outside = true,
                }
            }
        }
        (modules.len() > FEW_MAX).then(|| Stars::by_name(files, &modules[1..], leads_outside))
    }

    fn by_name(files: &dyn Files, modules: &[u32], leads_outside: bool) -> Stars {
        let mut stars = Stars {
            by_name: FxHashMap::default(),
            asked: Vec::new(),
            is_cut: false,
            leads_outside,
        };
        for module in modules {
            let facts = files.facts(*module);
            if facts.whole_export.is_some() || !facts.mixed_exports.is_empty() {
                stars.is_cut |= stars.asked.len() == ASKED_MAX;
                stars.asked.push(*module);
                stars.asked.truncate(ASKED_MAX);
            }
            for export in &facts.exports {
                let places = stars.by_name.entry(facts.name(export.name).into());
                places.or_default().push(*module);
            }
        }
        stars
    }
}

impl<'f> Evaluator<'f> {
    /// Returns what stands behind the `export *` of a file, unless that is little.
    pub(super) fn stars_behind(&mut self, file: u32) -> Option<&'f Stars> {
        if self.facts(file).stars.is_empty() {
            return None;
        }
        let files = self.files;
        let stars = files
            .lookup(file)
            .stars
            .get_or_init(|| Stars::of(files, file));
        stars.as_ref()
    }

    /// Returns what one of the modules behind a file's `export *` exports under a name.
    pub(super) fn exported_behind(
        &mut self,
        file: u32,
        stars: &Stars,
        name: &str,
    ) -> Option<Exported> {
        self.looks_behind(file);
        let named = stars.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let mut leads_outside = stars.leads_outside;
        for module in named.iter().chain(&stars.asked) {
            match self.step(|evaluator| evaluator.exported_itself(*module, name)) {
                Some(Exported::Outside) => leads_outside = true,
                Some(found) => return Some(found),
                None => {}
            }
        }
        // One of those that were not asked may have it.
        if stars.is_cut {
            self.give_up();
        }
        leads_outside.then_some(Exported::Outside)
    }
}
