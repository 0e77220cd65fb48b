//! The one door to files that somebody else may have put there.
//!
//! [`Folder`] opens what lies in a tree, a model folder or any other folder of strangers: beneath the folder and nowhere else, through no
//! symbolic link, regular files only, without waiting, and with a bound on what is read. [`OwnFolder`] holds our own state beside a
//! database or in a cache: a folder that is the user's by owner, closed to others, whose files are made exclusively and opened through no
//! link. Who was named by the user, and may lead through links, is the folder itself.
//!
//! Knows no noun of the project. Start at [`Folder::file`] and [`OwnFolder::make`].

mod beneath;
mod error;
mod own;
mod system;

pub use beneath::{Folder, open_named, read_named, read_whole};
pub use own::{OwnFolder, make_folders, require_private, require_regular_or_absent};
