//! The formula by which Homebrew fetches an archive and checks it.

use std::fmt::Write;

use anyhow::Result;

use super::archive::Archive;
use super::target::{Libc, Target};
use super::{Release, sums};

/// Writes a formula that fetches the archives from the folder at `url`.
pub(super) fn write(release: &Release<'_>, url: &str, archives: &[Archive]) -> Result<()> {
    let mut places = Vec::new();
    for archive in archives {
        let target = Target::parse(&archive.triple)?;
        // Homebrew on Linux brings a glibc of its own.
        if target.libc == Libc::Glibc {
            let name = archive
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            let address = format!("{}/{name}", url.trim_end_matches('/'));
            places.push((target.processor.homebrew, address, sums::of(&archive.path)?));
        }
    }
    let text = formula(url, release.version, &places);
    fs_err::write(release.out.join("mnemo.rb"), text)?;
    Ok(())
}

fn formula(url: &str, version: &str, places: &[(&str, String, String)]) -> String {
    let mut fetched = String::new();
    for (processor, address, sum) in places {
        // A String takes whatever is written.
        write!(
            fetched,
            "    on_{processor} do\n      url {address:?}\n      sha256 {sum:?}\n    end\n"
        )
        .ok();
    }
    format!(
        r##"class Mnemo < Formula
  desc "Indexes codebases and answers questions about them"
  homepage {url:?}
  version {version:?}
  license any_of: ["MIT", "Apache-2.0"]

  on_linux do
{fetched}  end

  def install
    bin.install "mnemo"
    man1.install Dir["man/man1/*.1"]
    bash_completion.install "completions/mnemo.bash" => "mnemo"
    zsh_completion.install "completions/_mnemo"
    fish_completion.install "completions/mnemo.fish"
  end

  test do
    (testpath/"tree/greet.ts").write "export function greet() {{}}\n"
    system bin/"mnemo", "index", "tree", "--embeddings", "none"
    assert_match "greet.ts", shell_output("#{{bin}}/mnemo search greet --repository tree")
  end
end
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formula_fetches_each_archive_and_checks_it() {
        let places = [(
            "intel",
            "https://x.example/a.tar.xz".to_owned(),
            "0abc".to_owned(),
        )];
        let text = formula("https://x.example", "1.2.3", &places);
        assert!(
            text.contains(
                "    on_intel do\n      url \"https://x.example/a.tar.xz\"\n      sha256 \"0abc\"\n"
            ),
            "{text}"
        );
        assert!(
            text.contains("write \"export function greet() {}\\n\""),
            "{text}"
        );
        assert!(text.contains("#{bin}/mnemo search"), "{text}");
    }
}
