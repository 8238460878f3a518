//! The grammar's node kinds and fields as enums, looked up by number: no kind is compared as text per node.

use std::sync::LazyLock;

use tree_sitter::Language;

macro_rules! kinds {
    (named { $($named:ident = $named_text:literal,)* } tokens { $($token:ident = $token_text:literal,)* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($named,)*
            $($token,)*
            /// A named node that no rule here looks at.
            Other,
            /// Punctuation: left out of every list of children.
            Punctuation,
        }

        fn kind(text: &str, named: bool) -> Kind {
            match (named, text) {
                $((true, $named_text) => Kind::$named,)*
                $((false, $token_text) => Kind::$token,)*
                (true, _) => Kind::Other,
                (false, _) => Kind::Punctuation,
            }
        }
    };
}

kinds! {
    named {
        Error = "ERROR",
        Comment = "comment",
        Package = "package_clause", Import = "import_declaration", ImportSpec = "import_spec", ImportList = "import_spec_list", Dot = "dot",
        Blank = "blank_identifier", Const = "const_declaration", ConstSpec = "const_spec", Var = "var_declaration", VarSpec = "var_spec",
        VarList = "var_spec_list", FunctionDeclaration = "function_declaration", MethodDeclaration = "method_declaration",
        TypeParameters = "type_parameter_list", TypeParameter = "type_parameter_declaration", Parameters = "parameter_list",
        Parameter = "parameter_declaration", Variadic = "variadic_parameter_declaration", TypeDeclaration = "type_declaration",
        TypeAlias = "type_alias", TypeSpec = "type_spec", ParenthesizedType = "parenthesized_type", GenericType = "generic_type",
        TypeArguments = "type_arguments", TypeElement = "type_elem", PointerType = "pointer_type", ArrayType = "array_type",
        ImplicitArrayType = "implicit_length_array_type", SliceType = "slice_type", StructType = "struct_type", Fields = "field_declaration_list",
        FieldDeclaration = "field_declaration", InterfaceType = "interface_type", MapType = "map_type", ChannelType = "channel_type",
        FunctionType = "function_type", NegatedType = "negated_type", QualifiedType = "qualified_type", TypeIdentifier = "type_identifier",
        Block = "block", Statements = "statement_list", Empty = "empty_statement", ExpressionStatement = "expression_statement",
        Send = "send_statement", Receive = "receive_statement", Increment = "inc_statement", Decrement = "dec_statement",
        Assignment = "assignment_statement", ShortVar = "short_var_declaration", Labeled = "labeled_statement",
        Fallthrough = "fallthrough_statement", Break = "break_statement", Continue = "continue_statement", Goto = "goto_statement",
        Return = "return_statement", Go = "go_statement", Defer = "defer_statement", If = "if_statement", For = "for_statement",
        ForClause = "for_clause", RangeClause = "range_clause", Switch = "expression_switch_statement", ExpressionCase = "expression_case",
        DefaultCase = "default_case", TypeSwitch = "type_switch_statement", TypeCase = "type_case", Select = "select_statement",
        CommunicationCase = "communication_case", Parenthesized = "parenthesized_expression", Call = "call_expression",
        VariadicArgument = "variadic_argument", Arguments = "argument_list", Selector = "selector_expression", Index = "index_expression",
        Slice = "slice_expression", TypeAssertion = "type_assertion_expression", TypeConversion = "type_conversion_expression",
        TypeInstantiation = "type_instantiation_expression", Composite = "composite_literal", LiteralValue = "literal_value",
        LiteralElement = "literal_element", KeyedElement = "keyed_element", FunctionLiteral = "func_literal", Unary = "unary_expression",
        Binary = "binary_expression", Identifier = "identifier", FieldIdentifier = "field_identifier", PackageIdentifier = "package_identifier",
        RawString = "raw_string_literal", String = "interpreted_string_literal", Integer = "int_literal", Float = "float_literal",
        Imaginary = "imaginary_literal", Rune = "rune_literal", Nil = "nil", True = "true", False = "false", Iota = "iota",
        ExpressionList = "expression_list", LabelName = "label_name",
    }
    tokens {
        Plus = "+", Minus = "-", Star = "*", Slash = "/", Percent = "%", Pipe = "|", Ampersand = "&", And = "&&", Or = "||", Not = "!",
        Arrow = "<-", Equal = "==", NotEqual = "!=", Less = "<", LessEqual = "<=", Greater = ">", GreaterEqual = ">=",
        PlusAssign = "+=", MinusAssign = "-=", StarAssign = "*=", SlashAssign = "/=", PercentAssign = "%=", PipeAssign = "|=",
        Assign = "=", Define = ":=", OtherAssign = "&=", Xor = "^", AndNot = "&^", ShiftLeft = "<<", ShiftRight = ">>",
    }
}

macro_rules! fields {
    ($($name:ident = $text:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field {
            None,
            $($name,)*
        }

        fn field(text: &str) -> Field {
            match text {
                $($text => Field::$name,)*
                _ => Field::None,
            }
        }
    };
}

fields! {
    Alias = "alias", Alternative = "alternative", Arguments = "arguments", Body = "body", Communication = "communication",
    Condition = "condition", Consequence = "consequence", Element = "element", Member = "field", Function = "function", Index = "index",
    Initializer = "initializer", Key = "key", Left = "left", Name = "name", Operand = "operand", Operator = "operator", Package = "package",
    Parameters = "parameters", Path = "path", Receiver = "receiver", Result = "result", Right = "right", Tag = "tag", Type = "type",
    TypeArguments = "type_arguments", TypeParameters = "type_parameters", Update = "update", Value = "value", Channel = "channel",
    Start = "start", End = "end", Capacity = "capacity",
}

#[derive(Debug)]
pub(super) struct Grammar {
    pub language: Language,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

impl Grammar {
    pub(super) fn kind(&self, id: u16) -> Kind {
        // The only number outside of the table is the one of ERROR nodes.
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Error)
    }

    pub(super) fn field(&self, id: u16) -> Field {
        self.fields.get(id as usize).copied().unwrap_or(Field::None)
    }
}

pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let language: Language = tree_sitter_go::LANGUAGE.into();
    let kinds = (0..language.node_kind_count() as u16)
        .map(|id| kind(language.node_kind_for_id(id).unwrap_or_default(), language.node_kind_is_named(id)))
        .collect();
    let fields = (0..=language.field_count() as u16).map(|id| field(language.field_name_for_id(id).unwrap_or_default())).collect();
    Grammar { language, kinds, fields }
});
