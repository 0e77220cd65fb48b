//! Sets of kinds of edges.

use domain::EdgeKind;

/// A set of kinds of edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EdgeKinds(u16);

impl EdgeKinds {
    /// Every kind.
    pub const ALL: EdgeKinds = EdgeKinds::of(EdgeKind::ALL);

    /// What runs its target: calls, `new`, JSX, and fixtures that a test asks for.
    pub const CALLS: EdgeKinds = EdgeKinds::of(&[
        EdgeKind::Calls,
        EdgeKind::Instantiates,
        EdgeKind::Renders,
        EdgeKind::UsesFixture,
    ]);

    /// What runs its target or hands it on, so that it may run: [`EdgeKinds::CALLS`] and uses as a value.
    pub const CALLS_AND_USES: EdgeKinds = EdgeKinds::of(&[
        EdgeKind::Calls,
        EdgeKind::Instantiates,
        EdgeKind::Renders,
        EdgeKind::References,
        EdgeKind::UsesFixture,
    ]);

    /// What ties one module to another as a whole.
    pub const IMPORTS: EdgeKinds = EdgeKinds::of(&[EdgeKind::Imports, EdgeKind::ReExports]);

    /// Every kind but [`EdgeKind::Contains`].
    pub const DEPENDENCIES: EdgeKinds =
        EdgeKinds::ALL.without(EdgeKinds::of(&[EdgeKind::Contains]));

    /// The dependencies of definitions on definitions: [`EdgeKinds::DEPENDENCIES`] without [`EdgeKinds::IMPORTS`].
    pub const USES: EdgeKinds = EdgeKinds::DEPENDENCIES.without(EdgeKinds::IMPORTS);

    /// Makes the set of some kinds.
    pub const fn of(kinds: &[EdgeKind]) -> EdgeKinds {
        let mut bits = 0;
        let mut place = 0;
        // `for` is not available in constants.
        while place < kinds.len() {
            bits |= bit(kinds[place]);
            place += 1;
        }
        EdgeKinds(bits)
    }

    /// Returns the set less those of another.
    pub const fn without(self, others: EdgeKinds) -> EdgeKinds {
        EdgeKinds(self.0 & !others.0)
    }

    /// Returns whether a kind is in the set.
    pub const fn contains(self, kind: EdgeKind) -> bool {
        self.0 & bit(kind) != 0
    }
}

const fn bit(kind: EdgeKind) -> u16 {
    1 << kind as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_holds_what_it_was_made_of() {
        let held = |set: EdgeKinds| -> Vec<EdgeKind> {
            let all = EdgeKind::ALL.iter().copied();
            all.filter(|&kind| set.contains(kind)).collect()
        };
        assert_eq!(held(EdgeKinds::ALL), EdgeKind::ALL);
        assert_eq!(held(EdgeKinds::DEPENDENCIES), EdgeKind::ALL[1..]);
        assert_eq!(
            held(EdgeKinds::IMPORTS),
            [EdgeKind::Imports, EdgeKind::ReExports]
        );
        assert_eq!(held(EdgeKinds::USES), EdgeKind::ALL[3..]);
        assert_eq!(held(EdgeKinds::of(&[])), []);
    }
}
