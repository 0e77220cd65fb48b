//! Which crate may depend on which.
//!
//! A new arrow is a decision about the architecture: talk first, then add it here and to `ARCHITECTURE.md`.

use crate::workspace::{ArrowKind, Crate};

/// Each crate with the crates that it may depend on, from the ground to the doors.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("files", &[]),
    ("agents", &["files"]),
    ("workers", &[]),
    ("extract", &["domain"]),
    ("embed", &["domain", "files"]),
    ("graph", &["domain"]),
    ("modules", &["domain", "files"]),
    ("store", &["domain", "files"]),
    (
        "index",
        &[
            "domain", "files", "workers", "extract", "embed", "graph", "modules", "store",
        ],
    ),
    ("search", &["domain", "embed", "store"]),
    (
        "app",
        &[
            "domain", "files", "workers", "embed", "graph", "store", "index", "search",
        ],
    ),
    ("server", &["domain", "app"]),
    ("mnemo", &["agents", "domain", "app", "server"]),
    (
        "testkit",
        &[
            "domain", "workers", "extract", "embed", "store", "index", "search", "app",
        ],
    ),
    ("xtask", &[]),
];

/// Returns a complaint for every arrow that the table does not allow.
///
/// Tests may use `testkit` and every crate further down the table than their own.
pub(super) fn check(crates: &[Crate]) -> Vec<String> {
    let floor = |name: &str| ARROWS.iter().position(|(from, _)| *from == name);
    let mut complaints = Vec::new();
    for from in crates {
        let Some(own_floor) = floor(&from.name) else {
            complaints.push(format!(
                "crate `{}` is missing from the table of arrows in xtask/src/tidy/arrows.rs",
                from.name
            ));
            continue;
        };
        for arrow in &from.arrows {
            let to = arrow.to.as_str();
            let is_allowed = match arrow.kind {
                ArrowKind::Normal => ARROWS[own_floor].1.contains(&to),
                ArrowKind::Dev => {
                    to == "testkit" || floor(to).is_some_and(|floor| floor < own_floor)
                }
            };
            if !is_allowed {
                complaints.push(format!(
                    "`{}` may not depend on `{to}` (xtask/src/tidy/arrows.rs)",
                    from.name
                ));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Arrow;

    fn check_arrow(from: &str, to: &str, kind: ArrowKind, expected: Option<&str>) {
        let arrows = vec![Arrow {
            to: to.to_owned(),
            kind,
        }];
        let complaints = check(&[Crate {
            name: from.to_owned(),
            arrows,
        }]);
        match expected {
            Some(words) => assert!(complaints.join("\n").contains(words), "{complaints:?}"),
            None => assert!(complaints.is_empty(), "{complaints:?}"),
        }
    }

    #[test]
    fn arrows_point_down_the_table() {
        use ArrowKind::{Dev, Normal};
        check_arrow("index", "store", Normal, None);
        check_arrow("store", "index", Normal, Some("`store` may not"));
        check_arrow("mnemo", "store", Normal, Some("`mnemo` may not"));
        check_arrow("index", "search", Dev, Some("`index` may not"));
        check_arrow("search", "index", Dev, None);
        check_arrow("domain", "testkit", Dev, None);
        check_arrow("app", "testkit", Normal, Some("`app` may not"));
        check_arrow("python", "domain", Normal, Some("missing from the table"));
    }

    #[test]
    fn table_itself_points_down() {
        for (floor, (from, targets)) in ARROWS.iter().enumerate() {
            for to in *targets {
                let below = ARROWS[..floor].iter().any(|(name, _)| name == to);
                assert!(below, "{from} -> {to}");
            }
        }
    }
}
