//! Types that JavaScript writes in comments.

use super::*;
use oxc::allocator::Allocator;
use oxc::span::SourceType;

/// Longer types, or such as nest deeper, are no documentation.
const MAX_TYPE_BYTES: usize = 2_000;
const MAX_TYPE_DEPTH: usize = 40;
/// What may stand between a comment and the function that it is about: `export const name =`.
const MAX_GAP_BYTES: usize = 200;

/// The comments of a file that can say types, in source order.
pub(in crate::ecmascript::oxc_outline) struct Docs<'t, 'p> {
    allocator: &'p Allocator,
    text: &'t str,
    comments: Vec<(u32, u32)>,
}

/// What a comment says of a function.
#[derive(Default)]
pub(super) struct FunctionDoc {
    pub(super) type_parameters: Vec<DeclarationId>,
    parameters: Vec<(String, TypeId)>,
    pub(super) returns: Option<TypeId>,
}

impl FunctionDoc {
    /// Returns what is said of a parameter, by its name; of one without a name, by its place.
    pub(super) fn parameter(&self, pattern: &BindingPattern, place: usize) -> Option<TypeId> {
        let found = match pattern {
            BindingPattern::BindingIdentifier(id) => {
                let mut parameters = self.parameters.iter();
                parameters.find(|(name, _)| id.name == name.as_str())
            }
            _ => self.parameters.get(place),
        };
        found.map(|(_, r#type)| *r#type)
    }
}

/// `@name {type} rest`
struct Tag<'d> {
    name: &'d str,
    r#type: Option<&'d str>,
    rest: &'d str,
    at: u32,
}

impl<'t, 'p> Docs<'t, 'p> {
    /// Takes the documenting ones among `comments`.
    pub(in crate::ecmascript::oxc_outline) fn new(
        allocator: &'p Allocator,
        text: &'t str,
        comments: &[(u32, u32)],
    ) -> Docs<'t, 'p> {
        let says_types = |(start, end): &&(u32, u32)| {
            let comment = &text[*start as usize..*end as usize];
            comment.starts_with("/**") && comment.contains('@')
        };
        Docs {
            allocator,
            text,
            comments: comments.iter().filter(says_types).copied().collect(),
        }
    }

    /// Returns the comment about what begins at an offset.
    fn about(&self, offset: u32) -> Option<(u32, u32)> {
        let end = self.comments.partition_point(|range| range.1 <= offset);
        let range = *self.comments.get(end.checked_sub(1)?)?;
        let gap = &self.text[range.1 as usize..offset as usize];
        // Between a comment and what it is about stand a few words at most, and no other statement.
        let is_about = gap.len() <= MAX_GAP_BYTES && !gap.contains([';', '{', '}', '(', ')', ',']);
        is_about.then_some(range)
    }

    fn tags(&self, (start, end): (u32, u32)) -> Vec<Tag<'t>> {
        let comment = &self.text[start as usize..end as usize];
        let comment = comment.strip_suffix("*/").unwrap_or(comment);
        let mut found = Vec::new();
        for (offset, _) in comment.match_indices('@') {
            let line = comment[..offset].rsplit('\n').next().unwrap_or_default();
            // A tag begins its line: an address in prose does not.
            if !line.trim_matches([' ', '\t', '*', '/']).is_empty() {
                continue;
            }
            let text = &comment[offset + 1..];
            let n_name = text
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(text.len());
            let (name, after) = text.split_at(n_name);
            let after = after.trim_start_matches([' ', '\t']);
            let (r#type, after) = match braced(after) {
                Some((r#type, after)) => (Some(r#type), after),
                None => (None, after),
            };
            found.push(Tag {
                name,
                r#type,
                rest: after.lines().next().unwrap_or_default().trim(),
                at: start + offset as u32,
            });
        }
        found
    }
}

/// Splits `{type}` off.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (offset, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (offset > 0).then(|| (&text[1..offset], &text[offset + 1..]));
        }
    }
    None
}

/// Returns the name that a tag speaks of: `name`, `[name]`, `[name=default]`.
fn spoken_of(rest: &str) -> &str {
    let rest = rest.trim_start_matches('[');
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
    &rest[..end]
}

