//! Documents: a section for each heading.

use super::{Section, Titles, lines};

/// Markdown: `#` headings and underlined ones, outside of fenced code and of front matter.
pub(super) fn markdown(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut titles = Titles::default();
    let mut fence: Option<&str> = None;
    let mut before: Option<(usize, &str)> = None;
    for (start, line) in lines(text).skip(n_front_matter_lines(text)) {
        let trimmed = line.trim_start();
        if let Some(open) = fence {
            // A fence ends with its own mark (CommonMark 4.5): the other one is text.
            if trimmed.starts_with(open) {
                fence = None;
            }
            continue;
        }
        if let Some(mark) = ["```", "~~~"]
            .into_iter()
            .find(|mark| trimmed.starts_with(mark))
        {
            fence = Some(mark);
            before = None;
            continue;
        }
        if let Some((level, title)) = marked(line, '#') {
            let title = titles.enter(level, title.trim_end_matches('#').trim());
            sections.push(Section { start, title });
            before = None;
        // Without text above, `---` is a rule.
        } else if let (Some(level), Some((start, title))) = (underline(line), before) {
            let title = titles.enter(level, title.trim());
            sections.push(Section { start, title });
            before = None;
        } else {
            // Indented by four it is code, and behind a list's mark no heading (CommonMark 4.3).
            before = (!trimmed.is_empty() && line.len() - trimmed.len() < 4 && is_prose(trimmed))
                .then_some((start, line));
        }
    }
    sections
}

fn n_front_matter_lines(text: &str) -> usize {
    if !text.starts_with("---") {
        return 0;
    }
    let mut rest = text.lines().enumerate().skip(1);
    rest.find(|(_, line)| line.trim_end() == "---")
        .map_or(0, |(end, _)| end + 1)
}

/// Returns level and title of a line that begins with one to six marks and a blank.
fn marked(line: &str, mark: char) -> Option<(usize, &str)> {
    let title = line.trim_start_matches(mark);
    let level = line.len() - title.len();
    let is_heading =
        (1..=6).contains(&level) && (title.is_empty() || title.starts_with([' ', '\t']));
    is_heading.then(|| (level, title.trim()))
}

fn underline(line: &str) -> Option<usize> {
    let line = line.trim_end();
    let is_all = |mark: char| line.len() >= 3 && line.chars().all(|one| one == mark);
    if is_all('=') {
        Some(1)
    } else if is_all('-') {
        Some(2)
    } else {
        None
    }
}

fn is_prose(line: &str) -> bool {
    !line.starts_with(['-', '*', '+', '>', '|', '<'])
}

/// AsciiDoc: headings by `=`, outside of listings.
pub(super) fn asciidoc(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut titles = Titles::default();
    let mut is_listing = false;
    for (start, line) in lines(text) {
        if line.starts_with("----") || line.starts_with("....") {
            is_listing = !is_listing;
        }
        if let Some((level, title)) = marked(line, '=').filter(|_| !is_listing) {
            let title = titles.enter(level, title);
            sections.push(Section { start, title });
        }
    }
    sections
}

/// reStructuredText: a line with a line of one punctuation mark below it. The marks' order of appearance is their level.
pub(super) fn restructured(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut titles = Titles::default();
    let mut marks: Vec<char> = Vec::new();
    let mut before: Option<(usize, &str)> = None;
    for (start, line) in lines(text) {
        let mark = line.chars().next().filter(|mark| {
            mark.is_ascii_punctuation() && line.trim_end().chars().all(|one| one == *mark)
        });
        let title = before.filter(|(_, title)| {
            // An underline that is shorter than its title is none.
            !title.trim().is_empty() && title.trim().chars().count() <= line.trim_end().len()
        });
        match (mark, title) {
            (Some(mark), Some((start, title))) if line.len() >= 3 => {
                let level = marks
                    .iter()
                    .position(|known| *known == mark)
                    // No mark has a fixed level: the first that is met is the outermost.
                    .unwrap_or_else(|| {
                        marks.push(mark);
                        marks.len() - 1
                    });
                let title = titles.enter(level, title.trim());
                sections.push(Section { start, title });
                before = None;
            }
            (Some(_), _) => before = None,
            _ => before = Some((start, line)),
        }
    }
    sections
}

/// HTML: headings, and elements that hold something of their own.
pub(super) fn html(text: &str) -> Vec<Section> {
    const OWN: &[&str] = &[
        "section", "script", "style", "template", "main", "form", "nav", "header", "footer",
        "article",
    ];
    let mut sections = Vec::new();
    for (start, line) in lines(text) {
        let Some(rest) = line.trim_start().strip_prefix('<') else {
            continue;
        };
        let tag: String = rest
            .chars()
            .take_while(|one| one.is_ascii_alphanumeric())
            .collect();
        let tag = tag.to_ascii_lowercase();
        let is_heading = matches!(tag.as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
        if is_heading {
            sections.push(Section {
                start,
                title: without_tags(line),
            });
        } else if OWN.contains(&tag.as_str()) {
            sections.push(Section { start, title: tag });
        }
    }
    sections
}

fn without_tags(line: &str) -> String {
    let texts = line
        .split('<')
        .filter_map(|part| Some(part.split_once('>')?.1));
    let words: Vec<&str> = texts.flat_map(str::split_whitespace).collect();
    match words.is_empty() {
        true => "heading".to_owned(),
        false => words.join(" "),
    }
}
