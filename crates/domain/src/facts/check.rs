//! Whether all numbers of some facts are of things that they have.
//!
//! Goes through the facts as a serializer that writes nothing, so that a field or a variant that comes later is looked at too.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible};
use thiserror::Error;

use super::Facts;

/// Facts name something by a number that nothing in them has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("facts say {kind} {number} and have {limit}")]
pub struct UnknownNumber {
    /// The number's type.
    kind: &'static str,
    /// The number.
    number: u32,
    /// How many there are, counted from 0.
    limit: usize,
}

impl Facts {
    /// Fails unless all that the facts name by its number is in them. Whoever reads facts that another may have written asks this first:
    /// all others take the numbers for granted.
    pub fn check(&self) -> Result<(), UnknownNumber> {
        let mut checker = Checker {
            facts: self,
            kind: "",
            unknown: None,
        };
        match self.serialize(&mut checker) {
            Ok(()) => Ok(()),
            Err(Stopped) => checker.unknown.map_or(Ok(()), Err),
        }
    }
}

struct Checker<'f> {
    facts: &'f Facts,
    /// The type of the number that comes next; empty of one that names nothing.
    kind: &'static str,
    unknown: Option<UnknownNumber>,
}

impl Checker<'_> {
    /// Returns how many things of a kind there are; nothing for what is no kind of number.
    fn limit(&self, kind: &str) -> Option<usize> {
        let facts = self.facts;
        Some(match kind {
            "NameId" => facts.names.len(),
            "DeclarationId" => facts.declarations.len(),
            "ValueId" => facts.values.len(),
            "TypeId" => facts.types.len(),
            "ShapeId" => facts.shapes.len(),
            "FunctionId" => facts.functions.len(),
            "ContextId" => facts.contexts.len(),
            _ => return None,
        })
    }
}

/// Ends the walk through the facts; what was found is with the checker.
#[derive(Debug, Error)]
#[error("stopped")]
struct Stopped;

impl ser::Error for Stopped {
    fn custom<T: Display>(_: T) -> Stopped {
        Stopped
    }
}

/// Makes the methods for values that name nothing.
macro_rules! ignored {
    ($($method:ident($($type:ty),*);)+) => {
        $(fn $method(self, $(_: $type),*) -> Result<(), Stopped> {
            Ok(())
        })+
    };
}

/// Makes the methods that begin a list, a struct or a variant.
macro_rules! opened {
    ($($method:ident($($type:ty),*);)+) => {
        $(fn $method(self, $(_: $type),*) -> Result<Self, Stopped> {
            Ok(self)
        })+
    };
}

impl ser::Serializer for &mut Checker<'_> {
    type Ok = ();
    type Error = Stopped;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Impossible<(), Stopped>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    ignored! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    opened! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_tuple_variant(&'static str, u32, &'static str, usize);
        serialize_struct(&'static str, usize);
        serialize_struct_variant(&'static str, u32, &'static str, usize);
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Stopped>, Stopped> {
        Err(Stopped)
    }

    fn serialize_u32(self, number: u32) -> Result<(), Stopped> {
        let kind = std::mem::take(&mut self.kind);
        match self.limit(kind) {
            Some(limit) if number as usize >= limit => {
                self.unknown = Some(UnknownNumber {
                    kind,
                    number,
                    limit,
                });
                Err(Stopped)
            }
            _ => Ok(()),
        }
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Stopped> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Stopped> {
        self.kind = name;
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stopped> {
        value.serialize(self)
    }
}

/// Makes the ways through what has elements or fields.
macro_rules! through {
    ($($trait:ident::$method:ident($($key:ty)?);)+) => {
        $(impl ser::$trait for &mut Checker<'_> {
            type Ok = ();
            type Error = Stopped;

            fn $method<T: ?Sized + Serialize>(
                &mut self,
                $(_: $key,)?
                value: &T,
            ) -> Result<(), Stopped> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Stopped> {
                Ok(())
            }
        })+
    };
}

through! {
    SerializeSeq::serialize_element();
    SerializeTuple::serialize_element();
    SerializeTupleStruct::serialize_field();
    SerializeTupleVariant::serialize_field();
    SerializeStruct::serialize_field(&'static str);
    SerializeStructVariant::serialize_field(&'static str);
}

#[cfg(test)]
mod tests {
    use super::super::{
        Call, Declaration, DeclarationId, DeclaredValue, FunctionId, NameId, Reference,
        ReferenceKind, Target, Value, ValueId,
    };
    use super::*;
    use crate::Position;

    fn facts() -> Facts {
        Facts {
            references: vec![Reference {
                kind: ReferenceKind::Call,
                from: 7,
                name: NameId(1),
                position: Position::default(),
                target: Target::Value(ValueId(0)),
            }],
            names: vec!["a".to_owned(), "b".to_owned()],
            declarations: vec![Declaration::default()],
            values: vec![Value::Declared(DeclarationId(0)), Value::Unknown],
            stars: vec![NameId(0)],
            ..Facts::default()
        }
    }

    #[test]
    fn numbers_of_what_is_there_are_good() {
        assert_eq!(facts().check(), Ok(()));
        assert_eq!(Facts::default().check(), Ok(()));
    }

    #[test]
    fn numbers_of_nothing_are_named_wherever_they_stand() {
        type Damage = fn(&mut Facts);
        let damages: &[(Damage, &str)] = &[
            (
                |facts| facts.references[0].name = NameId(2),
                "NameId 2 and have 2",
            ),
            (
                |facts| facts.stars[0] = NameId(u32::MAX),
                "NameId 4294967295 and have 2",
            ),
            (
                |facts| facts.mixed_exports = vec![ValueId(2)],
                "ValueId 2 and have 2",
            ),
            (
                |facts| facts.references[0].target = Target::Value(ValueId(9)),
                "ValueId 9 and have 2",
            ),
            (
                |facts| facts.values[1] = Value::Element(ValueId(5), 9),
                "ValueId 5 and have 2",
            ),
            (
                |facts| {
                    facts.values[1] = Value::Call(Box::new(Call {
                        callee: ValueId(0),
                        arguments: vec![ValueId(1), ValueId(3)],
                        types: Vec::new(),
                        keywords: Vec::new(),
                    }));
                },
                "ValueId 3 and have 2",
            ),
            (
                |facts| facts.declarations[0].value = DeclaredValue::Functions(vec![FunctionId(0)]),
                "FunctionId 0 and have 0",
            ),
        ];
        for (damage, expected) in damages {
            let mut facts = facts();
            damage(&mut facts);
            let error = facts.check().unwrap_err().to_string();
            assert_eq!(error, format!("facts say {expected}"));
        }
    }
}
