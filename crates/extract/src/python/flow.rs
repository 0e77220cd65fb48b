//! What names and attributes hold at the place that the walk has come to.

use domain::facts::ValueId;
use rustc_hash::FxHashMap;

/// A name, or a name and attributes after it, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place(u32);

/// The places of a file.
#[derive(Default)]
pub(super) struct Places {
    numbers: FxHashMap<String, Place>,
    /// By place: the name that it begins with.
    roots: Vec<Place>,
}

impl Places {
    pub(super) fn place(&mut self, text: &str) -> Place {
        if let Some(place) = self.numbers.get(text) {
            return *place;
        }
        let root = text.split_once('.').map(|(root, _)| self.place(root));
        let place = Place(self.roots.len() as u32);
        self.roots.push(root.unwrap_or(place));
        self.numbers.insert(text.to_owned(), place);
        place
    }

    /// Returns a place if anything was ever said of it.
    pub(super) fn known(&self, text: &str) -> Option<Place> {
        self.numbers.get(text).copied()
    }

    fn root(&self, place: Place) -> Place {
        self.roots[place.0 as usize]
    }

    /// Whether a place is one of these names, or an attribute of one.
    pub(super) fn is_behind_any(&self, place: Place, names: &[&str]) -> bool {
        let root = self.root(place);
        names.iter().any(|name| self.known(name) == Some(root))
    }
}

/// What places hold, where it is not what is declared; nothing runs where it is dead.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    holds: FxHashMap<Place, ValueId>,
    n_attributes: usize,
    pub(super) is_live: bool,
}

impl Flow {
    pub(super) fn new() -> Flow {
        Flow {
            holds: FxHashMap::default(),
            n_attributes: 0,
            is_live: true,
        }
    }

    pub(super) fn dead() -> Flow {
        Flow {
            is_live: false,
            ..Flow::new()
        }
    }

    pub(super) fn get(&self, place: Place) -> Option<ValueId> {
        self.holds.get(&place).copied()
    }

    /// Whether anything is known of attributes.
    pub(super) fn knows_attributes(&self) -> bool {
        self.n_attributes > 0
    }

    /// Says what a place holds; nothing is known any more of what is behind it.
    pub(super) fn set(&mut self, places: &Places, place: Place, value: Option<ValueId>) {
        if places.root(place) == place {
            // Another object under the name has other attributes.
            self.forget_attributes(places, place);
        } else if !self.holds.contains_key(&place) {
            self.n_attributes += 1;
        }
        match value {
            Some(value) => {
                self.holds.insert(place, value);
            }
            None => {
                if self.holds.remove(&place).is_some() && places.root(place) != place {
                    self.n_attributes -= 1;
                }
            }
        }
    }

    /// Says what a place is found to hold without an assignment.
    pub(super) fn narrow(&mut self, places: &Places, place: Place, value: ValueId) {
        if self.holds.insert(place, value).is_none() && places.root(place) != place {
            self.n_attributes += 1;
        }
    }

    fn forget_attributes(&mut self, places: &Places, root: Place) {
        if self.n_attributes > 0 {
            self.holds
                .retain(|place, _| *place == root || places.root(*place) != root);
            self.n_attributes = self.count_attributes(places);
        }
    }

    fn count_attributes(&self, places: &Places) -> usize {
        let attributes = self.holds.keys();
        attributes
            .filter(|place| places.root(**place) != **place)
            .count()
    }

    pub(super) fn places(&self) -> Vec<(Place, ValueId)> {
        let mut places: Vec<(Place, ValueId)> = self
            .holds
            .iter()
            .map(|(place, value)| (*place, *value))
            .collect();
        // Numbers are given in this order, and the facts of a file must not depend on that of a
        // map.
        places.sort_unstable();
        places
    }

    /// Returns what is known where several ways meet; `is_bound` says of a name whether being unknown means being unbound.
    pub(super) fn join(
        flows: Vec<Flow>,
        places: &Places,
        is_bound: &dyn Fn(Place) -> bool,
        any_of: &mut dyn FnMut(Vec<ValueId>) -> ValueId,
    ) -> Flow {
        let mut live: Vec<Flow> = flows.into_iter().filter(|flow| flow.is_live).collect();
        match live.len() {
            0 => return Flow::dead(),
            // A way that ended with `return` or `raise` brings nothing along.
            1 => return live.remove(0),
            _ => {}
        }
        let mut all: Vec<Place> = live
            .iter()
            .flat_map(|flow| flow.holds.keys().copied())
            .collect();
        all.sort_unstable();
        all.dedup();
        let mut joined = Flow::new();
        for place in all {
            let mut values: Vec<ValueId> = Vec::new();
            let mut is_everywhere = true;
            for flow in &live {
                match flow.holds.get(&place) {
                    Some(value) if !values.contains(value) => values.push(*value),
                    Some(_) => {}
                    None => is_everywhere = false,
                }
            }
            // On some way it is what is declared, which may be anything; only of a name that is
            // bound several times, being unknown means that it was not assigned there.
            if !is_everywhere && !is_bound(place) {
                continue;
            }
            let value = match values[..] {
                [one] => one,
                _ => any_of(values),
            };
            joined.holds.insert(place, value);
        }
        joined.n_attributes = joined.count_attributes(places);
        joined
    }
}
