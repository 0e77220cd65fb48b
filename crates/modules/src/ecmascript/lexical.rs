//! Arithmetic on paths as text, relative to the repository's root.
//!
//! Every path here has `/` between its components and neither `.` nor `..`; the root itself is the empty text. Nothing reads
//! the disk, so a root behind a symbolic link makes no difference.

/// Folders of package managers: what is below them belongs to somebody else.
const VENDOR_FOLDERS: [&str; 2] = ["node_modules", "bower_components"];

/// Returns `relative` as seen from `folder`; nothing when it leaves the repository.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut path = String::with_capacity(folder.len() + relative.len() + 1);
    path.push_str(folder);
    for component in relative.split('/') {
        match component {
            "" | "." => {}
            ".." if path.is_empty() => return None,
            ".." => path.truncate(parent(&path).len()),
            name => {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(name);
            }
        }
    }
    Some(path)
}

/// Returns the folder that holds `path`.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns the last component.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Returns `folder`, the folder above it, and so on up to the root.
pub(super) fn upward(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| parent(folder))
    })
}

/// Returns what of `path` follows `folder`; nothing when it is not below it.
pub(super) fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// Whether `path` lies in a package manager's folder.
pub(super) fn is_vendored(path: &str) -> bool {
    path.split('/')
        .any(|component| VENDOR_FOLDERS.contains(&component))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_never_leaves_the_repository() {
        assert_eq!(join("a/b", "./c.ts").as_deref(), Some("a/b/c.ts"));
        assert_eq!(join("a/b", "../../c.ts").as_deref(), Some("c.ts"));
        assert_eq!(join("a", "..").as_deref(), Some(""));
        assert_eq!(join("a", "../../c.ts"), None);
    }

    #[test]
    fn walking_upward_ends_at_the_root() {
        assert_eq!(upward("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(upward("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn a_folder_is_not_a_prefix_of_its_neighbour() {
        assert_eq!(below("a/b.ts", "a"), Some("b.ts"));
        assert_eq!(below("ab/c.ts", "a"), None);
        assert_eq!(below("ab/c.ts", ""), Some("ab/c.ts"));
    }
}
