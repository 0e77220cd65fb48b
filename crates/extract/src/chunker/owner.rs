//! What the chunks of one definition share, and how much room its heads leave for source.

use std::ops::Range;

use domain::{Chunk, ChunkKind, Complexity, Flags, Span, Symbol, SymbolKind};

use super::{BUDGET_MIN_TOKENS, Chunker, lexical};
use crate::outline::{Item, Syntax};
use crate::views;

/// Bytes of the first code line that stands in for the signature of what has none.
const HEADING_MAX_BYTES: usize = 80;

/// Longest comment that is kept as the doc of what has no symbol.
const COMMENT_MAX_BYTES: usize = 400;

/// Makes the chunks of one definition, part after part.
pub(super) struct Owner {
    /// The next chunk, as yet without place and source.
    template: Chunk,
    is_named: bool,
}

/// Returns the symbol that names an item's chunks. The module names none: its name is the path.
pub(super) fn symbol<'s>(symbols: &'s [Symbol], item: &Item) -> Option<&'s Symbol> {
    let symbol = symbols.get(item.symbol? as usize)?;
    (symbol.kind != SymbolKind::Module).then_some(symbol)
}

impl Chunker<'_> {
    /// Returns the owner of an item's chunks.
    pub(super) fn owner(&mut self, item: &Item, range: &Range<usize>) -> Owner {
        match symbol(self.symbols, item) {
            Some(symbol) => self.named_owner(item.kind, symbol),
            None => match &item.title {
                Some(title) => self.titled_owner(item.kind, &[title]),
                None => self.unnamed_owner(item.kind, range),
            },
        }
    }

    /// Returns the owner of sections: named after the first, with the titles of all as its head.
    pub(super) fn titled_owner(&mut self, kind: ChunkKind, titles: &[&str]) -> Owner {
        let first = titles.first().copied().unwrap_or_default();
        let mut template = Chunk {
            name: first.rsplit('.').next().unwrap_or(first).to_owned(),
            qualified_name: first.to_owned(),
            signature: titles.join("; "),
            ..empty(kind)
        };
        template.flags.is_test = self.is_test;
        self.trim_text_view(&mut template);
        Owner {
            template,
            is_named: true,
        }
    }

    pub(super) fn named_owner(&mut self, kind: ChunkKind, symbol: &Symbol) -> Owner {
        let mut template = Chunk {
            name: symbol.name.clone(),
            qualified_name: symbol.qualified_name.clone(),
            signature: symbol.signature.clone(),
            doc: symbol.doc.clone(),
            flags: symbol.flags,
            complexity: symbol.complexity,
            ..empty(kind)
        };
        template.flags.is_test |= self.is_test;
        self.trim_text_view(&mut template);
        Owner {
            template,
            is_named: true,
        }
    }

    /// Returns the owner of text that defines nothing: its first comment is the doc, its first code line the signature.
    pub(super) fn unnamed_owner(&mut self, kind: ChunkKind, range: &Range<usize>) -> Owner {
        let text = &self.text[range.clone()];
        let code = lexical::skip_comments(text, self.syntax);
        // Bounded first: a licence of pages would otherwise be the doc of the imports below it.
        let comment = &text[..text.floor_char_boundary(code.min(COMMENT_MAX_BYTES))];
        let mut template = Chunk {
            signature: heading(&text[code..]),
            doc: comment_words(comment, self.syntax),
            ..empty(kind)
        };
        template.flags.is_test = self.is_test;
        self.trim_text_view(&mut template);
        Owner {
            template,
            is_named: false,
        }
    }

    /// Returns one owner for a run of small definitions: named after the first, with the signatures of all.
    pub(super) fn joint_owner(&mut self, kind: ChunkKind, symbols: &[&Symbol]) -> Owner {
        let mut joint = symbols[0].clone();
        for symbol in &symbols[1..] {
            joint.signature.push_str("; ");
            joint.signature.push_str(&symbol.signature);
            if !symbol.doc.is_empty() && !joint.doc.is_empty() {
                joint.doc.push('\n');
            }
            joint.doc.push_str(&symbol.doc);
            joint.flags.is_exported |= symbol.flags.is_exported;
            joint.flags.is_test |= symbol.flags.is_test;
            // Each function counts one for itself; together they are one chunk.
            joint.complexity.cyclomatic += symbol.complexity.cyclomatic.saturating_sub(1);
            joint.complexity.cognitive += symbol.complexity.cognitive;
            joint.complexity.n_code_lines += symbol.complexity.n_code_lines;
        }
        self.named_owner(kind, &joint)
    }

    /// Returns whether a single chunk can hold `range`.
    pub(super) fn fits(&mut self, owner: &Owner, range: &Range<usize>) -> bool {
        let Some(range) = self.trim(range.clone()) else {
            return true;
        };
        let head = views::code_head(self.path, &owner.template);
        // A token is at least one byte, so most chunks need no counting.
        if head.len() + range.len() + self.measure.n_added <= self.max_tokens {
            return true;
        }
        let budget = self.budget(views::scope(&owner.template));
        self.measure.cost(range, budget) <= budget
    }

    /// Returns how many tokens of source any part may have.
    pub(super) fn part_budget(&mut self, owner: &Owner) -> usize {
        let first = self.budget(views::scope(&owner.template));
        let mut later = owner.template.clone();
        // Later parts show the signature in the place of the scope, which may be longer.
        later.part = 1;
        first.min(self.budget(views::scope(&later)))
    }

    /// Returns the room that path and `scope` leave in the code view.
    pub(super) fn budget(&mut self, scope: &str) -> usize {
        let path_cost = *self
            .path_cost
            .get_or_insert_with(|| self.measure.count(views::shown_path(self.path)));
        self.max_tokens
            .saturating_sub(
                self.measure.n_added + path_cost + self.measure.count(scope) + N_HEAD_LINES,
            )
            .max(BUDGET_MIN_TOKENS)
    }

    /// Shortens signature and doc comment until the text view fits.
    fn trim_text_view(&self, chunk: &mut Chunk) {
        let head = views::text_head(self.path, chunk);
        // A token is at least one byte, so that most texts need no counting.
        let n_bytes = head.len() + chunk.doc.len() + chunk.signature.len() + N_HEAD_LINES;
        if n_bytes + self.measure.n_added <= self.max_tokens {
            return;
        }
        let n_taken = self.measure.n_added + self.measure.count(&head) + N_HEAD_LINES;
        let room = self
            .max_tokens
            .saturating_sub(n_taken)
            .max(BUDGET_MIN_TOKENS);
        // A signature may take half at most; what it leaves goes to the doc comment.
        let signature_cost = self.shorten(&mut chunk.signature, room / 2);
        self.shorten(&mut chunk.doc, room - signature_cost);
    }

    /// Cuts a text behind the last word that fits; returns what the rest costs.
    fn shorten(&self, text: &mut String, room: usize) -> usize {
        // Words of more than a dozen bytes per token are rare, and counting an endless comment would be slow.
        text.truncate(text.floor_char_boundary(room * 12));
        let mut cost = self.measure.count(text);
        while cost > room && !text.is_empty() {
            // Aims a little short of the right place, so that few rounds are needed.
            let aim = text.floor_char_boundary((text.len() * room / cost).min(text.len() - 1));
            let end = text[..aim].rfind(char::is_whitespace).unwrap_or(aim);
            text.truncate(end);
            text.truncate(text.trim_end().len());
            cost = self.measure.count(text);
        }
        cost
    }
}

