//! Types as facts.

use super::*;

/// The first type of every file.
const UNKNOWN: TypeId = TypeId(0);

impl<'p> Draft<'_, 'p> {
    pub(in crate::ecmascript::oxc_outline) fn annotation(
        &mut self,
        annotation: Option<&TSTypeAnnotation<'p>>,
    ) -> Option<TypeId> {
        annotation.map(|annotation| self.type_of(&annotation.type_annotation))
    }

    pub(super) fn typed_context(&mut self, annotation: &TSType<'p>) -> Option<ContextId> {
        let r#type = self.type_of(annotation);
        (r#type != UNKNOWN).then(|| self.push_context(Context::Typed(r#type)))
    }

    pub(super) fn type_arguments(
        &mut self,
        arguments: Option<&TSTypeParameterInstantiation<'p>>,
    ) -> Vec<TypeId> {
        let arguments = arguments.map_or(&[][..], |arguments| arguments.params.as_slice());
        arguments
            .iter()
            .map(|r#type| self.type_of(r#type))
            .collect()
    }

    pub(in crate::ecmascript::oxc_outline) fn type_of(&mut self, r#type: &TSType<'p>) -> TypeId {
        let fact = match r#type {
            TSType::TSParenthesizedType(inner) => return self.type_of(&inner.type_annotation),
            TSType::TSTypeOperatorType(operator) => match operator.operator {
                TSTypeOperatorOperator::Readonly => return self.type_of(&operator.type_annotation),
                TSTypeOperatorOperator::Keyof | TSTypeOperatorOperator::Unique => {
                    // Keys are texts without members of the repository, and `unique symbol` has
                    // none.
                    return UNKNOWN;
                }
            },
            TSType::TSNamedTupleMember(member) => return self.tuple_element(&member.element_type),
            TSType::TSTypeReference(reference) => {
                let arguments = self.type_arguments(reference.type_arguments.as_deref());
                return self.named_type(&reference.type_name, arguments);
            }
            TSType::TSTypeLiteral(literal) => {
                Type::Shape(self.signatures(&literal.members, Shape::default()))
            }
            TSType::TSFunctionType(function) => Type::Function(self.function_type(function)),
            TSType::TSConstructorType(constructor) => {
                Type::Constructor(self.constructor_type(constructor))
            }
            TSType::TSThisType(_) => Type::This,
            TSType::TSUnionType(union) => Type::Union(self.alternatives(&union.types)),
            TSType::TSIntersectionType(intersection) => {
                Type::Intersection(self.types(&intersection.types))
            }
            TSType::TSArrayType(array) => Type::Array(self.type_of(&array.element_type)),
            TSType::TSTupleType(tuple) => {
                let elements = tuple.element_types.iter();
                Type::Tuple(
                    elements
                        .map(|element| self.tuple_element(element))
                        .collect(),
                )
            }
            TSType::TSTypeQuery(query) => return self.query(query),
            TSType::TSIndexedAccessType(indexed) => self.indexed(indexed),
            TSType::TSConditionalType(conditional) => Type::Conditional {
                check: self.type_of(&conditional.check_type),
                extends: self.type_of(&conditional.extends_type),
                yes: self.type_of(&conditional.true_type),
                no: self.type_of(&conditional.false_type),
            },
            TSType::TSMappedType(mapped) => self.mapped(mapped),
            TSType::TSInferType(infer) => {
                // It declares its name, and may bound it: `infer A extends B`.
                self.type_parameter(&infer.type_parameter);
                match infer.type_parameter.name.symbol_id.get() {
                    Some(name) => Type::Infer(declaration_of(name)),
                    None => return UNKNOWN,
                }
            }
            TSType::TSImportType(import) => self.import_type(import),
            _ => return self.keyword(r#type),
        };
        self.push_type(fact)
    }

    fn types(&mut self, types: &[TSType<'p>]) -> Vec<TypeId> {
        let known = types
            .iter()
            // Unions of thousands of literals are generated; the evaluator keeps a dozen
            // alternatives.
            .take(MAX_ELEMENTS)
            .map(|r#type| self.type_of(r#type));
        known.filter(|r#type| *r#type != UNKNOWN).collect()
    }

    /// Alternatives of which nothing is known stay, since what they are not is unknown; none of them is nothing.
    fn alternatives(&mut self, types: &[TSType<'p>]) -> Vec<TypeId> {
        let is_something = |r#type: &&TSType<'p>| {
            !matches!(
                r#type,
                TSType::TSNullKeyword(_)
                    | TSType::TSUndefinedKeyword(_)
                    | TSType::TSVoidKeyword(_)
                    | TSType::TSNeverKeyword(_)
            )
        };
        let types = types.iter().take(MAX_ELEMENTS).filter(is_something);
        types.map(|r#type| self.type_of(r#type)).collect()
    }

    fn keyword(&mut self, r#type: &TSType<'p>) -> TypeId {
        if let TSType::TSLiteralType(literal) = r#type
            && let Some(literal) = self.literal_type(&literal.literal)
        {
            return self.push_type(Type::Literal(literal));
        }
        let name = match r#type {
            TSType::TSStringKeyword(_) | TSType::TSTemplateLiteralType(_) => "String",
            TSType::TSNumberKeyword(_) => "Number",
            TSType::TSBooleanKeyword(_) | TSType::TSTypePredicate(_) => "Boolean",
            TSType::TSBigIntKeyword(_) => "BigInt",
            TSType::TSSymbolKeyword(_) => "Symbol",
            TSType::TSLiteralType(literal) => match &literal.literal {
                TSLiteral::StringLiteral(_) | TSLiteral::TemplateLiteral(_) => "String",
                TSLiteral::NumericLiteral(_) | TSLiteral::UnaryExpression(_) => "Number",
                TSLiteral::BooleanLiteral(_) => "Boolean",
                TSLiteral::BigIntLiteral(_) => "BigInt",
            },
            _ => return UNKNOWN,
        };
        let path = vec![self.name(name)];
        self.push_type(Type::Global {
            path,
            arguments: Vec::new(),
        })
    }

    fn literal_type(&mut self, literal: &TSLiteral<'p>) -> Option<Literal> {
        match literal {
            TSLiteral::StringLiteral(literal) => self.literal_of("String", literal.value.as_str()),
            TSLiteral::NumericLiteral(literal) => {
                self.literal_of("Number", literal.raw.as_ref()?.as_str())
            }
            TSLiteral::BooleanLiteral(literal) => {
                self.literal_of("Boolean", if literal.value { "true" } else { "false" })
            }
            _ => None,
        }
    }

    fn tuple_element(&mut self, element: &TSTupleElement<'p>) -> TypeId {
        match element {
            TSTupleElement::TSOptionalType(optional) => self.type_of(&optional.type_annotation),
            TSTupleElement::TSRestType(rest) => self.type_of(&rest.type_annotation),
            element => element
                .as_ts_type()
                .map_or(UNKNOWN, |r#type| self.type_of(r#type)),
        }
    }

    /// Returns the type of a name with its type arguments.
    pub(in crate::ecmascript::oxc_outline) fn named_type(
        &mut self,
        name: &TSTypeName<'p>,
        arguments: Vec<TypeId>,
    ) -> TypeId {
        let mut path = Vec::new();
        let mut name = name;
        loop {
            match name {
                TSTypeName::QualifiedName(qualified) => {
                    path.push(self.name(qualified.right.name.as_str()));
                    name = &qualified.left;
                }
                TSTypeName::IdentifierReference(first) => {
                    return self.type_path(first, path, arguments);
                }
                TSTypeName::ThisExpression(_) => return UNKNOWN,
            }
        }
    }

    /// `path` is from right to left and without the first name.
    fn type_path(
        &mut self,
        first: &IdentifierReference,
        mut path: Vec<NameId>,
        arguments: Vec<TypeId>,
    ) -> TypeId {
        path.reverse();
        let fact = match self.declared(first) {
            Some(declaration) => Type::Declared {
                declaration,
                path,
                arguments,
            },
            None => {
                path.insert(0, self.name(first.name.as_str()));
                Type::Global { path, arguments }
            }
        };
        self.push_type(fact)
    }

    fn query(&mut self, query: &TSTypeQuery<'p>) -> TypeId {
        let value = match &query.expr_name {
            TSTypeQueryExprName::TSImportType(import) => {
                let specifier = self.name(import.source.value.as_str());
                let module = self.share(Value::Module(specifier));
                let names = import.qualifier.as_ref().map(qualifier_names);
                let names = names.unwrap_or_default().into_iter();
                names.fold(module, |object, (name, _)| self.member(object, name))
            }
            name => match name.as_ts_type_name() {
                Some(name) => self.type_name_as_value(name),
                None => return UNKNOWN,
            },
        };
        self.push_type(Type::Query(value))
    }

    pub(in crate::ecmascript::oxc_outline) fn type_name_as_value(
        &mut self,
        name: &TSTypeName<'p>,
    ) -> ValueId {
        match name {
            TSTypeName::IdentifierReference(name) => self.identifier(name),
            TSTypeName::QualifiedName(qualified) => {
                let object = self.type_name_as_value(&qualified.left);
                self.member(object, qualified.right.name.as_str())
            }
            TSTypeName::ThisExpression(_) => self.this(),
        }
    }

    fn indexed(&mut self, indexed: &TSIndexedAccessType<'p>) -> Type {
        let object = self.type_of(&indexed.object_type);
        match &indexed.index_type {
            TSType::TSLiteralType(literal) => match &literal.literal {
                TSLiteral::StringLiteral(key) => {
                    let key = self.name(key.value.as_str());
                    Type::Indexed(object, key)
                }
                _ => Type::AnyIndexed(object),
            },
            _ => Type::AnyIndexed(object),
        }
    }

    fn mapped(&mut self, mapped: &TSMappedType<'p>) -> Type {
        let of = match &mapped.constraint {
            TSType::TSTypeOperatorType(operator)
                if operator.operator == TSTypeOperatorOperator::Keyof =>
            {
                Some(self.type_of(&operator.type_annotation))
            }
            _ => None,
        };
        // `{ [K in keyof A]: A[K] }`, which stands for the members of `A` themselves.
        let is_same_member = of.is_some()
            && matches!(&mapped.type_annotation, Some(TSType::TSIndexedAccessType(indexed))
                if matches!(&indexed.index_type, TSType::TSTypeReference(key)
                    if key.type_name.get_identifier_reference().is_some_and(|name| name.name == mapped.key.name)));
        let value = match &mapped.type_annotation {
            Some(r#type) if !is_same_member => Some(self.type_of(r#type)),
            _ => None,
        };
        Type::Mapped { of, value }
    }

    fn import_type(&mut self, import: &TSImportType<'p>) -> Type {
        let arguments = self.type_arguments(import.type_arguments.as_deref());
        let names = import.qualifier.as_ref().map(qualifier_names);
        let names = names.unwrap_or_default();
        // The walk over the file does not see it, so that its reference is written down later.
        if let Some(at) = self.in_comment {
            let name = names.first().map_or("*", |(name, _)| name);
            let specifier = import.source.value.as_str().to_owned();
            self.doc_imports.push((specifier, name.to_owned(), at));
        }
        Type::Import {
            specifier: self.name(import.source.value.as_str()),
            path: names.iter().map(|(name, _)| self.name(name)).collect(),
            arguments,
        }
    }

    pub(in crate::ecmascript::oxc_outline) fn import_type_id(
        &mut self,
        import: &TSImportType<'p>,
    ) -> TypeId {
        let fact = self.import_type(import);
        self.push_type(fact)
    }

    pub(super) fn type_parameters(
        &mut self,
        parameters: Option<&TSTypeParameterDeclaration<'p>>,
    ) -> Vec<DeclarationId> {
        let parameters = parameters.map_or(&[][..], |parameters| parameters.params.as_slice());
        for parameter in parameters {
            self.type_parameter(parameter);
        }
        let names = parameters
            .iter()
            .filter_map(|parameter| parameter.name.symbol_id.get());
        names.map(declaration_of).collect()
    }

    fn type_parameter(&mut self, parameter: &TSTypeParameter<'p>) {
        let Some(name) = parameter.name.symbol_id.get() else {
            return;
        };
        let constraint = parameter
            .constraint
            .as_ref()
            .map(|r#type| self.type_of(r#type));
        let default = parameter
            .default
            .as_ref()
            .map(|r#type| self.type_of(r#type));
        self.declaration_mut(name).r#type = DeclaredType::Parameter {
            constraint,
            default,
        };
    }
}

/// The names of `a.b.c` with where they stand.
pub(in crate::ecmascript::oxc_outline) fn qualifier_names<'q>(
    qualifier: &'q TSImportTypeQualifier,
) -> Vec<(&'q str, u32)> {
    match qualifier {
        TSImportTypeQualifier::Identifier(name) => vec![(name.name.as_str(), name.span.start)],
        TSImportTypeQualifier::QualifiedName(qualified) => {
            let mut names = qualifier_names(&qualified.left);
            names.push((qualified.right.name.as_str(), qualified.right.span.start));
            names
        }
    }
}
