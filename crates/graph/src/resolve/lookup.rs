//! Finds names in the long lists of a file's facts without going through them.
//!
//! A file may have thousands of exports or of members, and thousands of uses of them. What is worked out here is kept beside the
//! facts, for everyone who looks into them, on several threads, and says nothing that the facts do not.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use domain::Facts;
use domain::facts::{DeclarationId, ExportTarget, Member, MemberKind, SAME_NAME_MAX, ShapeId};
use rustc_hash::FxHashMap;

use super::entities::Side;
use super::packages::Packages;
use super::stars::Stars;

/// Lists up to this long are gone through.
const SHORT_MAX: usize = 32;

/// What was worked out about the names in one file's facts.
#[derive(Default)]
pub struct Lookup {
    exports: OnceLock<ByName>,
    members: Mutex<FxHashMap<(ShapeId, Side), Arc<ByName>>>,
    assigned: Mutex<FxHashMap<DeclarationId, Arc<ByName>>>,
    pub(super) stars: OnceLock<Option<Stars>>,
    pub(super) packages: Packages,
}

/// Places in a list, in the order of their names.
struct ByName(Box<[u32]>);

impl ByName {
    fn of<'n, K: Ord>(n: usize, key: impl Fn(usize) -> (&'n str, K)) -> ByName {
        let mut places: Vec<u32> = (0..n as u32).collect();
        places.sort_unstable_by_key(|place| key(*place as usize));
        ByName(places.into())
    }

    /// Returns the places that have a name.
    fn find<'n>(&self, name: &str, name_at: impl Fn(usize) -> &'n str) -> &[u32] {
        let first = self.0.partition_point(|at| name_at(*at as usize) < name);
        let rest = &self.0[first..];
        &rest[..rest.partition_point(|at| name_at(*at as usize) == name)]
    }
}

impl Lookup {
    /// Returns where what a module exports under a name is; nothing if it has no such export of its own.
    pub(super) fn export(&self, facts: &Facts, name: &str) -> Option<ExportTarget> {
        let exports = &facts.exports;
        let name_at = |place: usize| facts.name(exports[place].name);
        if exports.len() <= SHORT_MAX {
            let found = exports
                .iter()
                .find(|export| facts.name(export.name) == name);
            return found.map(|export| export.target);
        }
        // By name and place, so that the first of several is found, as in short lists.
        let by_name = || ByName::of(exports.len(), |place| (name_at(place), place));
        let places = self.exports.get_or_init(by_name).find(name, name_at);
        places.first().map(|place| exports[*place as usize].target)
    }

    /// Returns the place of the member of a name: of a pair of accessors, of the one that is read.
    pub(super) fn member(
        &self,
        facts: &Facts,
        (shape, side): (ShapeId, Side),
        name: &str,
    ) -> Option<usize> {
        let members = side.members(&facts.shapes[shape.index()]);
        if members.len() > SHORT_MAX {
            let by_name = self.members_by_name(facts, (shape, side));
            let places = by_name.find(name, |place| facts.name(members[place].name));
            return places.first().map(|place| *place as usize);
        }
        let mut found = None;
        for (index, member) in members.iter().enumerate() {
            if facts.name(member.name) == name {
                if member.kind != MemberKind::Setter {
                    return Some(index);
                }
                found = Some(index);
            }
        }
        found
    }

    /// Returns the methods that share the name of a member, in order: its overloads.
    pub(super) fn methods<'f>(
        &self,
        facts: &'f Facts,
        (shape, side): (ShapeId, Side),
        member: &Member,
    ) -> Vec<&'f Member> {
        let members = side.members(&facts.shapes[shape.index()]);
        if members.len() <= SHORT_MAX {
            let members = members.iter();
            return members.filter(|other| is_overload(other, member)).collect();
        }
        let by_name = self.members_by_name(facts, (shape, side));
        let places = by_name.find(facts.name(member.name), |place| {
            facts.name(members[place].name)
        });
        let same = places.iter().map(|place| &members[*place as usize]);
        same.filter(|other| is_overload(other, member))
            .take(SAME_NAME_MAX)
            .collect()
    }

    /// Returns the place of what was assigned to a member of a declared name.
    pub(super) fn assigned(
        &self,
        facts: &Facts,
        declaration: DeclarationId,
        name: &str,
    ) -> Option<usize> {
        let assigned = &facts.declarations[declaration.index()].assigned;
        let name_at = |place: usize| facts.name(assigned[place].name);
        if assigned.len() <= SHORT_MAX {
            return (0..assigned.len()).find(|place| name_at(*place) == name);
        }
        // Held while the list is sorted, so that threads that ask at once sort it once.
        let mut known = locked(&self.assigned);
        let by_name = known.entry(declaration).or_insert_with(|| {
            Arc::new(ByName::of(assigned.len(), |place| (name_at(place), place)))
        });
        let places = by_name.find(name, name_at);
        places.first().map(|place| *place as usize)
    }

    fn members_by_name(&self, facts: &Facts, (shape, side): (ShapeId, Side)) -> Arc<ByName> {
        let mut known = locked(&self.members);
        let by_name = known.entry((shape, side)).or_insert_with(|| {
            let members = side.members(&facts.shapes[shape.index()]);
            // First what is read; of setters alone the last one.
            let key = |place: usize| match members[place].kind {
                MemberKind::Setter => (true, members.len() - place),
                _ => (false, place),
            };
            let name = |place: usize| facts.name(members[place].name);
            Arc::new(ByName::of(members.len(), |place| (name(place), key(place))))
        });
        by_name.clone()
    }
}

/// Takes a lock. What a thread that panicked left is never used: the panic goes on.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_overload(other: &Member, member: &Member) -> bool {
    other.name == member.name && other.kind == MemberKind::Method
}
