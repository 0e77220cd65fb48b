//! What one file says about its names, as far as it is known without any other file.
//!
//! Resolution reads nothing else: with the facts of all files in hand, every reference can be followed without the sources.
//! Everything is numbered within its file, so that the facts of a file are a value of their own.

mod check;

use serde::{Deserialize, Serialize};

pub use check::UnknownNumber;

use crate::{Position, words};

/// Declares the number of something in one of the lists of [`Facts`].
macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident,)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
            pub struct $name(pub u32);

            impl $name {
                /// Returns the number as an index.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )+
    };
}

numbers! {
    /// A text in [`Facts::names`].
    NameId,
    /// A declared name in [`Facts::declarations`].
    DeclarationId,
    /// An expression in [`Facts::values`].
    ValueId,
    /// A type in [`Facts::types`].
    TypeId,
    /// A set of members in [`Facts::shapes`].
    ShapeId,
    /// A function or signature in [`Facts::functions`].
    FunctionId,
    /// A place that expects a type in [`Facts::contexts`].
    ContextId,
}

/// Declarations of one name that are followed where several make one thing together: overloads, and parts of an interface or namespace.
///
/// Every call is matched against every overload, so that their number bounds what a call can take. The most overloads known of a
/// library that people wrote by hand are some 90.
pub const SAME_NAME_MAX: usize = 256;

/// What one file says about its names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Uses of names, in source order.
    pub references: Vec<Reference>,
    /// Texts that the rest names by number.
    pub names: Vec<String>,
    /// Names declared in any scope of the file.
    pub declarations: Vec<Declaration>,
    /// Expressions, as far as they matter to where a name leads.
    pub values: Vec<Value>,
    /// Types as written.
    pub types: Vec<Type>,
    /// Classes, interfaces, enums, namespaces, object literals and type literals.
    pub shapes: Vec<Shape>,
    /// Functions and signatures.
    pub functions: Vec<Function>,
    /// Places that expect a type of the expression in them.
    pub contexts: Vec<Context>,
    /// What other modules can import, by name.
    pub exports: Vec<Export>,
    /// Specifiers of `export * from`.
    pub stars: Vec<NameId>,
    /// `module.exports = …` or `export = …`.
    pub whole_export: Option<WholeExport>,
    /// Values whose members are exported, too: `Object.assign(module.exports, value)`.
    pub mixed_exports: Vec<ValueId>,
    /// It exports as CommonJS modules do, so that all of it is what `import name from` gives.
    pub is_common_js: bool,
    /// The package that the file makes together with others of its folder, in a language of such packages.
    pub package: Option<Package>,
    /// Members that stand outside of the types that they belong to.
    pub extensions: Vec<Extension>,
    /// It is no module: other files can use its top-level names without importing them.
    pub is_script: bool,
    /// Names that other files can use without importing them.
    pub globals: Vec<Global>,
    /// Declarations that add to what other modules export.
    pub augmentations: Vec<Augmentation>,
}

impl Facts {
    /// Returns a text by its number.
    pub fn name(&self, name: NameId) -> &str {
        &self.names[name.index()]
    }

    /// Returns about how many bytes of memory the facts take.
    pub fn n_bytes(&self) -> usize {
        fn of<T>(list: &[T], n_beside: usize) -> usize {
            list.len() * (size_of::<T>() + n_beside)
        }
        // What an allocation of a few bytes takes.
        const SMALL: usize = 48;
        let names: usize = self.names.iter().map(String::len).sum();
        let members = |shape: &Shape| shape.members.len() + shape.statics.len();
        let members: usize = self.shapes.iter().map(members).sum();
        let parameters = self.functions.iter();
        let parameters: usize = parameters.map(|function| function.parameters.len()).sum();
        names
            + of(&self.references, 0)
            + of(&self.names, SMALL)
            + of(&self.declarations, 0)
            + of(&self.values, SMALL / 2)
            + of(&self.types, SMALL / 2)
            + of(&self.shapes, SMALL)
            + of(&self.functions, SMALL)
            + members * size_of::<Member>()
            + parameters * size_of::<Parameter>()
            + of(&self.contexts, 0)
    }

    /// Returns whether something is declared here that other files see without importing this one.
    pub fn is_shared(&self) -> bool {
        !self.globals.is_empty() || !self.augmentations.is_empty()
    }
}

