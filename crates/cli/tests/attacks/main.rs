//! What a tree, its git, a database or another user may try on whoever runs mnemo. Each of these worked once.
//!
//! The real program is run in a home of canaries, which must be byte for byte as it was, whatever the program answers.

#![expect(
    clippy::disallowed_methods,
    reason = "tests start the program and make what it must not open"
)]

mod files;
mod git;
mod home;
mod schema;
mod settings;
mod state;
mod trees;
