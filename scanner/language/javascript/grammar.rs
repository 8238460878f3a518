//! The kinds and fields of the three grammars, as numbers: comparing names for every node costs more than the walk.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// Named node kinds that the lowering tells apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            /// Punctuation and keywords.
            Token,
            Error,
            Other,
            $($kind,)*
        }

        impl Kind {
            fn named(name: &str) -> Kind {
                match name {
                    $($name => Kind::$kind,)*
                    _ => Kind::Other,
                }
            }
        }
    };
}

kinds! {
    AbstractClassDeclaration "abstract_class_declaration",
    AbstractMethodSignature "abstract_method_signature",
    AccessibilityModifier "accessibility_modifier",
    AmbientDeclaration "ambient_declaration",
    Array "array",
    ArrayPattern "array_pattern",
    ArrowFunction "arrow_function",
    AsExpression "as_expression",
    Assignment "assignment_expression",
    AssignmentPattern "assignment_pattern",
    AugmentedAssignment "augmented_assignment_expression",
    Await "await_expression",
    Binary "binary_expression",
    Break "break_statement",
    Call "call_expression",
    Class "class",
    ClassDeclaration "class_declaration",
    ClassHeritage "class_heritage",
    ClassStaticBlock "class_static_block",
    Comment "comment",
    ComputedPropertyName "computed_property_name",
    Continue "continue_statement",
    Debugger "debugger_statement",
    Decorator "decorator",
    Do "do_statement",
    Empty "empty_statement",
    EnumAssignment "enum_assignment",
    EnumDeclaration "enum_declaration",
    ExportClause "export_clause",
    ExportSpecifier "export_specifier",
    ExportStatement "export_statement",
    ExpressionStatement "expression_statement",
    ExtendsClause "extends_clause",
    False "false",
    FieldDefinition "field_definition",
    For "for_statement",
    ForIn "for_in_statement",
    FunctionDeclaration "function_declaration",
    FunctionExpression "function_expression",
    FunctionSignature "function_signature",
    GeneratorDeclaration "generator_function_declaration",
    GeneratorFunction "generator_function",
    GenericType "generic_type",
    HashBang "hash_bang_line",
    HtmlComment "html_comment",
    Identifier "identifier",
    If "if_statement",
    Import "import",
    ImportAlias "import_alias",
    ImportClause "import_clause",
    ImportRequireClause "import_require_clause",
    ImportSpecifier "import_specifier",
    ImportStatement "import_statement",
    Instantiation "instantiation_expression",
    InterfaceDeclaration "interface_declaration",
    InternalModule "internal_module",
    JsxAttribute "jsx_attribute",
    JsxElement "jsx_element",
    JsxExpression "jsx_expression",
    JsxOpening "jsx_opening_element",
    JsxSelfClosing "jsx_self_closing_element",
    Labeled "labeled_statement",
    LexicalDeclaration "lexical_declaration",
    LiteralType "literal_type",
    Member "member_expression",
    MetaProperty "meta_property",
    MethodDefinition "method_definition",
    Module "module",
    NamedImports "named_imports",
    NamespaceExport "namespace_export",
    NamespaceImport "namespace_import",
    NestedIdentifier "nested_identifier",
    NestedTypeIdentifier "nested_type_identifier",
    New "new_expression",
    NonNull "non_null_expression",
    Null "null",
    Number "number",
    Object "object",
    ObjectAssignmentPattern "object_assignment_pattern",
    ObjectPattern "object_pattern",
    OptionalParameter "optional_parameter",
    Pair "pair",
    PairPattern "pair_pattern",
    Parenthesized "parenthesized_expression",
    PredefinedType "predefined_type",
    PrivateProperty "private_property_identifier",
    Property "property_identifier",
    PublicField "public_field_definition",
    Regex "regex",
    RequiredParameter "required_parameter",
    RestPattern "rest_pattern",
    Return "return_statement",
    Satisfies "satisfies_expression",
    Sequence "sequence_expression",
    Shorthand "shorthand_property_identifier",
    ShorthandPattern "shorthand_property_identifier_pattern",
    Spread "spread_element",
    StatementBlock "statement_block",
    String "string",
    Subscript "subscript_expression",
    Super "super",
    Switch "switch_statement",
    SwitchCase "switch_case",
    SwitchDefault "switch_default",
    TemplateString "template_string",
    TemplateSubstitution "template_substitution",
    Ternary "ternary_expression",
    This "this",
    Throw "throw_statement",
    True "true",
    Try "try_statement",
    TypeAlias "type_alias_declaration",
    TypeAssertion "type_assertion",
    TypeIdentifier "type_identifier",
    Unary "unary_expression",
    Undefined "undefined",
    UnionType "union_type",
    Update "update_expression",
    UsingDeclaration "using_declaration",
    VariableDeclaration "variable_declaration",
    VariableDeclarator "variable_declarator",
    While "while_statement",
    With "with_statement",
    Yield "yield_expression",
}

macro_rules! fields {
    ($($field:ident $name:literal,)*) => {
        /// Field numbers; 0 where the grammar has no such field.
        #[derive(Debug)]
        pub(super) struct Fields {
            $(pub(super) $field: u16,)*
        }

        impl Fields {
            fn of(language: &Language) -> Fields {
                let id = |name: &str| language.field_id_for_name(name).map_or(0, |id| id.get());
                Fields { $($field: id($name),)* }
            }
        }
    };
}

fields! {
    alias "alias",
    alternative "alternative",
    arguments "arguments",
    argument "argument",
    body "body",
    condition "condition",
    consequence "consequence",
    constructor "constructor",
    declaration "declaration",
    finalizer "finalizer",
    function "function",
    handler "handler",
    increment "increment",
    index "index",
    initializer "initializer",
    key "key",
    kind "kind",
    left "left",
    name "name",
    object "object",
    operator "operator",
    parameter "parameter",
    parameters "parameters",
    flags "flags",
    pattern "pattern",
    property "property",
    right "right",
    source "source",
    type_ "type",
    value "value",
}

/// One grammar with its tables.
#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    pub(super) fields: Fields,
}

impl Grammar {
    fn new(language: Language) -> Grammar {
        let kinds = (0..language.node_kind_count() as u16)
            .map(|id| match language.node_kind_for_id(id) {
                Some(name) if language.node_kind_is_named(id) => Kind::named(name),
                _ => Kind::Token,
            })
            .collect();
        let fields = Fields::of(&language);
        Grammar { language, kinds, fields }
    }

    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        let id = node.kind_id();
        self.kinds.get(id as usize).copied().unwrap_or(if id == u16::MAX { Kind::Error } else { Kind::Other })
    }
}

pub(super) static JAVASCRIPT: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_javascript::LANGUAGE.into()));
pub(super) static TYPESCRIPT: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()));
pub(super) static TSX: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TSX.into()));