words! {
    /// How a name is used.
    ReferenceKind {
        /// Called; the position is that of the callee's name.
        Call = "call",
        /// Called as the tag of a template.
        TaggedTemplate = "tagged_template",
        /// Applied as a decorator.
        Decorator = "decorator",
        /// Instantiated with `new`.
        New = "new",
        /// Rendered as a JSX element.
        Jsx = "jsx",
        /// The base of a class or interface.
        Extends = "extends",
        /// An interface that a class implements.
        Implements = "implements",
        /// Used as a type.
        Type = "type",
        /// A module imported by specifier: one reference for each imported name, or one with an empty name for side effects.
        Import = "import",
        /// A name, or `*`, exported again from another module, or a name of this file exported other than by its declaration.
        ReExport = "re_export",
        /// `import("…")` with a literal specifier.
        DynamicImport = "dynamic_import",
        /// `require("…")` with a literal specifier.
        Require = "require",
        /// `import("…")` in a type.
        ImportType = "import_type",
        /// Imported for types only: `import type`, or a name that the file uses as nothing but a type.
        TypeImport = "type_import",
        /// Exported again for types only: `export type … from`.
        TypeReExport = "type_re_export",
        /// A value passed to a call or instantiation.
        Argument = "argument",
        /// A value that a variable is initialised with: another name for it.
        Alias = "alias",
        /// A value in an object literal under its own name: `{ name }`.
        Shorthand = "shorthand",
        /// A value that is taken where none is given: of a parameter or in a pattern.
        Default = "default",
        /// A value assigned to something: a variable, a property, a field.
        Assigned = "assigned",
        /// A value that a function returns.
        Returned = "returned",
        /// A value in an array literal.
        Element = "element",
        /// A function called through `call`, `apply` or `bind`.
        MemberCall = "member_call",
        /// A value given to an attribute of a JSX element.
        JsxAttribute = "jsx_attribute",
        /// A value that is read in any other way.
        Read = "read",
        /// A variable or property that is assigned to.
        Written = "written",
        /// A definition of another module that this one exports again by name.
        Exported = "exported",
        /// A parameter of a test, or of another fixture, that asks for a fixture by its name.
        Fixture = "fixture",
    }
}

impl ReferenceKind {
    /// Returns whether a value is used without being called, made or rendered.
    pub fn is_use(self) -> bool {
        matches!(
            self,
            ReferenceKind::Argument
                | ReferenceKind::Alias
                | ReferenceKind::Shorthand
                | ReferenceKind::Default
                | ReferenceKind::Assigned
                | ReferenceKind::Returned
                | ReferenceKind::Element
                | ReferenceKind::MemberCall
                | ReferenceKind::JsxAttribute
                | ReferenceKind::Read
                | ReferenceKind::Written
                | ReferenceKind::Exported
        )
    }

    /// Returns whether a name is used where it stands, rather than imported or exported again.
    pub fn is_of_name(self) -> bool {
        self.is_use()
            || matches!(
                self,
                ReferenceKind::Type
                    | ReferenceKind::New
                    | ReferenceKind::Extends
                    | ReferenceKind::Implements
            )
    }

    /// Returns whether nothing of it is left when the program runs.
    pub fn is_type_only(self) -> bool {
        matches!(
            self,
            ReferenceKind::Type
                | ReferenceKind::Implements
                | ReferenceKind::ImportType
                | ReferenceKind::TypeImport
                | ReferenceKind::TypeReExport
        )
    }
}

/// A use of a name at a position, not yet resolved to its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// How the name is used.
    pub kind: ReferenceKind,
    /// Index of the innermost enclosing symbol among the file's symbols.
    pub from: u32,
    /// The name as used here; the local name for imports.
    pub name: NameId,
    /// Where the name stands.
    pub position: Position,
    /// What has to be followed to find its definition.
    pub target: Target,
}

/// What a reference uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A value.
    Value(ValueId),
    /// A type.
    Type(TypeId),
    /// A name of another module: `*` for the module itself, empty for its side effects.
    Module {
        /// The module specifier as written.
        specifier: NameId,
        /// The name over there.
        name: NameId,
    },
    /// Nothing that can be followed: the file could only be read in part, so that its scopes are unknown.
    Unknown,
}

/// A declared name and what it stands for as a value and as a type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Declaration {
    /// The symbol of the value, if it is one.
    pub symbol: Option<u32>,
    /// The symbol of the type, if it is one.
    pub type_symbol: Option<u32>,
    /// What the name is as a value.
    pub value: DeclaredValue,
    /// What the name is as a type.
    pub r#type: DeclaredType,
    /// Members assigned to it later: `name.member = …`.
    pub assigned: Vec<Member>,
}

