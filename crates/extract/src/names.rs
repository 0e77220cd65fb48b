//! Names as they are stored: bounded, so that no file can make its rows grow faster than its text.
//!
//! A definition's qualified name repeats the names around it. Thousands of definitions inside each other, or a class with a name of a
//! hundred kilobytes and many methods, would store as many copies of it.

use crate::outline::Outline;

/// Longest name in bytes. The longest of vue-core's 10,000 definitions has 48; what is longer than this was generated.
pub(crate) const NAME_MAX_BYTES: usize = 256;

/// Longest qualified name in bytes: a name and what is around it, outermost first. The longest of vue-core has 76.
pub(crate) const QUALIFIED_NAME_MAX_BYTES: usize = 1024;

/// Stands for what was cut.
const CUT: &str = "…";

/// Returns a name, cut at its end if it is too long.
pub(crate) fn name(text: &str) -> String {
    if text.len() <= NAME_MAX_BYTES {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(NAME_MAX_BYTES - CUT.len());
    format!("{}{CUT}", &text[..end])
}

/// Returns the names around a definition and its own, outermost first; of too many, the nearest.
pub(crate) fn qualified(outer: &str, name: &str) -> String {
    nearest(format!("{outer}.{name}"))
}

/// Returns names inside of each other, outermost first; of too many, the nearest.
pub(crate) fn nearest(whole: String) -> String {
    if whole.len() <= QUALIFIED_NAME_MAX_BYTES {
        return whole;
    }
    let start = whole.ceil_char_boundary(whole.len() - (QUALIFIED_NAME_MAX_BYTES - CUT.len()));
    let nearest = &whole[start..];
    // Cut between names: half a name would be found as another.
    let nearest = nearest.find('.').map_or(nearest, |dot| &nearest[dot..]);
    format!("{CUT}{nearest}")
}

/// Returns what a person should know of a file in which a name was cut.
pub(crate) fn note(outline: &Outline) -> Option<String> {
    // People write the mark, too: in shorter names.
    let is_long = |text: &str, most: usize| text.len() > most - NAME_MAX_BYTES / 2;
    let is_cut = |name: &str, qualified: &str| {
        (name.ends_with(CUT) && is_long(name, NAME_MAX_BYTES))
            || (qualified.starts_with(CUT)
                && is_long(qualified, QUALIFIED_NAME_MAX_BYTES - NAME_MAX_BYTES))
    };
    let mut symbols = outline.symbols.iter();
    let mut titles = outline.items.iter().filter_map(|item| item.title.as_ref());
    let any = symbols.any(|symbol| is_cut(&symbol.name, &symbol.qualified_name))
        || titles.any(|title| is_cut(title, title));
    any.then(|| {
        format!(
            "names of more than {NAME_MAX_BYTES} bytes, or of {QUALIFIED_NAME_MAX_BYTES} with those around them, are cut"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_ends_with_the_definition_itself() {
        assert_eq!(qualified("A.b", "c"), "A.b.c");
        let long = name(&"é".repeat(5000));
        assert!(long.len() <= NAME_MAX_BYTES && long.ends_with(CUT));
        let mut deep = "A".to_owned();
        for level in 0..500 {
            deep = qualified(&deep, &format!("level{level}"));
            assert!(deep.len() <= QUALIFIED_NAME_MAX_BYTES);
        }
        assert!(deep.starts_with("….level") && deep.ends_with(".level498.level499"));
        assert!(qualified(&long, &long).ends_with(&format!(".{long}")));
    }
}
