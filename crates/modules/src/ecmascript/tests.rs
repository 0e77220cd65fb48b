//! Trees as text: `//- path` starts a file, what follows is its content. Files of code are the indexed ones.

use std::path::{Path, PathBuf};

use domain::{ContentHash, RepoPath};
use tempfile::TempDir;

use super::*;

struct Fixture {
    folder: TempDir,
    paths: Vec<RepoPath>,
}

fn fixture(text: &str) -> Fixture {
    let folder = TempDir::new().unwrap();
    let mut paths = Vec::new();
    for file in text.split("//- ").skip(1) {
        let (path, content) = file.split_once('\n').unwrap_or((file, ""));
        write(&folder.path().join(path.trim()), content);
        if is_code(path) {
            paths.push(RepoPath::new(path.trim()).unwrap());
        }
    }
    paths.sort();
    Fixture { folder, paths }
}

fn write(path: &Path, content: &str) {
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, content).unwrap();
}

fn is_code(path: &str) -> bool {
    let extensions = [".ts", ".tsx", ".mts", ".cts", ".vue"];
    let is_code = is_javascript(path) || extensions.iter().any(|end| path.ends_with(end));
    is_code && !lexical::is_vendored(path)
}

impl Fixture {
    fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn fingerprint(&self) -> ContentHash {
        ModuleMap::read(&self.root(), &FamilyFiles::all(&self.paths)).fingerprint()
    }

    fn remarks(&self) -> Vec<String> {
        let map = ModuleMap::read(&self.root(), &FamilyFiles::all(&self.paths));
        map.remarks().iter().map(ToString::to_string).collect()
    }

    /// Each line of `expected` is `importer specifier -> path | external | asset | missing`.
    fn check(&self, expected: &str) {
        self.check_from(&self.root(), expected);
    }

    fn check_from(&self, root: &Path, expected: &str) {
        let map = ModuleMap::read(root, &FamilyFiles::all(&self.paths));
        for line in expected
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (import, target) = line.split_once(" -> ").unwrap();
            let (importer, specifier) = import.split_once(' ').unwrap();
            let place = self.paths.iter().position(|path| path.as_str() == importer);
            let found = map.resolve(place.expect("the importer is indexed"), specifier);
            let found = match found {
                Resolved::File(place) => self.paths[place].as_str(),
                Resolved::External => "external",
                Resolved::Asset => "asset",
                Resolved::Missing => "missing",
            };
            assert_eq!(found, target, "{import}");
        }
    }
}

#[test]
fn relative_imports_find_files_and_folders() {
    fixture(
        "
//- src/a.ts
//- src/a/index.ts
//- src/b/index.tsx
//- src/c.js
//- src/c.d.ts
//- src/d.test.ts
//- src/e.vue
//- src/f/package.json
{\"main\": \"./entry\"}
//- src/f/entry.ts
//- index.ts
",
    )
    .check(
        "
        src/c.js ./a -> src/a.ts
        src/c.js ./a/ -> src/a/index.ts
        src/c.js ./b -> src/b/index.tsx
        src/b/index.tsx . -> src/b/index.tsx
        src/b/index.tsx ../c -> src/c.d.ts
        src/b/index.tsx ../.. -> index.ts
        src/a.ts ./d.test -> src/d.test.ts
        src/a.ts ./e.vue -> src/e.vue
        src/a.ts ./f -> src/f/entry.ts
        src/a.ts ./nothing -> missing
        src/a.ts ../../a -> missing
        ",
    );
}

#[test]
fn an_import_of_an_output_name_finds_the_typescript_file() {
    fixture("//- a.ts\n//- b.tsx\n//- c.mts\n//- d.js\n//- d.d.ts\n//- e.js\n").check(
        "
        a.ts ./b.js -> b.tsx
        a.ts ./b.jsx -> b.tsx
        a.ts ./c.mjs -> c.mts
        a.ts ./d.js -> d.d.ts
        a.ts ./e.js -> e.js
        a.ts ./a.ts -> a.ts
        ",
    );
}

#[test]
fn paths_are_inherited_and_stay_relative_to_where_they_are_stated() {
    fixture(
        r#"
//- tsconfig.base.json
{ // shared
  "compilerOptions": {"paths": {"@lib/*": ["./libs/*/src"], "@own/*": ["${configDir}/src/*"]},},
}
//- libs/a/src/index.ts
//- app/tsconfig.json
{"extends": "../tsconfig.base"}
//- app/src/x.ts
//- app/src/main.ts
//- other/tsconfig.json
{"extends": ["../app/tsconfig.json", "./more.json"]}
//- other/more.json
{"compilerOptions": {"paths": {"~/*": ["./*"]}}}
//- other/main.ts
"#,
    )
    .check(
        "
        app/src/main.ts @lib/a -> libs/a/src/index.ts
        app/src/main.ts @own/x -> app/src/x.ts
        app/src/main.ts @own/y -> external
        app/src/main.ts ~/main -> missing
        other/main.ts ~/main -> other/main.ts
        other/main.ts @lib/a -> external
        ",
    );
}

#[test]
fn a_solution_hands_its_files_to_the_projects_it_refers_to() {
    fixture(
        r#"
//- tsconfig.json
{"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./server"}]}
//- tsconfig.app.json
{"include": ["src"], "compilerOptions": {"paths": {"@/*": ["./src/*"]}}}
//- server/tsconfig.json
{"compilerOptions": {"paths": {"@/*": ["./lib/*"]}}, "references": [{"path": ".."}]}
//- src/a.ts
//- src/main.ts
//- server/lib/a.ts
//- server/main.ts
"#,
    )
    .check(
        "
        src/main.ts @/a -> src/a.ts
        server/main.ts @/a -> server/lib/a.ts
        ",
    );
}

