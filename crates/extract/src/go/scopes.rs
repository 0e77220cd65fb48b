//! Scopes and the names that are declared in them.

use domain::facts::DeclarationId;
use rustc_hash::FxHashMap;

/// The scopes around a place, innermost last; the first is the file's.
pub(super) struct Scopes<'a> {
    scopes: Vec<FxHashMap<&'a str, DeclarationId>>,
}

impl Default for Scopes<'_> {
    fn default() -> Self {
        Scopes {
            scopes: vec![FxHashMap::default()],
        }
    }
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self) {
        self.scopes.push(FxHashMap::default());
    }

    pub(super) fn close(&mut self) {
        // The file's own stays, whatever a broken tree closes.
        if self.scopes.len() > 1 {
            self.scopes.pop();
        }
    }

    /// Declares a name in the innermost scope; the blank one is nobody's.
    pub(super) fn declare(&mut self, name: &'a str, declaration: DeclarationId) {
        if name != "_"
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.insert(name, declaration);
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<DeclarationId> {
        let mut inner_first = self.scopes.iter().rev();
        inner_first.find_map(|scope| scope.get(name).copied())
    }

    /// Returns a name of the innermost scope.
    pub(super) fn own(&self, name: &str) -> Option<DeclarationId> {
        self.scopes.last()?.get(name).copied()
    }

    /// Whether a name that is declared is so by a function, not by the file.
    pub(super) fn is_local(&self, name: &str) -> bool {
        let mut inner = self.scopes.iter().skip(1);
        inner.any(|scope| scope.contains_key(name))
    }
}