/// What a declared name is as a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum DeclaredValue {
    /// Nothing.
    #[default]
    None,
    /// Imported: `*` is the module's namespace.
    Import {
        /// The module specifier as written.
        specifier: NameId,
        /// The name over there.
        name: NameId,
    },
    /// A function with its overloads; the implementation, if there is one, is last.
    Functions(Vec<FunctionId>),
    /// The static side of a class, enum or namespace.
    Static(ShapeId),
    /// A variable or parameter.
    Variable {
        /// Its annotation.
        r#type: Option<TypeId>,
        /// What it is initialised with.
        value: Option<ValueId>,
        /// Taken out of a pattern: the name stands for a member of something, not for a place of its own.
        is_destructured: bool,
    },
}

/// What a declared name is as a type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum DeclaredType {
    /// Nothing.
    #[default]
    None,
    /// Imported; the value says from where.
    Import,
    /// Instances of classes and interfaces: several where declarations are merged.
    Instance(Vec<ShapeId>),
    /// A type alias.
    Alias {
        /// What it takes.
        parameters: Vec<DeclarationId>,
        /// What it stands for.
        r#type: TypeId,
    },
    /// A type parameter.
    Parameter {
        /// What it extends.
        constraint: Option<TypeId>,
        /// What it is when not given.
        default: Option<TypeId>,
    },
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Nothing is known of it.
    Unknown,
    /// A name declared in the file.
    Declared(DeclarationId),
    /// A name declared nowhere in the file.
    Global(NameId),
    /// `this` in an instance of a shape.
    This(ShapeId),
    /// `this` in the static side of a class.
    StaticThis(ShapeId),
    /// `super` in an instance of a class.
    Super(ShapeId),
    /// `super` in the static side of a class.
    StaticSuper(ShapeId),
    /// A member by name.
    Member(ValueId, NameId),
    /// An element by its place.
    Element(ValueId, u32),
    /// Any element or member, by a key that is not known.
    AnyElement(ValueId),
    /// What iterating gives.
    Iterated(ValueId),
    /// What calling gives.
    Call(Box<Call>),
    /// What `new` gives.
    New(Box<Call>),
    /// What awaiting gives.
    Await(ValueId),
    /// A module's namespace, by specifier.
    Module(NameId),
    /// `module.exports`: what the file itself is as a module.
    Exports,
    /// A promise of a module's namespace, by specifier.
    ImportedModule(NameId),
    /// An object literal.
    Object(ShapeId),
    /// An array literal.
    Array(Vec<ValueId>),
    /// A function expression.
    Function(FunctionId),
    /// A class expression.
    Class(ShapeId),
    /// An expression of a type that is written down.
    Typed(TypeId),
    /// The parameter of a function by its place; for a rest parameter the array.
    Parameter(FunctionId, u32),
    /// One of several.
    Either(Vec<ValueId>),
    /// An instance of the global interface of this name: literals and operators.
    Primitive(NameId),
    /// What calling gives where a class is instantiated by calling it.
    Invoke(Box<Call>),
    /// An instance of the global generic class of this name, whose type arguments are the types of values.
    Holds(NameId, Vec<ValueId>),
    /// What a subscript gives: an element of a tuple by its place if that is written down, else what a method gives.
    Item {
        /// What is subscripted.
        object: ValueId,
        /// The place, counted from the end if negative.
        place: Option<i32>,
        /// The call of the method that subscripts.
        get: ValueId,
    },
    /// One of several, as control flow decides; may lead back to itself.
    Merged(Vec<ValueId>),
    /// The first of two of which anything is known.
    OrElse(ValueId, ValueId),
    /// A value that was found to be an instance of one of these classes.
    Narrowed(ValueId, Vec<ValueId>),
    /// A value that was found to be an instance of none of these classes.
    Excluded(ValueId, Vec<ValueId>),
    /// A value that was assigned to something of a declared type: whichever says more.
    Within(ValueId, TypeId),
    /// A literal.
    Literal(Literal),
    /// A value where a test of it turned out one way.
    Tested {
        /// What was tested.
        value: ValueId,
        /// For what.
        test: Test,
        /// Whether it is so.
        holds: bool,
    },
    /// A name inside of classes that may inherit it: a member of the innermost that has one, else what it is around them.
    Scoped {
        /// The classes, innermost first.
        shapes: Vec<ShapeId>,
        /// The name.
        name: NameId,
        /// What it is around them.
        otherwise: ValueId,
    },
    /// A method that is named and not called, as the place of the name expects it.
    MethodReference {
        /// What has the method: a class or an instance.
        object: ValueId,
        /// Its name; `new` is the constructor.
        name: NameId,
        /// Where it stands, if that place expects a type.
        context: Option<ContextId>,
    },
    /// What adding gives: a text if one of the two is one, else the wider of two numbers.
    Sum(ValueId, ValueId),
}