/// Line ends between the lines of a head, for counters to which they are tokens.
const N_HEAD_LINES: usize = 2;

impl Owner {
    /// Returns the next chunk of this definition, whose source will be `source`.
    pub(super) fn next_part(&mut self, chunker: &Chunker<'_>, source: &str) -> Chunk {
        let mut chunk = self.template.clone();
        self.template.part += 1;
        if chunk.part == 0 {
            return chunk;
        }
        // The doc comment describes the whole: repeated in each part, it would make them all match
        // alike.
        chunk.doc.clear();
        chunk.complexity = Complexity::default();
        if !self.is_named {
            let own = heading(&source[lexical::skip_comments(source, chunker.syntax)..]);
            chunk.signature.push_str(views::PART_SEPARATOR);
            chunk.signature.push_str(&own);
            chunker.trim_text_view(&mut chunk);
        }
        chunk
    }
}

fn empty(kind: ChunkKind) -> Chunk {
    Chunk {
        kind,
        name: String::new(),
        qualified_name: String::new(),
        part: 0,
        signature: String::new(),
        doc: String::new(),
        span: Span::default(),
        flags: Flags::default(),
        complexity: Complexity::default(),
        source: String::new(),
    }
}

/// Returns the first line of code, cut to a modest length.
fn heading(code: &str) -> String {
    let line = code.trim_start();
    let line = &line[..line.floor_char_boundary(HEADING_MAX_BYTES)];
    line.lines()
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// Returns a comment's text without what marks it, on one line.
fn comment_words(comment: &str, syntax: Syntax) -> String {
    let marks: &[char] = match syntax {
        Syntax::Braces => &['/', '*'],
        Syntax::Indented => &['#'],
    };
    let words: Vec<&str> = comment
        .split_whitespace()
        .map(|word| word.trim_matches(marks))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}
