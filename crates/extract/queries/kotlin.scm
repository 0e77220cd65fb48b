(import (_) @source) @import
(package_header) @import

(class_declaration "interface" name: (identifier) @name) @definition.trait
(class_declaration name: (identifier) @name (enum_class_body)) @definition.enum_class
(class_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name) @definition.class
(companion_object name: (identifier) @name) @definition.class
(enum_entry (identifier) @name) @definition.enum_member
(function_declaration name: (identifier) @name) @definition.function
(secondary_constructor "constructor" @name) @definition.constructor
(source_file (property_declaration (variable_declaration (identifier) @name)) @definition.variable)
(class_body (property_declaration (variable_declaration (identifier) @name)) @definition.accessor)
(type_alias type: (identifier) @name) @definition.type
