//! Edges of the code graph, references that may become one, and the measures of nodes.

use serde::{Deserialize, Serialize};

use crate::words;

words! {
    /// What an edge says: its source does this to its target.
    EdgeKind {
        /// Defines it inside itself.
        Contains = "contains",
        /// A module imports another module.
        Imports = "imports",
        /// A module exports a definition or a whole module again.
        ReExports = "re_exports",
        /// Calls it, also as a template's tag or a decorator.
        Calls = "calls",
        /// Makes an instance of it with `new`.
        Instantiates = "instantiates",
        /// Has it as its base.
        Extends = "extends",
        /// Declares to implement it; also from a member to the interface's member.
        Implements = "implements",
        /// A member that replaces a base's member.
        Overrides = "overrides",
        /// Names it as a type.
        UsesType = "uses_type",
        /// Renders it as a JSX element.
        Renders = "renders",
        /// Uses it as a value in another way: passes, reads, assigns or returns it.
        References = "references",
        /// A test, or a fixture, asks for a fixture by its name.
        UsesFixture = "uses_fixture",
    }
}

words! {
    /// How an edge was found.
    Provenance {
        /// By the nesting of definitions.
        Syntax = "syntax",
        /// By the scopes of one file.
        Scope = "scope",
        /// By an import, followed to the definition.
        Import = "import",
        /// By a member of a module's namespace.
        Namespace = "namespace",
        /// By `this` or `super`.
        This = "this",
        /// By a receiver or name whose type is written down: an annotation, a class, a literal.
        Annotation = "annotation",
        /// By a type that follows from what a call or a property gives.
        Inference = "inference",
        /// By the type that a function's place gives its parameters.
        Context = "context",
        /// By comparing the members of two definitions.
        Members = "members",
    }
}

impl Provenance {
    /// Returns how sure such an edge is, from 0 to 1: the precision measured against the TypeScript compiler on public
    /// repositories (`cargo xtask bench graph`), rounded down.
    pub fn confidence(self) -> f32 {
        match self {
            Provenance::Syntax | Provenance::Scope | Provenance::Import => 1.0,
            Provenance::Namespace | Provenance::This => 0.99,
            Provenance::Annotation | Provenance::Members => 0.98,
            Provenance::Inference => 0.95,
            Provenance::Context => 0.9,
        }
    }
}

/// The measures of one node in the graph of its repository.
///
/// All speak of dependencies: every kind of edge but [`EdgeKind::Contains`], unless they say which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeMetrics {
    /// Distinct nodes that depend on it.
    pub fan_in: u32,
    /// Distinct nodes that it depends on.
    pub fan_out: u32,
    /// Distinct nodes that use it as a value without calling, making or rendering it ([`EdgeKind::References`]).
    pub use_fan_in: u32,
    /// Distinct nodes that it uses so.
    pub use_fan_out: u32,
    /// Distinct other files that depend on it, or on anything in it for a module (afferent coupling).
    pub afferent: u32,
    /// Distinct other files that it, or anything in it for a module, depends on (efferent coupling).
    pub efferent: u32,
    /// `efferent / (afferent + efferent)`; 0 where both are 0 (R. C. Martin, 1994).
    pub instability: f32,
    /// PageRank along dependencies, damping 0.85, scaled so that the mean over all nodes is 1.
    pub page_rank: f32,
    /// Share of the shortest dependency paths between other nodes that lead through it; sampled in large graphs.
    pub betweenness: f32,
    /// Number of nodes in its strongly connected component; 1 outside of cycles.
    pub cycle_size: u32,
    /// Number of its strongly connected component: the smallest node number in it.
    pub cycle: u32,
    /// Number of its community: the smallest node number in it.
    pub community: u32,
}

words! {
    /// How far a reference could be followed.
    Resolution {
        /// To a definition of the repository.
        Resolved = "resolved",
        /// Out of the repository: a package, or what the language or the platform brings along.
        External = "external",
        /// To a parameter or variable that holds whatever it was given: no definition can be named.
        Dynamic = "dynamic",
        /// Not at all: the specifier leads nowhere.
        MissingModule = "missing_module",
        /// Not at all: the module does not export the name.
        NoSuchExport = "no_such_export",
        /// Not at all: what stands before the dot is of no type that could be followed.
        UnknownReceiver = "unknown_receiver",
        /// Not at all: the receiver's type has no such member.
        NoSuchMember = "no_such_member",
        /// Not at all: the file has a syntax error, so its scopes are unknown.
        NotRead = "not_read",
        /// Not at all: following it took too long.
        TooDeep = "too_deep",
    }
}

impl Resolution {
    /// Whether it is unknown where the reference leads.
    pub fn is_unresolved(self) -> bool {
        !matches!(
            self,
            Resolution::Resolved | Resolution::External | Resolution::Dynamic
        )
    }
}
