//! The language-neutral program: what every language is lowered into, and all that the analysis sees.
//!
//! A [`Module`] is one source file. Its expressions, patterns, functions and classes live in arenas and refer to one
//! another by index. Names are resolved while lowering (see [`builder`]): a local is a slot in a function's frame, so
//! shadowing (`const process = spawn()`) can never be mistaken for the global of the same name.
//!
//! A lowering says what the source says and judges nothing: no library is known here.

pub mod builder;
mod link;
mod names;
pub mod walk;

use std::sync::Arc;

pub use link::{Program, Target};
pub use names::{Interner, Symbol};

/// Byte range in a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// The position in its arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(/// An expression of one module.
    ExprId);
index!(/// A binding or assignment pattern of one module.
    PatternId);
index!(/// A function of one module; `FunctionId(0)` is the module's own top level.
    FunctionId);
index!(/// A class of one module.
    ClassId);
index!(/// An entry of [`Module::imports`].
    ImportId);
index!(/// A module of the program.
    ModuleId);

/// Which ecosystem's names a module speaks: decides the models that apply and how imports are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ecosystem {
    /// JavaScript and TypeScript: module specifiers (`fs`, `@scope/pkg/sub.js`), `node:` prefix removed.
    JavaScript,
    /// Python: dotted module paths.
    Python,
    /// Go: paths of packages, without the major version in them.
    Go,
    /// Rust: module paths with `::`, the name of the crate first.
    Rust,
}

/// What the analysis must know of an ecosystem: with its languages, all that a new one is.
#[derive(Debug)]
pub struct Traits {
    /// The folder of its models below `rules/models/`.
    pub folder: &'static str,
    /// What stands between the names of a module's path, where such a path is one of members too.
    pub separator: Option<&'static str>,
    /// Values are held to their annotations, and variables are set before they are read.
    pub typed: bool,
    /// Every object counts as true in a condition.
    pub objects_are_true: bool,
    /// A module may put what it exports into `module.exports`.
    pub assigned_exports: bool,
    /// A class that declares fields has a constructor that takes them.
    pub fields_construct: bool,
    /// Every field of a class is declared with its type.
    pub fields_have_types: bool,
    /// Structs are plain: those of libraries keep the fields they are given, types get methods elsewhere, and options are
    /// functions or structs that are laid over others.
    pub plain_structs: bool,
    /// How modules are named that are loaded under a name that is put together.
    pub computed_imports: ComputedImports,
}

/// How a module is named at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComputedImports {
    /// No module is loaded by a name that is only known at run time.
    None,
    /// By the path of a file.
    Paths,
    /// By the names of packages, with the separator of the ecosystem between them.
    Packages,
}

impl Ecosystem {
    pub const ALL: [Ecosystem; 4] = [Ecosystem::JavaScript, Ecosystem::Python, Ecosystem::Go, Ecosystem::Rust];

    pub fn traits(self) -> &'static Traits {
        match self {
            Ecosystem::JavaScript => &Traits {
                folder: "javascript",
                separator: None,
                typed: false,
                objects_are_true: true,
                assigned_exports: true,
                fields_construct: false,
                fields_have_types: false,
                plain_structs: false,
                computed_imports: ComputedImports::Paths,
            },
            Ecosystem::Python => &Traits {
                folder: "python",
                separator: Some("."),
                typed: false,
                objects_are_true: false,
                assigned_exports: false,
                fields_construct: true,
                fields_have_types: false,
                plain_structs: false,
                computed_imports: ComputedImports::Packages,
            },
            Ecosystem::Go => &Traits {
                folder: "go",
                separator: None,
                typed: false,
                objects_are_true: false,
                assigned_exports: false,
                fields_construct: true,
                fields_have_types: true,
                plain_structs: true,
                computed_imports: ComputedImports::Paths,
            },
            Ecosystem::Rust => &Traits {
                folder: "rust",
                separator: Some("::"),
                typed: true,
                objects_are_true: false,
                assigned_exports: false,
                fields_construct: true,
                fields_have_types: false,
                plain_structs: false,
                computed_imports: ComputedImports::None,
            },
        }
    }

    /// What stands between the names of a module's path, where such a path is one of members too.
    pub fn separator(self) -> Option<&'static str> {
        self.traits().separator
    }

    /// Whether values are held to their annotations, and variables are set before they are read.
    pub fn is_typed(self) -> bool {
        self.traits().typed
    }
}

