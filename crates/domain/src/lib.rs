//! The nouns of the project and their invariants.
//!
//! Every other crate speaks in these types. Nothing here reads a file, a clock or the environment, and nothing knows SQL,
//! grammars or processes. Start at [`Chunk`] and [`Symbol`]: they are what a file turns into.

mod cause;
mod chunk;
mod edge;
pub mod facts;
mod file;
mod hash;
mod hit;
mod path;
mod problem;
mod profile;
mod shown;
mod span;
mod symbol;
mod vector;

pub use cause::one_line;
pub use chunk::{Chunk, ChunkKind, View};
pub use edge::{EdgeKind, NodeMetrics, Provenance, Resolution};
pub use facts::{Facts, ReferenceKind};
pub use file::{Family, FileRecord, FileStamp, Language, Parser};
pub use hash::{ContentHash, ParseHashError};
pub use hit::{Hit, Reasons};
pub use path::{InvalidPath, InvalidRepositoryName, RepoPath, RepositoryName};
pub use problem::{Problem, ProblemKind, Skip, SkipReason};
pub use profile::Profile;
pub use shown::{shown, shown_in_line, shown_json};
pub use span::{Complexity, Flags, Position, Span};
pub use symbol::{Symbol, SymbolKind};
pub use vector::{ModelId, Vector, VectorKey};

/// Declares an enum whose variants are stored and printed under fixed words.
///
/// The words are part of the stored format and of `--json`: add to them, never rename them.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every variant, in declaration order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// Returns the fixed word of this variant.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// Returns the variant of a fixed word.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;
