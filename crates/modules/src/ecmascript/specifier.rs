//! What an import's text says by its form alone.

/// The modules that are part of Node.js and may be named without `node:`, which always names one.
///
/// Left out are `constants`, `domain` and `sys`, deprecated and better known as folders of applications, and the young ones that
/// exist with the prefix only.
#[rustfmt::skip]
const NODE_BUILTINS: [&str; 51] = [
    "assert", "assert/strict", "async_hooks", "buffer", "child_process", "cluster", "console", "crypto", "dgram",
    "diagnostics_channel", "dns", "dns/promises", "events", "fs", "fs/promises", "http", "http2", "https", "inspector",
    "inspector/promises", "module", "net", "os", "path", "path/posix", "path/win32", "perf_hooks", "process", "punycode",
    "querystring", "readline", "readline/promises", "repl", "stream", "stream/consumers", "stream/promises", "stream/web",
    "string_decoder", "timers", "timers/promises", "tls", "trace_events", "tty", "url", "util", "util/types", "v8", "vm",
    "wasi", "worker_threads", "zlib",
];

/// Queries after which a bundler hands over a file's text or address, not its exports.
const TEXT_QUERIES: [&str; 3] = ["raw", "url", "inline"];

/// An import's text, by form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Specifier<'s> {
    /// `./a`, `../a`, `.`, `..`: a path from the importing file's folder.
    Relative(&'s str),
    /// A module of Node.js.
    Builtin,
    /// `npm:a`, `https://…`, `bun:test`: a scheme says who looks for it, and it is not us.
    Scheme,
    /// `#a`: a name that the package defines for itself.
    Internal,
    /// `name` or `@scope/name`, and what follows the slash.
    Package(PackageName<'s>),
    /// Nothing that a package could be called, such as `@/a`, `~/a` or `/a`: an alias or nothing.
    Unnameable,
}

/// The two parts of a package specifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackageName<'s> {
    /// The name, with its scope.
    pub(super) name: &'s str,
    /// What follows the name's slash; empty for the package itself.
    pub(super) subpath: &'s str,
}

/// What becomes of the file that a specifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loading {
    /// It runs, and its exports are used.
    Code,
    /// Its text or address is used.
    Text,
}

impl Specifier<'_> {
    /// Sorts a text that has no query.
    pub(super) fn of(text: &str) -> Specifier<'_> {
        if matches!(text, "." | "..") || text.starts_with("./") || text.starts_with("../") {
            return Specifier::Relative(text);
        }
        if is_builtin(text) {
            return Specifier::Builtin;
        }
        if text.starts_with('#') {
            return Specifier::Internal;
        }
        if text.contains(':') {
            return Specifier::Scheme;
        }
        PackageName::of(text).map_or(Specifier::Unnameable, Specifier::Package)
    }
}

impl PackageName<'_> {
    /// Splits a text that a package could be called.
    pub(super) fn of(text: &str) -> Option<PackageName<'_>> {
        let n_components = if text.starts_with('@') { 2 } else { 1 };
        let name_end = text
            .match_indices('/')
            .nth(n_components - 1)
            .map_or(text.len(), |(offset, _)| offset);
        let (name, subpath) = text.split_at(name_end);
        is_package_name(name).then(|| PackageName {
            name,
            subpath: subpath.trim_matches('/'),
        })
    }
}

/// Cuts off what follows a `?`, which is for bundlers.
pub(super) fn split_query(text: &str) -> (&str, Loading) {
    let Some((path, query)) = text.split_once('?') else {
        return (text, Loading::Code);
    };
    let is_text = query
        .split('&')
        .any(|part| TEXT_QUERIES.contains(&part.split('=').next().unwrap_or(part)));
    (
        path,
        if is_text {
            Loading::Text
        } else {
            Loading::Code
        },
    )
}

fn is_builtin(text: &str) -> bool {
    text.starts_with("node:") || NODE_BUILTINS.contains(&text)
}

fn is_package_name(name: &str) -> bool {
    let parts = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/'),
        None => Some(("scope", name)),
    };
    let is_part = |part: &str| {
        let starts_well = part.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        starts_well
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    parts.is_some_and(|(scope, name)| is_part(scope) && is_part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package<'s>(name: &'s str, subpath: &'s str) -> Specifier<'s> {
        Specifier::Package(PackageName { name, subpath })
    }

    #[test]
    fn form_alone_decides_who_looks_for_a_module() {
        for (text, expected) in [
            ("./a", Specifier::Relative("./a")),
            ("..", Specifier::Relative("..")),
            ("fs/promises", Specifier::Builtin),
            ("node:test", Specifier::Builtin),
            ("npm:koa", Specifier::Scheme),
            ("https://deno.land/x/a.ts", Specifier::Scheme),
            ("#db", Specifier::Internal),
            ("react", package("react", "")),
            ("process/", package("process", "")),
            ("@a/b", package("@a/b", "")),
            ("@a/b/c/d.js", package("@a/b", "c/d.js")),
            (".a", Specifier::Unnameable),
            ("@/a", Specifier::Unnameable),
            ("~/a", Specifier::Unnameable),
            ("/a", Specifier::Unnameable),
            ("@a", Specifier::Unnameable),
            ("", Specifier::Unnameable),
        ] {
            assert_eq!(Specifier::of(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_some_queries_turn_code_into_text() {
        assert_eq!(split_query("./a.js?raw"), ("./a.js", Loading::Text));
        assert_eq!(split_query("./a?v=1&url"), ("./a", Loading::Text));
        assert_eq!(split_query("./a?worker"), ("./a", Loading::Code));
        assert_eq!(split_query("./a"), ("./a", Loading::Code));
    }
}
