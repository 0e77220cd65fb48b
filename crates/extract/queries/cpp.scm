(preproc_include path: (_) @source) @import
(using_declaration) @import

(template_declaration [
    (class_specifier name: (type_identifier) @name body: (_))
    (struct_specifier name: (type_identifier) @name body: (_))
    (class_specifier name: (template_type name: (type_identifier) @name) body: (_))
    (struct_specifier name: (template_type name: (type_identifier) @name) body: (_))
  ]) @definition.class
(template_declaration (alias_declaration name: (type_identifier) @name)) @definition.type
(template_declaration (concept_definition name: (identifier) @name)) @definition.type
(template_declaration (function_definition declarator: (function_declarator declarator: (qualified_identifier scope: (_) @scope name: (identifier) @name)))) @definition.method
(template_declaration (function_definition declarator: (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name))) @definition.function
(template_declaration (function_definition declarator: (_ (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name)))) @definition.function
(template_declaration (declaration declarator: (function_declarator declarator: (identifier) @name))) @definition.function

(namespace_definition name: (_) @name body: (_)) @definition.namespace
(class_specifier name: (type_identifier) @name body: (_)) @definition.class
(class_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.class
(struct_specifier name: (type_identifier) @name body: (_)) @definition.class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.class
(union_specifier name: (type_identifier) @name body: (_)) @definition.class
(declaration type: (union_specifier name: (type_identifier) @name)) @definition.class
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(enum_specifier name: (type_identifier) @name) @definition.type
(enumerator name: (identifier) @name) @definition.enum_member
(alias_declaration name: (type_identifier) @name) @definition.type
(type_definition declarator: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type

(function_definition declarator: (function_declarator declarator: (qualified_identifier scope: (_) @scope name: (identifier) @name))) @definition.method
(function_definition declarator: (function_declarator declarator: (qualified_identifier scope: (_) @scope name: (destructor_name) @name))) @definition.method
(function_definition declarator: (function_declarator declarator: (qualified_identifier scope: (_) @scope name: (operator_name) @name))) @definition.method
(function_definition declarator: (function_declarator declarator: [(identifier) (field_identifier) (operator_name) (destructor_name)] @name)) @definition.function
(function_definition declarator: (operator_cast) @name) @definition.function
(function_definition declarator: (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name))) @definition.function
(function_definition declarator: (_ (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name))) @definition.function
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @definition.method
(declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_declarator declarator: (qualified_identifier scope: (namespace_identifier) @scope name: (identifier) @name)) @definition.method
(function_declarator declarator: (identifier) @name) @definition.function
(function_declarator declarator: (field_identifier) @name) @definition.function

(field_declaration declarator: (field_identifier) @name) @definition.property
(preproc_function_def name: (identifier) @name) @definition.macro
(preproc_def name: (identifier) @name value: (_)) @definition.constant
(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @definition.variable)
(class_specifier name: (type_identifier) @name) @definition.class
