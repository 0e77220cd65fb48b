//! Attributes that methods assign: members of instances beside what the class itself has.

use domain::facts::{Member, NameId, ShapeId, ValueId};
use rustc_hash::FxHashMap;

use super::Walk;
use crate::draft::UNKNOWN;

/// The classes of a file, and the attributes that their methods assign.
#[derive(Default)]
pub(super) struct Attributes {
    classes: Vec<ShapeId>,
    found: Vec<(ShapeId, Attribute)>,
    places: FxHashMap<(ShapeId, NameId), usize>,
}

/// An attribute with everything that is assigned to it.
struct Attribute {
    member: Member,
    values: Vec<ValueId>,
}

impl Attributes {
    pub(super) fn add_class(&mut self, shape: ShapeId) {
        self.classes.push(shape);
    }

    pub(super) fn add(&mut self, shape: ShapeId, member: Member) {
        let key = (shape, member.name);
        let place = *self.places.entry(key).or_insert_with(|| {
            let attribute = Attribute {
                member: Member {
                    r#type: None,
                    value: None,
                    ..member
                },
                values: Vec::new(),
            };
            self.found.push((shape, attribute));
            self.found.len() - 1
        });
        let attribute = &mut self.found[place].1;
        // Whichever method assigns it: methods run in any order.
        attribute.values.extend(member.value);
        attribute.member.r#type = attribute.member.r#type.or(member.r#type);
        attribute.member.symbol = attribute.member.symbol.or(member.symbol);
    }
}

impl Walk<'_> {
    /// Gives every class the members of its instances.
    pub(super) fn write_attributes(&mut self) {
        let attributes = std::mem::take(&mut self.attributes);
        for shape in attributes.classes {
            let shape = self.draft.shape_mut(shape);
            // An instance has what its class has, and what is assigned to `self` besides.
            shape.members = shape.statics.clone();
        }
        for (shape, attribute) in attributes.found {
            let members = &self.draft.facts.shapes[shape.index()].members;
            let known = members
                .iter()
                .position(|member| member.name == attribute.member.name);
            let before = known.and_then(|known| members[known].value);
            let values = before.into_iter().chain(attribute.values);
            // What the class itself gives it comes first: it is what an instance begins with.
            let value = Some(self.draft.any_of(values)).filter(|value| *value != UNKNOWN);
            let members = &mut self.draft.shape_mut(shape).members;
            match known {
                Some(known) => {
                    let member = &mut members[known];
                    // A method that is assigned over stays what it is declared as.
                    if member.kind == domain::facts::MemberKind::Property {
                        member.value = value;
                        member.r#type = member.r#type.or(attribute.member.r#type);
                    }
                }
                None => members.push(Member {
                    value,
                    ..attribute.member
                }),
            }
        }
    }
}
