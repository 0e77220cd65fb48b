(import_declaration) @import
(package_clause name: (package_identifier) @name body: (_)) @definition.namespace
(package_clause name: (package_identifier) @name) @definition.name

(trait_definition name: (_) @name) @definition.trait
(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.class
(enum_definition name: (_) @name) @definition.enum_class
(simple_enum_case name: (_) @name) @definition.enum_member
(full_enum_case name: (_) @name) @definition.enum_member
(function_definition name: (_) @name) @definition.function
(function_declaration name: (_) @name) @definition.function
(val_definition pattern: (identifier) @name) @definition.variable
(var_definition pattern: (identifier) @name) @definition.variable
(val_declaration name: (identifier) @name) @definition.variable
(var_declaration name: (identifier) @name) @definition.variable
(given_definition name: (_) @name) @definition.variable
(type_definition name: (type_identifier) @name) @definition.type
(class_parameter name: (identifier) @name) @definition.property