/// A literal text, number or truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Literal {
    /// The global interface that it is an instance of.
    pub of: NameId,
    /// What is written.
    pub text: NameId,
}

/// What a value can be tested for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Test {
    /// To be an instance of a class: `value instanceof Class`.
    InstanceOf(ValueId),
    /// To be what `typeof` calls so.
    TypeOf(NameId),
    /// To have a member: `"name" in value`.
    Has(NameId),
    /// To have a member that is a literal: `value.kind === "name"`.
    MemberIs(NameId, Literal),
    /// To be what a function says that it is, whose result type is a predicate of the parameter at a place.
    Guard(ValueId, u32),
}

/// A call or instantiation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub callee: ValueId,
    /// Arguments in order; a spread ends the list.
    pub arguments: Vec<ValueId>,
    /// Type arguments as written.
    pub types: Vec<TypeId>,
    /// Names of the last arguments, where arguments are given by name.
    pub keywords: Vec<NameId>,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Type {
    /// Nothing is known of it.
    Unknown,
    /// A name declared in the file, then members of it (`a.B.C`), with type arguments.
    Declared {
        /// The first name.
        declaration: DeclarationId,
        /// Names after the first.
        path: Vec<NameId>,
        /// Type arguments.
        arguments: Vec<TypeId>,
    },
    /// A name declared nowhere in the file.
    Global {
        /// The first name and those after it.
        path: Vec<NameId>,
        /// Type arguments.
        arguments: Vec<TypeId>,
    },
    /// `import("…").A`, or the module itself without a path after `typeof`.
    Import {
        /// The module specifier as written.
        specifier: NameId,
        /// Names after it.
        path: Vec<NameId>,
        /// Type arguments.
        arguments: Vec<TypeId>,
    },
    /// `{ … }`.
    Shape(ShapeId),
    /// `(…) => …`.
    Function(FunctionId),
    /// `new (…) => …`.
    Constructor(FunctionId),
    /// `this`.
    This,
    /// `A | B`.
    Union(Vec<TypeId>),
    /// `A & B`.
    Intersection(Vec<TypeId>),
    /// `A[]`.
    Array(TypeId),
    /// `[A, B]`; a rest element ends it.
    Tuple(Vec<TypeId>),
    /// `typeof value`.
    Query(ValueId),
    /// `A["name"]`.
    Indexed(TypeId, NameId),
    /// `A[…]` by any other key.
    AnyIndexed(TypeId),
    /// `C extends D ? A : B`.
    Conditional {
        /// The type that is tested.
        check: TypeId,
        /// What it is tested against.
        extends: TypeId,
        /// The type if so.
        yes: TypeId,
        /// The type if not.
        no: TypeId,
    },
    /// `{ [K in keyof A]: … }`.
    Mapped {
        /// `A`, if the keys are another type's.
        of: Option<TypeId>,
        /// What each member is, unless the very member of `of`.
        value: Option<TypeId>,
    },
    /// `infer A`.
    Infer(DeclarationId),
    /// A class itself, by the type of its instances.
    ClassOf(TypeId),
    /// A literal.
    Literal(Literal),
    /// What a function returns that shows whether the parameter at a place is of a type.
    Predicate(u32, TypeId),
    /// A name inside of classes that may inherit it, and names after it: a type in the innermost that has one, else what it is for the
    /// whole file.
    Scoped {
        /// The classes, innermost first.
        shapes: Vec<ShapeId>,
        /// What the first name is around them, if the file declares it.
        declaration: Option<DeclarationId>,
        /// The first name and those after it.
        path: Vec<NameId>,
        /// Type arguments.
        arguments: Vec<TypeId>,
    },
    /// A type argument by name: `Item = A`.
    Named {
        /// The name.
        name: NameId,
        /// What it is given.
        r#type: TypeId,
    },
}

words! {
    /// What a member of a shape is.
    MemberKind {
        /// A method.
        Method = "method",
        /// A `get` accessor.
        Getter = "getter",
        /// A `set` accessor.
        Setter = "setter",
        /// Anything else.
        Property = "property",
    }
}

/// A member of a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its name; private names begin with `#`.
    pub name: NameId,
    /// What it is.
    pub kind: MemberKind,
    /// Its symbol, if it is one.
    pub symbol: Option<u32>,
    /// Its annotation.
    pub r#type: Option<TypeId>,
    /// Its initialiser, or its function.
    pub value: Option<ValueId>,
}