/// One source file, lowered.
#[derive(Debug)]
pub struct Module {
    /// Path relative to the target's root, with `/`.
    pub path: String,
    pub ecosystem: Ecosystem,
    pub exprs: Vec<Expr>,
    /// Same length as `exprs`.
    pub spans: Vec<Span>,
    pub patterns: Vec<Pattern>,
    /// Index 0 is the top level of the module: no parameters, its frame holds the module's variables.
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    /// True when every variable of the top level can be imported by name (Python).
    pub exports_all: bool,
    /// Byte ranges that a bundler marked as coming from another file, with that file's path (`node_modules/x/y.js`).
    pub regions: Vec<(Span, String)>,
    /// Bytes inside ERROR nodes of the syntax tree: blind spots.
    pub error_bytes: u32,
    /// What could not be lowered (nesting too deep, …), for the coverage.
    pub problems: Vec<(Span, String)>,
    /// The file is one of several that make one module of this name (a Go package): they share their names and run
    /// together, as the language's [`wholes`](crate::language::Language::wholes) say.
    pub part_of: Option<Symbol>,
    /// What is said of fields beside name and type, by class and position among its members.
    pub notes: rustc_hash::FxHashMap<(ClassId, u32), FieldNotes>,
}

impl Module {
    /// Every place that the module knows of.
    pub fn each_span(&mut self, each: &mut dyn FnMut(&mut Span)) {
        self.spans.iter_mut().for_each(&mut *each);
        self.imports.iter_mut().for_each(|import| each(&mut import.span));
        for function in &mut self.functions {
            each(&mut function.span);
            each(&mut function.name_span);
            function.parameters.iter_mut().for_each(|parameter| each(&mut parameter.span));
        }
        for class in &mut self.classes {
            each(&mut class.span);
            each(&mut class.name_span);
            class.members.iter_mut().for_each(|member| each(&mut member.span));
        }
        self.regions.iter_mut().for_each(|(span, _)| each(span));
        self.problems.iter_mut().for_each(|(span, _)| each(span));
    }
}

/// What the source notes beside a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldNotes {
    /// Notes that libraries read: `json:"name"`.
    pub tags: Vec<(Symbol, Arc<str>)>,
    /// What the class itself lacks is looked for in the value of this field (embedding).
    pub delegates: bool,
    /// The field may hold nothing at all (a pointer).
    pub optional: bool,
}

/// `import`/`require`/`from x import y`: the module asked for; what is taken from it are ordinary member reads of
/// [`Expr::Import`].
#[derive(Debug)]
pub struct Import {
    /// As normalised by the language: `fs` for `node:fs`; for Python a dotted path, relative ones with leading dots.
    pub specifier: Arc<str>,
    pub span: Span,
    /// Only types are imported (`import type`): nothing is loaded at run time, but the names can be annotations.
    pub types_only: bool,
}

#[derive(Debug)]
pub enum Export {
    /// `name` is the value of a variable of the top-level frame.
    Local { name: Symbol, slot: u32 },
    /// `name` is the member `imported` of another module (`None`: its whole namespace).
    From { name: Symbol, import: ImportId, imported: Option<Symbol> },
    /// Every export of another module (`export * from`, `from x import *`).
    All { import: ImportId },
}

/// A variable: a slot in the frame of the function `hops` levels out from the one where it is used (0 = its own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variable {
    pub hops: u16,
    pub slot: u32,
}

