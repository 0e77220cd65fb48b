use std::path::Path;

use domain::Family;

use super::place_of;
use crate::checking::check;

#[test]
fn module_and_package_are_read_off_the_path() {
    for (path, module, package) in [
        ("core/src/main/java/com/a/B.java", "core", "com/a"),
        ("core/src/test/java/com/a/BTest.java", "core", "com/a"),
        ("src/main/java/B.java", "", ""),
        ("guava/src/com/google/A.java", "guava", "com/google"),
        ("tests/org/a/B.java", "", "org/a"),
        ("src/app/B.java", "", "app"),
        ("app/B.java", "", "app"),
        ("B.java", "", ""),
    ] {
        let place = place_of(path);
        assert_eq!((place.module, place.package), (module, package), "{path}");
    }
}

#[test]
fn types_are_found_by_the_end_of_their_path() {
    check(
        Family::Java,
        Path::new("/nowhere"),
        &[
            "core/src/main/java/com/a/B.java",
            "core/src/test/java/com/a/BTest.java",
            "other/src/main/java/com/a/B.java",
            "other/src/main/java/com/c/D.java",
            "other/src/main/java/xcom/c/E.java",
        ],
        &[
            (
                "core/src/test/java/com/a/BTest.java",
                "com.a.B",
                "core/src/main/java/com/a/B.java",
            ),
            (
                "other/src/main/java/com/c/D.java",
                "com.a.B.Inner.CONSTANT",
                "other/src/main/java/com/a/B.java",
            ),
            (
                "core/src/main/java/com/a/B.java",
                "com.c.*",
                "other/src/main/java/com/c/D.java",
            ),
            (
                "core/src/main/java/com/a/B.java",
                "com.c.D.*",
                "other/src/main/java/com/c/D.java",
            ),
            ("core/src/main/java/com/a/B.java", "com.c.E", "outside"),
            (
                "core/src/main/java/com/a/B.java",
                "java.util.List",
                "outside",
            ),
        ],
    );
}