/// Members under one name or of one expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// The symbol that it is, for a declaration.
    pub symbol: Option<u32>,
    /// Type parameters.
    pub parameters: Vec<DeclarationId>,
    /// Members of instances.
    pub members: Vec<Member>,
    /// Members of the class itself, of an enum or of a namespace.
    pub statics: Vec<Member>,
    /// What a class inherits from where it may be from several, in order; then `base` is empty.
    pub bases: Vec<Base>,
    /// What a class extends.
    pub base: Option<ValueId>,
    /// Type arguments of the base.
    pub base_types: Vec<TypeId>,
    /// What an interface extends.
    pub extends: Vec<TypeId>,
    /// What a class implements.
    pub implements: Vec<TypeId>,
    /// Call signatures.
    pub calls: Vec<FunctionId>,
    /// Construct signatures and constructors.
    pub constructors: Vec<FunctionId>,
    /// What an index signature gives.
    pub index: Option<TypeId>,
    /// `...value` in an object literal.
    pub spreads: Vec<ValueId>,
    /// An interface, where classes implement interfaces and extend classes.
    pub is_interface: bool,
}

/// One of the classes that a class inherits from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// The class.
    pub class: ValueId,
    /// Its type arguments.
    pub types: Vec<TypeId>,
}

/// A function or signature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The symbol that it is.
    pub symbol: Option<u32>,
    /// Type parameters.
    pub type_parameters: Vec<DeclarationId>,
    /// Parameters in order, without `this`.
    pub parameters: Vec<Parameter>,
    /// The annotation of what it returns.
    pub returns: Option<TypeId>,
    /// The expressions after `return`.
    pub returned: Vec<ValueId>,
    /// Declared `async`.
    pub is_async: bool,
    /// A generator.
    pub is_generator: bool,
    /// Where it stands, if that place expects a type.
    pub context: Option<ContextId>,
    /// What `new` makes of it: what it assigns to `this`, and the members of its prototype.
    pub instance: Option<ShapeId>,
    /// A method that neither overrides another nor is overridden: private, or its class's own.
    pub is_own: bool,
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its annotation.
    pub r#type: Option<TypeId>,
    /// Its default.
    pub default: Option<ValueId>,
    /// May be left out.
    pub is_optional: bool,
    /// Takes all that follow.
    pub is_rest: bool,
    /// Its name, where arguments can be given by name.
    pub name: Option<NameId>,
}

/// A place that expects a type of the expression in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Context {
    /// An argument of a call or instantiation, by its place.
    Argument(ValueId, u32),
    /// The initialiser of something annotated.
    Typed(TypeId),
    /// A property of an object literal that stands in another such place.
    Member(ContextId, NameId),
    /// An element of an array literal that stands in another such place.
    Element(ContextId, u32),
    /// What a function returns.
    Returned(FunctionId),
    /// The right side of an assignment to a value.
    Assigned(ValueId),
}

/// The package that a file is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name; files of one folder may be of several packages.
    pub name: NameId,
    /// The usual build takes the file: where several files of the package define a name, one that it takes is preferred.
    pub is_usual: bool,
}

/// A member of a type that is declared elsewhere in the package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extension {
    /// The name of the type.
    pub of: NameId,
    /// What the member calls the type parameters of the type, in their order.
    pub parameters: Vec<DeclarationId>,
    /// The member.
    pub member: Member,
}

/// What a module is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeExport {
    /// The expression; of several assignments, any of them.
    pub value: ValueId,
    /// Its symbol, if it is one.
    pub symbol: Option<u32>,
}

/// A name that other modules can import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The name they use.
    pub name: NameId,
    /// What it leads to.
    pub target: ExportTarget,
}

/// What an export leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExportTarget {
    /// A name of this file.
    Declared(DeclarationId),
    /// An expression, with its symbol if it is one.
    Value {
        /// The expression.
        value: ValueId,
        /// Its symbol.
        symbol: Option<u32>,
    },
    /// A name of another module: `*` is its namespace.
    Module {
        /// The module specifier as written.
        specifier: NameId,
        /// The name over there.
        name: NameId,
    },
}

/// A name that other files can use without importing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    /// The name they use.
    pub name: NameId,
    /// What it leads to.
    pub declaration: DeclarationId,
    /// Modules can use it as well: a type, or declared as ambient. Whatever else a script defines is for scripts.
    pub is_ambient: bool,
}

/// A declaration that adds to what another module exports: inside of `declare module "…"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Augmentation {
    /// The module specifier as written.
    pub specifier: NameId,
    /// The name over there.
    pub name: NameId,
    /// What is added to it.
    pub declaration: DeclarationId,
}