#[test]
fn a_file_that_no_project_owns_is_under_the_nearest_one() {
    fixture(
        r#"
//- tsconfig.json
{"exclude": ["**/*.test.ts"], "compilerOptions": {"baseUrl": "src", "paths": {"@/*": ["./*"]}}}
//- src/a.ts
//- src/a.test.ts
//- script.js
"#,
    )
    .check(
        "
        src/a.test.ts @/a -> src/a.ts
        src/a.test.ts a -> src/a.ts
        script.js @/a -> src/a.ts
        script.js a -> external
        ",
    );
}

#[test]
fn base_url_and_root_dirs_are_followed() {
    fixture(
        r#"
//- tsconfig.json
{"compilerOptions": {"baseUrl": "./src", "rootDirs": ["src", "generated"]}}
//- src/api/index.ts
//- src/events.ts
//- src/views/main.ts
//- generated/views/template.ts
"#,
    )
    .check(
        "
        src/views/main.ts api -> src/api/index.ts
        src/views/main.ts ./template -> generated/views/template.ts
        src/views/main.ts events -> external
        src/views/main.ts /api -> missing
        ",
    );
}

#[test]
fn jsconfig_is_read_for_javascript() {
    fixture(
        r#"
//- package.json
{}
//- jsconfig.json
{"compilerOptions": {"baseUrl": "src"}}
//- src/components/button.jsx
//- src/main.js
"#,
    )
    .check("src/main.js components/button -> src/components/button.jsx");
}

#[test]
fn jsconfig_is_read_wherever_there_is_javascript() {
    fixture(
        r#"
//- package.json
{}
//- front/jsconfig.json
{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}
//- front/src/deep/button.js
//- front/src/main.js
//- back/main.js
"#,
    )
    .check(
        "front/src/main.js @/deep/button -> front/src/deep/button.js\nback/main.js @/deep/button -> missing",
    );
}

#[test]
fn module_suffixes_come_before_the_ending() {
    fixture(
        r#"
//- tsconfig.json
{"compilerOptions": {"moduleSuffixes": [".ios", ".native", ""], "paths": {"~/*": ["./*"]}}}
//- vib.ios.ts
//- vib.ts
//- cam.native.ts
//- plain.ts
//- view/index.ios.tsx
//- view/index.tsx
//- main.ts
//- other/tsconfig.json
{"extends": "../tsconfig.json", "compilerOptions": {"moduleSuffixes": [".web"]}}
//- other/a.web.ts
//- other/b.ts
//- other/main.ts
"#,
    )
    .check(
        "main.ts ./vib -> vib.ios.ts
        main.ts ./vib.js -> vib.ios.ts
        main.ts ~/vib -> vib.ios.ts
        main.ts ./cam -> cam.native.ts
        main.ts ./plain -> plain.ts
        main.ts ./view -> view/index.ios.tsx
        other/main.ts ./a -> other/a.web.ts
        other/main.ts ./b -> missing",
    );
}