/// Returns a type as TypeScript writes it; nothing for one that says nothing.
fn plain(text: &str) -> Option<String> {
    let lines = text.lines().map(|line| line.trim().trim_start_matches('*'));
    let text = lines.collect::<Vec<_>>().join(" ");
    let text = text.trim().trim_end_matches('=');
    let (text, is_rest) = match text.strip_prefix("...") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let text = text
        .trim_start_matches(['?', '!'])
        .trim_end_matches(['?', '!']);
    let n_open = text.matches(['(', '[', '{', '<']).count();
    // Closure's ways of saying "anything".
    let says_nothing = matches!(text, "" | "*" | "any" | "Object" | "object" | "Function");
    if says_nothing || text.len() > MAX_TYPE_BYTES || n_open > MAX_TYPE_DEPTH {
        return None;
    }
    // Closure writes `Array.<T>` and `Object<K, V>`.
    let text = text.replace(".<", "<").replace("Object<", "Record<");
    Some(match is_rest {
        true => format!("({text})[]"),
        false => text,
    })
}

impl<'p> Draft<'_, 'p> {
    /// Returns the type that a comment about what begins at an offset says it has.
    pub(in crate::ecmascript::oxc_outline) fn documented_type(
        &mut self,
        offset: u32,
    ) -> Option<TypeId> {
        let range = self.docs.about(offset)?;
        self.type_tag(range)
    }

    /// Returns the type of `/** @type {…} */ (…)`, where the parenthesis is at an offset.
    pub(super) fn documented_cast(&mut self, offset: u32) -> Option<TypeId> {
        let range = self.docs.about(offset)?;
        let gap = &self.docs.text[range.1 as usize..offset as usize];
        match gap.trim().is_empty() {
            true => self.type_tag(range),
            false => None,
        }
    }

    fn type_tag(&mut self, range: (u32, u32)) -> Option<TypeId> {
        let tags = self.docs.tags(range);
        let tag = tags.iter().find(|tag| tag.name == "type")?;
        self.type_in_comment(tag.r#type?, tag.at)
    }

    /// Returns what a comment says of the function that begins at an offset.
    pub(super) fn documented_function(&mut self, offset: u32) -> FunctionDoc {
        match self.docs.about(offset) {
            Some(range) => {
                let tags = self.docs.tags(range);
                self.function_doc(&tags)
            }
            None => FunctionDoc::default(),
        }
    }

    fn function_doc(&mut self, tags: &[Tag<'_>]) -> FunctionDoc {
        let mut doc = FunctionDoc::default();
        let outer = self.doc_names.clone();
        doc.type_parameters = self.templates(tags);
        for tag in tags
            .iter()
            .filter(|tag| matches!(tag.name, "param" | "arg"))
        {
            let name = spoken_of(tag.rest);
            // A member of a parameter, which is read with the parameter.
            if name.contains('.') {
                continue;
            }
            let r#type = match tag.r#type {
                Some(r#type) => self.type_in_comment(r#type, tag.at),
                None => None,
            };
            let r#type = r#type.or_else(|| self.described_object(tags, name));
            doc.parameters
                .push((name.to_owned(), r#type.unwrap_or(TypeId(0))));
        }
        let mut returns = tags
            .iter()
            .filter(|tag| matches!(tag.name, "returns" | "return"));
        if let Some(tag) = returns.next()
            && let Some(r#type) = tag.r#type
        {
            doc.returns = self.type_in_comment(r#type, tag.at);
        }
        self.doc_names = outer;
        doc
    }

    /// `@template T`: names that stand for types in the same comment.
    fn templates(&mut self, tags: &[Tag<'_>]) -> Vec<DeclarationId> {
        let mut found = Vec::new();
        for tag in tags.iter().filter(|tag| tag.name == "template") {
            let constraint = match tag.r#type {
                Some(r#type) => self.type_in_comment(r#type, tag.at),
                None => None,
            };
            let names = tag.rest.split(',').map(spoken_of);
            for name in names.filter(|name| !name.is_empty()) {
                let parameter = DeclaredType::Parameter {
                    constraint,
                    default: None,
                };
                found.push(self.declare_in_comment(name, parameter));
            }
        }
        found
    }

    /// `@param {Type} name.member`: what is said of the members of a parameter.
    fn described_object(&mut self, tags: &[Tag<'_>], name: &str) -> Option<TypeId> {
        let mut members = Vec::new();
        for tag in tags {
            let spoken = spoken_of(tag.rest);
            let member = spoken
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('.'))
                .filter(|member| !member.is_empty() && !member.contains('.'));
            if let (Some(member), Some(r#type)) = (member, tag.r#type) {
                members.push((member.to_owned(), self.type_in_comment(r#type, tag.at)));
            }
        }
        self.object_of(members)
    }

    fn object_of(&mut self, members: Vec<(String, Option<TypeId>)>) -> Option<TypeId> {
        if members.is_empty() {
            return None;
        }
        let members = members.into_iter().map(|(name, r#type)| Member {
            name: self.name(&name),
            kind: MemberKind::Property,
            symbol: None,
            r#type,
            value: None,
        });
        let shape = Shape {
            members: members.collect(),
            ..Shape::default()
        };
        let shape = self.push_shape(shape);
        Some(self.push_type(Type::Shape(shape)))
    }

    fn declare_in_comment(&mut self, name: &str, r#type: DeclaredType) -> DeclarationId {
        let id = DeclarationId(self.facts.declarations.len() as u32);
        self.facts.declarations.push(Declaration {
            r#type,
            ..Declaration::default()
        });
        self.doc_names.insert(name.to_owned(), id);
        id
    }

    /// Declares what `@typedef` and `@callback` name, for the file and for those who import it.
    pub(in crate::ecmascript::oxc_outline) fn declare_typedefs(&mut self) {
        let mut declared = Vec::new();
        for range in self.docs.comments.clone() {
            let tags = self.docs.tags(range);
            let mut defines = tags.iter();
            let Some(tag) = defines.find(|tag| matches!(tag.name, "typedef" | "callback")) else {
                continue;
            };
            let name = spoken_of(tag.rest);
            if !name.is_empty() && !name.contains('.') && self.named_in_comment(name).is_none() {
                // All names first: they may speak of each other.
                let id = self.declare_in_comment(name, DeclaredType::None);
                let is_function = tag.name == "callback";
                let what = (tag.r#type, tag.at);
                declared.push((id, name.to_owned(), is_function, what, range));
            }
        }
        for (id, name, is_function, (written, at), range) in declared {
            let tags = self.docs.tags(range);
            let outer = self.doc_names.clone();
            let parameters = self.templates(&tags);
            let r#type = match is_function {
                true => Some(self.callback(&tags)),
                false => self.typedef(&tags, written, at),
            };
            self.doc_names = outer;
            if let Some(r#type) = r#type {
                self.facts.declarations[id.index()].r#type =
                    DeclaredType::Alias { parameters, r#type };
                // What a comment defines, `import("./file").Name` finds, as with TypeScript.
                self.export(&name, ExportTarget::Declared(id));
            }
        }
    }

    fn typedef(&mut self, tags: &[Tag<'_>], written: Option<&str>, at: u32) -> Option<TypeId> {
        let written = match written {
            Some(written) => self.type_in_comment(written, at),
            None => None,
        };
        written.or_else(|| {
            let mut members = Vec::new();
            for tag in tags
                .iter()
                .filter(|tag| matches!(tag.name, "property" | "prop"))
            {
                let r#type = match tag.r#type {
                    Some(r#type) => self.type_in_comment(r#type, tag.at),
                    None => None,
                };
                members.push((spoken_of(tag.rest).to_owned(), r#type));
            }
            self.object_of(members)
        })
    }

    fn callback(&mut self, tags: &[Tag<'_>]) -> TypeId {
        let doc = self.function_doc(tags);
        let parameters = doc.parameters.iter().map(|(_, r#type)| Parameter {
            r#type: Some(*r#type),
            default: None,
            is_optional: false,
            is_rest: false,
            name: None,
        });
        let function = Function {
            parameters: parameters.collect(),
            returns: doc.returns,
            ..Function::default()
        };
        let id = FunctionId(self.facts.functions.len() as u32);
        self.facts.functions.push(function);
        self.push_type(Type::Function(id))
    }

    /// Returns what a name in a comment stands for: what a comment defines, else what the file declares at its top.
    pub(super) fn named_in_comment(&self, name: &str) -> Option<DeclarationId> {
        self.doc_names.get(name).copied().or_else(|| {
            let scoping = self.table.scoping;
            let found = scoping.get_binding(scoping.root_scope_id(), name.into());
            found.map(declaration_of)
        })
    }

    fn type_in_comment(&mut self, text: &str, at: u32) -> Option<TypeId> {
        let text = plain(text)?;
        let allocator = self.docs.allocator;
        // Parsed as the type of an alias, which takes every type there is.
        let source = allocator.alloc_str(&format!("type _ = {text}"));
        let parsed = oxc::parser::Parser::new(allocator, source, SourceType::ts()).parse();
        if parsed.panicked || parsed.diagnostics.has_errors() {
            return None;
        }
        let Some(Statement::TSTypeAliasDeclaration(alias)) = parsed.program.body.first() else {
            return None;
        };
        let outer = self.in_comment.replace(at);
        let r#type = self.type_of(&alias.type_annotation);
        self.in_comment = outer;
        (r#type != TypeId(0)).then_some(r#type)
    }
}