#[derive(Clone, Debug)]
pub enum Expr {
    /// Could not be lowered, or carries no value the analysis can use. Its parts, if any, are in [`Expr::Sequence`].
    Unknown,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Str(Arc<str>),
    /// A regular expression literal: the pattern, without delimiters.
    /// A regular expression and its flags.
    Regex(Arc<str>, Arc<str>),
    /// Template string / f-string.
    Template(Box<[Part]>),
    Variable(Variable),
    /// A name bound nowhere in the module: a global of the language or its host.
    Global(Symbol),
    /// `this` of the innermost non-arrow function.
    This,
    /// The parent class's part of the receiver (`super`, `super()`).
    Super,
    Member {
        object: ExprId,
        property: Symbol,
    },
    Index {
        object: ExprId,
        index: ExprId,
    },
    /// `x[a:b]`: some part of `x`.
    Slice {
        object: ExprId,
    },
    Call(Box<Call>),
    Function(FunctionId),
    Class(ClassId),
    /// `decorators` applied to `inner`, the last one first.
    Decorated {
        decorators: Box<[ExprId]>,
        inner: ExprId,
    },
    Object(Box<[Entry]>),
    /// List, tuple or set.
    List(Box<[Element]>),
    /// Several results of one function, side by side.
    Results(Box<[ExprId]>),
    Binary {
        op: Binary,
        left: ExprId,
        right: ExprId,
    },
    Unary {
        op: Unary,
        operand: ExprId,
    },
    /// Short-circuit operators: the value is one of the operands.
    Logical {
        op: Logical,
        left: ExprId,
        right: ExprId,
    },
    Conditional {
        test: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    /// Plain (`op: None`) or compound assignment as an expression; the value is the one assigned.
    Assign {
        target: PatternId,
        op: Option<Binary>,
        value: ExprId,
    },
    /// `??=`, `||=`, `&&=`.
    AssignLogical {
        target: PatternId,
        op: Logical,
        value: ExprId,
    },
    Await(ExprId),
    Yield(Option<ExprId>),
    /// All are evaluated; the value is the last one.
    Sequence(Box<[ExprId]>),
    /// The namespace of another module (static import or `require` of a constant).
    Import(ImportId),
    /// `import(x)`, `require(x)`, `importlib.import_module(x)` in syntax where x is not a literal.
    ImportDynamic(ExprId),
    /// A value that is known to be of a type, where nothing else is known of it (`let x: T = …`). Annotations are as for parameters.
    Typed {
        value: ExprId,
        annotation: ExprId,
    },
    /// `[element for pattern in iterable if test …]`. `key` is set for dictionaries.
    Comprehension(Box<Comprehension>),
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(Arc<str>),
    Value(ExprId),
}

#[derive(Clone, Debug)]
pub struct Call {
    pub callee: ExprId,
    pub arguments: Box<[Argument]>,
    /// `new X(…)`.
    pub construct: bool,
    /// A tagged template: `arguments` are the holes after the joined text.
    pub tagged: bool,
}

#[derive(Clone, Debug)]
pub struct Argument {
    /// Keyword argument.
    pub name: Option<Symbol>,
    pub value: ExprId,
    pub spread: Spread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    No,
    /// `...x`, `*x`
    Items,
    /// `**x`
    Entries,
}

#[derive(Clone, Debug)]
pub enum Entry {
    Field {
        key: Key,
        value: ExprId,
    },
    /// `{...x}`, `{**x}`
    Spread(ExprId),
}

#[derive(Clone, Debug)]
pub enum Key {
    Name(Symbol),
    Computed(ExprId),
}

#[derive(Clone, Debug)]
pub struct Element {
    pub value: ExprId,
    pub spread: bool,
}

#[derive(Clone, Debug)]
pub struct Comprehension {
    pub clauses: Vec<Clause>,
    pub key: Option<ExprId>,
    pub element: ExprId,
}

#[derive(Clone, Debug)]
pub struct Clause {
    pub pattern: PatternId,
    pub iterable: ExprId,
    pub tests: Vec<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Remainder; in Python also `"…" % values`.
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `x in y`.
    In,
    NotIn,
    InstanceOf,
    /// `|`: also the union of two dictionaries or types.
    BitOr,
    BitXor,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    Not,
    Minus,
    TypeOf,
    Delete,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logical {
    And,
    Or,
    /// `??`: the right side only when the left is null or undefined.
    Coalesce,
}

/// Where a value goes.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Nothing is bound.
    Ignore,
    Variable(Variable),
    Global(Symbol),
    /// Assignment to `x.y` or `x[i]`: the expression is an [`Expr::Member`] or [`Expr::Index`].
    Place(ExprId),
    Object {
        fields: Vec<(Key, PatternId)>,
        rest: Option<PatternId>,
    },
    List {
        items: Vec<PatternId>,
        rest: Option<PatternId>,
    },
    /// [`Expr::Results`] one by one. Of anything else the first is the value itself, and nothing is known of the others
    /// (a library's value and its error).
    Results(Vec<PatternId>),
    /// `pattern = default` inside a destructuring or a parameter list.
    Default {
        pattern: PatternId,
        default: ExprId,
    },
}

pub type Block = Vec<Statement>;

#[derive(Debug)]
pub enum Statement {
    Expr(ExprId),
    /// Declaration or assignment statement. `value: None` declares without a value.
    Bind {
        pattern: PatternId,
        value: Option<ExprId>,
        declares: bool,
    },
    If {
        test: ExprId,
        then: Block,
        otherwise: Block,
    },
    Switch {
        subject: ExprId,
        cases: Vec<Case>,
    },
    ForEach {
        pattern: PatternId,
        iterable: ExprId,
        keys: bool,
        body: Block,
    },
    /// `while`, `do`, `for(;;)`; the update expression is the last statement of `body`.
    While {
        test: Option<ExprId>,
        body: Block,
    },
    Try {
        body: Block,
        error: Option<PatternId>,
        handler: Block,
        has_handler: bool,
        finally: Block,
    },
    Block(Block),
    Return(Option<ExprId>),
    Throw(Option<ExprId>),
    Break,
    Continue,
}

#[derive(Debug)]
pub struct Case {
    /// Values that select this case; empty for `default` / `case _`.
    pub tests: Vec<ExprId>,
    /// Variables the case binds (`case Foo(x)`), bound to unknown parts of the subject.
    pub binds: Vec<PatternId>,
    /// `case x if guard`.
    pub guard: Option<ExprId>,
    pub body: Block,
    /// Runs on into the next case when the body does not leave.
    pub falls_through: bool,
}

#[derive(Debug)]
pub struct Function {
    pub name: Option<Symbol>,
    pub span: Span,
    /// Where to point a reader: the name, or the start of the function.
    pub name_span: Span,
    pub kind: FunctionKind,
    pub parameters: Vec<Parameter>,
    pub body: Block,
    /// Slots in the frame: parameters and locals of all its blocks.
    pub frame_size: u32,
    /// Name of each slot (same length as `frame_size`).
    pub slot_names: Vec<Symbol>,
    pub is_async: bool,
    pub is_generator: bool,
    /// Docstring, or the doc comment right before it, with the comment marks and common indentation removed.
    pub doc: Option<Arc<str>>,
    /// Return annotation.
    pub returns: Option<ExprId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The top level of a module.
    Module,
    Plain,
    /// Shares `this` with the function around it.
    Arrow,
    /// Has a receiver of its own: `this` (JavaScript), or its first parameter when `receiver_parameter` is set (Python).
    Method {
        receiver_parameter: bool,
    },
}

#[derive(Debug)]
pub struct Parameter {
    pub name: Option<Symbol>,
    /// Binds the argument; defaults are in `default`, not in the pattern.
    pub pattern: PatternId,
    pub default: Option<ExprId>,
    /// Type annotation as an expression, where it names something that exists at run time or is a literal:
    /// `Foo`, `a.Foo`, `Annotated[str, Field(...)]`, `Literal["a"]`.
    pub annotation: Option<ExprId>,
    pub kind: ParameterKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    Positional,
    KeywordOnly,
    /// `...rest`, `*args`
    RestItems,
    /// `**kwargs`
    RestEntries,
}

#[derive(Debug)]
pub struct Class {
    pub name: Option<Symbol>,
    pub span: Span,
    pub name_span: Span,
    pub bases: Vec<ExprId>,
    /// Keyword arguments of the class statement (`metaclass=`, `env_prefix=`).
    pub keywords: Vec<(Symbol, ExprId)>,
    pub members: Vec<ClassMember>,
    pub doc: Option<Arc<str>>,
    /// Not a class of its own: its members and bases are added to this one.
    pub augments: Option<ExprId>,
}

#[derive(Debug)]
pub struct ClassMember {
    pub key: Key,
    pub kind: MemberKind,
    pub is_static: bool,
    pub decorators: Vec<ExprId>,
    pub span: Span,
    /// Where the class body itself can read the member by its bare name (Python): a slot of the function around it.
    pub slot: Option<u32>,
    /// The name of a field in data from outside, where that is another one; `..` when its own fields stand in its place.
    pub alias: Option<Symbol>,
}

#[derive(Debug)]
pub enum MemberKind {
    /// The function is a [`FunctionKind::Method`] unless static. The constructor is the method named `constructor`
    /// (JavaScript) or `__init__` (Python).
    Method(FunctionId),
    Getter(FunctionId),
    Setter(FunctionId),
    /// `value` is an expression in the scope around the class, with `this` the instance (or the class when static);
    /// the annotation is as for parameters.
    Field {
        value: Option<ExprId>,
        annotation: Option<ExprId>,
    },
    /// Statements of the class body that bind no member (`static { … }`, `if …:`), run once at definition in the
    /// scope around the class. `key` is meaningless then.
    Initializer(Block),
}
