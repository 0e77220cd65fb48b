//! What every backend must do, as named cases. A case panics when a promise of [`Store`] is broken.
//!
//! A backend joins by calling [`run_all`] with a function that makes an empty database and returns what opens handles on it.

mod cases;
mod graph;
mod packing;
mod reading;
pub mod sample;
mod searching;

use crate::Store;

/// Opens one more handle on the case's database.
pub type Open<'a> = &'a dyn Fn() -> Box<dyn Store>;

/// A promise and the function that checks it on an empty database.
pub type Case = (&'static str, fn(Open<'_>));

/// Every case.
pub const CASES: &[Case] = &[
    (
        "a file is replaced whole and read back as it was",
        cases::file_is_replaced_whole,
    ),
    (
        "files are written together or not at all",
        cases::files_are_written_together_or_not_at_all,
    ),
    (
        "a file that cannot be written leaves the old one",
        cases::failed_write_leaves_old_file,
    ),
    (
        "vectors are shared by repositories",
        cases::vectors_are_shared,
    ),
    (
        "a complete run replaces other generations",
        cases::generations_swap,
    ),
    (
        "an incomplete run keeps the active generation",
        cases::incomplete_run_keeps_active,
    ),
    (
        "a run says how far it is, and the latest one is found",
        cases::runs_say_how_far_they_are,
    ),
    (
        "known files, stamps, problems and skips",
        cases::files_and_problems_are_known,
    ),
    ("removed things are gone", cases::removed_things_are_gone),
    (
        "the digest does not depend on order and history",
        cases::digest_is_independent_of_history,
    ),
    (
        "the digest depends on every field",
        cases::digest_depends_on_every_field,
    ),
    (
        "a repository has one holder",
        cases::repository_has_one_holder,
    ),
    (
        "the graph of a file goes with the file",
        graph::edges_go_with_their_file,
    ),
    (
        "the digest depends on every field of the graph",
        graph::digest_depends_on_the_graph,
    ),
    (
        "a pack says what the store says",
        packing::pack_says_what_the_store_says,
    ),
    (
        "lexical search equals the formula",
        searching::lexical_search_equals_formula,
    ),
    (
        "words lead to the chunks that have them",
        searching::words_lead_to_their_chunks,
    ),
    (
        "vector search equals brute force",
        searching::vector_search_equals_brute_force,
    ),
    (
        "likenesses are those that vector search ranks by",
        searching::similarities_are_those_of_vector_search,
    ),
    (
        "a file's chunks and their dependents are known",
        searching::chunks_and_dependents_are_known,
    ),
    (
        "a reading sees one state whatever others commit",
        reading::a_reading_sees_one_state,
    ),
    (
        "a reading ends at its bounds and leaves its store usable",
        reading::a_reading_ends_at_its_bounds,
    ),
];

/// Runs every case, each on a database that `create` has just made.
pub fn run_all(create: &dyn Fn() -> Box<dyn Fn() -> Box<dyn Store>>) {
    for (name, case) in CASES {
        let open = create();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(&*open)));
        assert!(outcome.is_ok(), "broken promise: {name}");
    }
}
