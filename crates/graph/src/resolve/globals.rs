//! Names that no file imports: what scripts share, and what is declared for all.

use domain::facts::{DeclaredType, DeclaredValue};

use super::Files;
use super::atoms::{Atom, DeclarationAt, Env, ShapeAt, Ty};
use super::entities::{Entity, Side};
use super::evaluator::Evaluator;
use super::exports::Exported;

/// A declaration that other files see without importing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedName {
    /// Which.
    pub at: DeclarationAt,
    /// It may be one of several of the same name, as ambient declarations are.
    pub is_ambient: bool,
}

/// Returns the declaration that a file exports under a name, through what it exports again.
pub fn exported_declaration(files: &dyn Files, file: u32, name: &str) -> Option<DeclarationAt> {
    match Evaluator::new(files, file).exported(file, name)? {
        Exported::Declaration(at) => Some(at),
        _ => None,
    }
}

/// What a name means that its file does not declare.
pub(super) enum Global {
    /// What the language, the platform or the repository declares.
    Declared(DeclarationAt),
    /// One of several, and nothing says which.
    Ambiguous,
    /// Nothing in the repository.
    Outside,
}

impl Evaluator<'_> {
    /// Returns what a name means as a value that its file does not declare.
    pub(super) fn global(&mut self, file: u32, name: &str) -> Global {
        if let Some(at) = self.library(name) {
            return Global::Declared(at);
        }
        let shared = self.files.globals(file, name);
        let mut values = Vec::new();
        for found in shared {
            match self.declaration(found.at).value {
                DeclaredValue::None | DeclaredValue::Import { .. } => {}
                // Namespaces and enums may be declared in parts.
                DeclaredValue::Static(_) => values.push((found.at, true)),
                _ => values.push((found.at, found.is_ambient)),
            }
        }
        match values[..] {
            [] => Global::Outside,
            [(at, _)] => Global::Declared(at),
            // Parts of one namespace, or one variable that is declared more than once.
            [(at, _), ..]
                if values
                    .iter()
                    .all(|(_, may_be_one_of_several)| *may_be_one_of_several) =>
            {
                Global::Declared(at)
            }
            _ => Global::Ambiguous,
        }
    }

    /// Returns what a name means as a type that its file does not declare.
    pub(super) fn global_type(&mut self, file: u32, name: &str) -> Option<DeclarationAt> {
        self.library(name).or_else(|| {
            let shared = self.files.globals(file, name);
            shared.into_iter().map(|found| found.at).find(|at| {
                let declaration = self.declaration(*at);
                declaration.r#type != DeclaredType::None
                    || matches!(declaration.value, DeclaredValue::Static(_))
            })
        })
    }

    /// The global object has what scripts declare.
    pub(super) fn global_member(&mut self, file: u32, object: &str, name: &str) -> Option<Entity> {
        if !matches!(object, "globalThis" | "window" | "self" | "global") {
            return None;
        }
        // `interface Window { app: App }` is how programs declare what they put there.
        if let Some(at) = self.global_type(file, "Window")
            && let Some(found) = self
                .instance_of(at, &[])
                .iter()
                .find_map(|atom| match atom {
                    Atom::Instance(at, env) => self.merged_member(*at, env, name),
                    _ => None,
                })
        {
            return Some(found);
        }
        match self.global(file, name) {
            Global::Declared(at) if !self.files.is_library(at.file) => {
                Some(Entity::Declaration(at))
            }
            _ => None,
        }
    }

    /// Returns a member of a shape or of one that it is merged with.
    fn merged_member(&mut self, at: ShapeAt, env: &Env, name: &str) -> Option<Entity> {
        match self.position(at, Side::Instance, name) {
            Some(index) => Some(Entity::Member {
                shape: at,
                side: Side::Instance,
                index,
                env: env.clone(),
            }),
            None => self.member_of_parts(at, Side::Instance, env, name, None),
        }
    }

    /// Looks a member up in the other parts of a shape.
    pub(super) fn member_of_parts(
        &mut self,
        at: ShapeAt,
        side: Side,
        env: &Env,
        name: &str,
        this: Option<&Ty>,
    ) -> Option<Entity> {
        let parts = self.files.merged(at).iter();
        for part in parts.filter(|part| **part != at) {
            let shape = self.shape(*part);
            let env = match this {
                Some(this) => env.with_this(this.clone()),
                None => env.clone(),
            };
            if let Some(index) = self.position(*part, side, name) {
                return Some(Entity::Member {
                    shape: *part,
                    side,
                    index,
                    env,
                });
            }
            for base in &shape.extends {
                let bases = self.written_type(part.file, *base, &env);
                if let Some(found) = self.member(&bases, name) {
                    return Some(found);
                }
            }
        }
        None
    }
}
