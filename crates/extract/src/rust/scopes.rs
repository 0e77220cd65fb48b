//! Blocks and the names that are declared in them; what modules declare is found by paths.

use domain::facts::DeclarationId;
use rustc_hash::FxHashMap;

/// Values and types of one name do not get into each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Value,
    Type,
    Macro,
}

/// The blocks around a place, innermost last.
#[derive(Default)]
pub(super) struct Scopes<'a> {
    blocks: Vec<FxHashMap<(Space, &'a str), DeclarationId>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self) {
        self.blocks.push(FxHashMap::default());
    }

    pub(super) fn close(&mut self) {
        self.blocks.pop();
    }

    /// Whether nothing is around but modules.
    pub(super) fn is_outside_of_blocks(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Declares a name in the innermost block.
    pub(super) fn declare(&mut self, space: Space, name: &'a str, declaration: DeclarationId) {
        if let Some(block) = self.blocks.last_mut() {
            block.insert((space, name), declaration);
        }
    }

    pub(super) fn find(&self, space: Space, name: &str) -> Option<DeclarationId> {
        let mut blocks = self.blocks.iter().rev();
        blocks.find_map(|block| block.get(&(space, name)).copied())
    }
}
