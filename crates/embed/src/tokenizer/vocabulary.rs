//! Pieces of words and their ids in flat tables: a process keeps under a megabyte where a map of strings takes ten.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Marks an empty place of the table.
const EMPTY: u32 = u32::MAX;

/// FNV-1a of 32 bits: offset basis and prime (Fowler, Noll and Vo). Every prefix of a word has its hash on the way to the next.
const BASIS: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

/// Pieces by spelling.
pub(super) struct Vocabulary {
    bytes: String,
    pieces: Vec<Piece>,
    /// Places in `pieces`, by hash; a power of two, at most half full.
    table: Vec<u32>,
    longest: usize,
}

struct Piece {
    start: u32,
    end: u32,
    id: u32,
}

impl Vocabulary {
    /// Returns the id of a piece.
    pub(super) fn id(&self, spelling: &str) -> Option<u32> {
        let hash = spelling.bytes().fold(BASIS, step);
        self.find(hash, [spelling, ""])
    }

    /// Returns the id and the number of bytes of the longest piece that `prefix` and the beginning of `word` spell.
    pub(super) fn longest(&self, prefix: &str, word: &str) -> Option<(u32, usize)> {
        let room = self.longest.saturating_sub(prefix.len()).min(word.len());
        let mut hash = prefix.bytes().fold(BASIS, step);
        let mut found = None;
        // Short words have few beginnings, and most pieces are short: from the front no hash is computed twice.
        for (at, byte) in word.as_bytes()[..room].iter().enumerate() {
            hash = step(hash, *byte);
            let end = at + 1;
            if word.is_char_boundary(end)
                && let Some(id) = self.find(hash, [prefix, &word[..end]])
            {
                found = Some((id, end));
            }
        }
        found
    }

    fn find(&self, hash: u32, parts: [&str; 2]) -> Option<u32> {
        let mask = self.table.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let piece = self.table[place];
            if piece == EMPTY {
                return None;
            }
            let piece = &self.pieces[piece as usize];
            let spelling = &self.bytes[piece.start as usize..piece.end as usize];
            if spelling.strip_prefix(parts[0]) == Some(parts[1]) {
                return Some(piece.id);
            }
            place = (place + 1) & mask;
        }
    }

    fn push(&mut self, spelling: &str, id: u32) -> Option<()> {
        let start = u32::try_from(self.bytes.len()).ok()?;
        self.bytes.push_str(spelling);
        let end = u32::try_from(self.bytes.len()).ok()?;
        self.pieces.push(Piece { start, end, id });
        self.longest = self.longest.max(spelling.len());
        Some(())
    }

    fn fill_table(&mut self) {
        self.bytes.shrink_to_fit();
        self.pieces.shrink_to_fit();
        let n_places = (2 * self.pieces.len()).next_power_of_two().max(2);
        self.table = vec![EMPTY; n_places];
        for (number, piece) in (0_u32..).zip(&self.pieces) {
            let spelling = &self.bytes[piece.start as usize..piece.end as usize];
            let mut place = spelling.bytes().fold(BASIS, step) as usize & (n_places - 1);
            while self.table[place] != EMPTY {
                place = (place + 1) & (n_places - 1);
            }
            self.table[place] = number;
        }
    }
}

fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(PRIME)
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Vocabulary, D::Error> {
        struct Pieces;

        impl<'de> Visitor<'de> for Pieces {
            type Value = Vocabulary;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map from pieces to ids")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Vocabulary, M::Error> {
                let mut vocabulary = Vocabulary {
                    bytes: String::new(),
                    pieces: Vec::new(),
                    table: Vec::new(),
                    longest: 0,
                };
                while let Some((spelling, id)) =
                    map.next_entry::<std::borrow::Cow<'_, str>, u32>()?
                {
                    vocabulary
                        .push(&spelling, id)
                        .ok_or_else(|| serde::de::Error::custom("a vocabulary of 4 GiB"))?;
                }
                vocabulary.fill_table();
                Ok(vocabulary)
            }
        }

        deserializer.deserialize_map(Pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_piece_is_found_with_and_without_a_prefix() {
        let json = r###"{"a": 0, "ab": 1, "##b": 2, "##bé": 3, "abcd": 4, "##": 5}"###;
        let vocabulary: Vocabulary = serde_json::from_str(json).unwrap();
        assert_eq!(vocabulary.longest("", "abc"), Some((1, 2)));
        assert_eq!(vocabulary.longest("", "abcdef"), Some((4, 4)));
        assert_eq!(vocabulary.longest("##", "béa"), Some((3, 3)));
        assert_eq!(vocabulary.longest("##", "bè"), Some((2, 1)));
        assert_eq!(vocabulary.longest("", "é"), None);
        assert_eq!(vocabulary.id("##bé"), Some(3));
        assert_eq!(vocabulary.id("c"), None);
    }
}