#[test]
fn exports_that_are_null_lead_nowhere() {
    fixture(
        r#"
//- package.json
{"workspaces": ["kit", "app"]}
//- kit/package.json
{"name": "kit", "exports": {".": "./src/index.ts", "./features/*": "./src/features/*.ts", "./features/private/*": null, "./node": {"node": null, "default": "./src/node.ts"}, "./server": {"browser": null, "default": "./src/server.ts"}}}
//- kit/src/index.ts
//- kit/src/node.ts
//- kit/src/server.ts
//- kit/src/features/a.ts
//- kit/src/features/private/b.ts
//- app/package.json
{"name": "app", "dependencies": {"kit": "*"}}
//- app/main.ts
"#,
    )
    .check(
        "app/main.ts kit -> kit/src/index.ts
        app/main.ts kit/features/a -> kit/src/features/a.ts
        app/main.ts kit/features/private/b -> missing
        app/main.ts kit/node -> missing
        app/main.ts kit/server -> kit/src/server.ts",
    );
}

#[test]
fn a_base_that_is_not_there_costs_nothing_else() {
    let fixture = fixture(
        r#"
//- a/tsconfig.json
{"extends": "./.generated/tsconfig.json", "compilerOptions": {"paths": {"@/*": ["./*"]}}}
//- a/main.ts
//- b/tsconfig.json
{"extends": "@tsconfig/strictest", "compilerOptions": {"paths": {"@/*": ["./*"]}}}
//- b/main.ts
"#,
    );
    fixture.check("a/main.ts @/main -> a/main.ts\nb/main.ts @/main -> b/main.ts");
    assert_eq!(
        fixture.remarks(),
        [r#"a/tsconfig.json extends "./.generated/tsconfig.json", which does not exist"#]
    );
}

#[test]
fn a_base_may_be_in_a_package_without_code() {
    fixture(
        r#"
//- package.json
{"workspaces": ["apps/*", "tooling/typescript"]}
//- tooling/typescript/package.json
{"name": "@repo/tsconfig"}
//- tooling/typescript/next.json
{"compilerOptions": {"paths": {"@/*": ["${configDir}/src/*"]}}}
//- apps/web/package.json
{"name": "web", "devDependencies": {"@repo/tsconfig": "*"}}
//- apps/web/tsconfig.json
{"extends": "@repo/tsconfig/next.json"}
//- apps/web/src/main.ts
"#,
    )
    .check("apps/web/src/main.ts @/main -> apps/web/src/main.ts");
}

const WORKSPACE: &str = r#"
//- package.json
{"name": "root", "private": true}
//- pnpm-workspace.yaml
packages:
  - 'packages/*'
//- packages/kit/package.json
{
  "name": "@acme/kit", "version": "2.1.0", "types": "dist/index.d.ts",
  "exports": {
    ".": {"types": "./dist/index.d.ts", "import": "./dist/index.mjs"},
    "./server": "./dist/server/index.js",
    "./icons/*": {"import": "./dist/esm/icons/*.js"},
    "./style.css": "./style.css",
    "./hidden": null
  }
}
//- packages/kit/style.css
//- packages/kit/src/index.ts
//- packages/kit/src/server/index.ts
//- packages/kit/src/icons/star.tsx
//- packages/app/package.json
{"name": "app", "dependencies": {"@acme/kit": "workspace:^"}}
//- packages/app/main.ts
//- packages/old/package.json
{"name": "old", "dependencies": {"@acme/kit": "^1.0.0"}}
//- packages/old/main.ts
//- packages/alias/package.json
{"name": "alias", "dependencies": {"@acme/kit": "npm:@other/kit@2.0.0"}}
//- packages/alias/main.ts
//- packages/undeclared/main.ts
"#;

#[test]
fn a_workspace_package_leads_to_its_sources() {
    fixture(WORKSPACE).check(
        "
        packages/app/main.ts @acme/kit -> packages/kit/src/index.ts
        packages/app/main.ts @acme/kit/server -> packages/kit/src/server/index.ts
        packages/app/main.ts @acme/kit/icons/star -> packages/kit/src/icons/star.tsx
        packages/app/main.ts @acme/kit/src/icons/star -> packages/kit/src/icons/star.tsx
        packages/app/main.ts @acme/kit/style.css -> asset
        packages/app/main.ts @acme/kit/nothing -> missing
        packages/undeclared/main.ts @acme/kit -> packages/kit/src/index.ts
        packages/kit/src/index.ts @acme/kit/server -> packages/kit/src/server/index.ts
        ",
    );
}

#[test]
fn another_release_of_a_workspace_package_is_not_ours() {
    fixture(WORKSPACE).check(
        "
        packages/old/main.ts @acme/kit -> external
        packages/alias/main.ts @acme/kit -> external
        ",
    );
}

#[test]
fn of_two_packages_with_one_name_the_own_workspace_decides() {
    fixture(
        r#"
//- package.json
{"workspaces": ["packages/*"]}
//- packages/types/package.json
{"name": "types"}
//- packages/types/index.ts
//- packages/app/main.ts
//- site/package.json
{"workspaces": ["packages/*"]}
//- site/packages/types/package.json
{"name": "types"}
//- site/packages/types/index.ts
//- site/packages/app/package.json
{}
//- site/packages/app/main.ts
"#,
    )
    .check(
        "
        packages/app/main.ts types -> packages/types/index.ts
        site/packages/app/main.ts types -> site/packages/types/index.ts
        ",
    );
}

#[test]
fn a_bare_name_never_lands_on_a_look_alike() {
    fixture(
        r#"
//- package.json
{"workspaces": ["packages/*"]}
//- tsconfig.json
{"compilerOptions": {"paths": {"@/*": ["./*"]}}}
//- react.ts
//- lodash/index.ts
//- packages/app/main.ts
//- packages/app/react.ts
//- packages/app/tests/fixtures/react/package.json
{"name": "react", "main": "index.js"}
//- packages/app/tests/fixtures/react/index.js
//- packages/app/tests/fixtures/react/other.js
//- examples/express/package.json
{"name": "express", "exports": "./index.js", "dependencies": {"express": "npm:other@4"}}
//- examples/express/index.js
//- examples/named/package.json
{"name": "named", "exports": "./index.js"}
//- examples/named/index.js
"#,
    )
    .check(
        "
        packages/app/main.ts react -> external
        packages/app/main.ts lodash -> external
        packages/app/main.ts lodash/index.ts -> external
        packages/app/main.ts npm:react -> external
        packages/app/main.ts node:fs -> external
        packages/app/main.ts fs/promises -> external
        packages/app/main.ts https://esm.sh/react.ts -> external
        packages/app/tests/fixtures/react/other.js react -> external
        examples/express/index.js express -> external
        examples/named/index.js named -> examples/named/index.js
        ",
    );
}

#[test]
fn without_workspaces_a_dependency_names_the_package() {
    fixture(
        r#"
//- shared/package.json
{"name": "shared", "version": "1.0.0"}
//- shared/index.ts
//- linked/package.json
{"dependencies": {"shared": "file:../shared"}}
//- linked/main.ts
//- versioned/package.json
{"dependencies": {"shared": "^1.0.0"}}
//- versioned/main.ts
//- silent/main.ts
"#,
    )
    .check(
        "
        linked/main.ts shared -> shared/index.ts
        versioned/main.ts shared -> shared/index.ts
        silent/main.ts shared -> external
        ",
    );
}

#[test]
fn internal_names_follow_the_imports_of_the_package() {
    fixture(
        r##"
//- package.json
{
  "name": "root",
  "imports": {
    "#db": {"browser": "./src/web.ts", "node": "./dist/node.js"},
    "#lib/*": "./src/*.js", "#fs": "node:fs", "#self": "root", "#data": "./data.json", "#gone": "./gone.js"
  }
}
//- data.json
{}
//- src/index.ts
//- src/web.ts
//- src/node.ts
//- src/deep/a.ts
"##,
    )
    .check(
        "
        src/index.ts #db -> src/node.ts
        src/index.ts #lib/deep/a -> src/deep/a.ts
        src/index.ts #fs -> external
        src/index.ts #self -> src/index.ts
        src/index.ts #data -> asset
        src/index.ts #gone -> missing
        src/index.ts #unknown -> missing
        ",
    );
}

#[test]
fn files_that_are_no_code_are_assets() {
    fixture(
        r#"
//- tsconfig.json
{"compilerOptions": {"paths": {"@/*": ["./*"]}}}
//- main.ts
//- worker.ts
//- logo.svg
//- package.json
{}
//- typed.css
//- typed.css.d.ts
"#,
    )
    .check(
        "
        main.ts ./logo.svg -> asset
        main.ts ./logo.svg?url -> asset
        main.ts @/logo.svg -> asset
        main.ts ./package -> asset
        main.ts ./worker.ts?raw -> asset
        main.ts ./worker.ts?worker -> worker.ts
        main.ts ./typed.css -> typed.css.d.ts
        main.ts ./gone.svg -> missing
        ",
    );
}

#[test]
fn text_that_names_nothing_is_missing() {
    let fixture = fixture("//- package.json\n{\"name\": \"é\"}\n//- a/main.ts\n");
    let map = ModuleMap::read(&fixture.root(), &FamilyFiles::all(&fixture.paths));
    for specifier in [
        "", "?", "#", "@", "@/", "/", "//", "...", "./", "./?raw", "é", "./é/", "\\a",
    ] {
        assert_eq!(
            map.resolve(0, specifier),
            Resolved::Missing,
            "{specifier:?}"
        );
    }
}

#[test]
fn malformed_configuration_is_remarked_and_skipped() {
    let fixture = fixture(
        r#"
//- tsconfig.json
{"compilerOptions": {"paths": {"@/*": ["./*"]}}}
//- a/tsconfig.json
{"compilerOptions":
//- a/package.json
not json
//- a/main.ts
//- b/tsconfig.json
{"extends": "./other.json", "include": 3, "compilerOptions": {"paths": []}}
//- b/other.json
{"extends": "./tsconfig.json"}
//- b/main.ts
"#,
    );
    fixture.check("a/main.ts @/b/main -> b/main.ts\nb/main.ts ./main -> b/main.ts");
    assert_eq!(
        fixture.remarks(),
        [
            "a/package.json is not valid JSON",
            "a/tsconfig.json is not valid JSON",
            r#"b/other.json extends itself through "./tsconfig.json""#,
        ]
    );
}

#[test]
fn nothing_in_node_modules_is_a_file_of_the_repository() {
    fixture(
        r#"
//- package.json
{"dependencies": {"dep": "*"}}
//- tsconfig.json
{"compilerOptions": {"baseUrl": ".", "paths": {"aliased": ["./node_modules/dep/index.ts"]}}}
//- node_modules/dep/package.json
{"name": "dep", "main": "index.ts"}
//- node_modules/dep/index.ts
//- node_modules/dep/style.css
//- main.ts
"#,
    )
    .check(
        "
        main.ts dep -> external
        main.ts aliased -> external
        main.ts dep/style.css -> external
        main.ts ./node_modules/dep/index.ts -> external
        ",
    );
}

#[cfg(unix)]
#[test]
fn symbolic_links_change_nothing() {
    let fixture = fixture(
        r#"
//- tsconfig.json
{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}
//- src/a.ts
//- shared/b.ts
//- shared/c/index.ts
//- logo.svg
"#,
    );
    let outside = TempDir::new().unwrap();
    let link = outside.path().join("link");
    std::os::unix::fs::symlink(fixture.root(), &link).unwrap();
    std::os::unix::fs::symlink("../shared", fixture.root().join("src/linked")).unwrap();
    write(&outside.path().join("secret/a.ts"), "");
    let secret = outside.path().join("secret");
    std::os::unix::fs::symlink(secret, fixture.root().join("src/outside")).unwrap();
    let expected = "
        src/a.ts @/a -> src/a.ts
        src/a.ts ../logo.svg -> asset
        src/a.ts ./linked/b -> shared/b.ts
        src/a.ts ./linked/b.js -> shared/b.ts
        src/a.ts ./linked/c -> shared/c/index.ts
        src/a.ts ./linked/nothing -> missing
        src/a.ts ./outside/a -> missing
        ";
    fixture.check(expected);
    fixture.check_from(&link, expected);
}

#[test]
fn the_fingerprint_covers_all_configuration_and_no_code() {
    let fixture = fixture(
        r#"
//- package.json
{}
//- tsconfig.json
{"extends": "./config/base.json", "references": [{"path": "./later"}]}
//- config/base.json
{}
//- src/a.ts
"#,
    );
    let mut seen = vec![fixture.fingerprint()];
    write(&fixture.root().join("src/a.ts"), "export {}");
    write(&fixture.root().join("config/unrelated.json"), "{}");
    assert_eq!(fixture.fingerprint(), seen[0]);
    for (path, content) in [
        ("package.json", "{ }"),
        ("tsconfig.json", "{\"extends\": \"./config/base\"}"),
        ("config/base.json", "{ }"),
        (
            "src/tsconfig.json",
            "{\"references\": [{\"path\": \"../later\"}]}",
        ),
        ("later/tsconfig.json", "{}"),
    ] {
        write(&fixture.root().join(path), content);
        let fingerprint = fixture.fingerprint();
        assert!(!seen.contains(&fingerprint), "{path}");
        seen.push(fingerprint);
    }
}
