//! One walk over the syntax tree of a file.
//!
//! Rust is a language of expressions and the program's form has statements beside them: a block, `match` or `if` that has a
//! value puts its statements before the one in which it stands, and its value into a variable without a name.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use tree_sitter::{Node, Parser, Tree};

use super::kind::{Field, GRAMMAR, Kind};
use super::uses::UsePath;
use crate::program::builder::{Builder, FunctionParts, ScopeKind};
use crate::program::{Block, Ecosystem, Expr, ExprId, ImportId, Interner, Module, Pattern, PatternId, Span, Statement, Symbol, Variable};

/// How deep expressions, statements, patterns and macros may nest together. Chains of operators, calls and `else if` do not count.
pub(super) const DEPTH: u32 = 300;
/// How deep macros in macros are read.
pub(super) const MACRO_DEPTH: u32 = 8;
/// How many problems of one file are worth keeping.
const PROBLEMS: u32 = 50;

#[derive(Clone, Copy)]
pub(super) struct Child<'t> {
    pub node: Node<'t>,
    pub kind: Kind,
    pub field: Field,
}

pub(super) type Kids<'t> = SmallVec<[Child<'t>; 8]>;

/// What becomes of the value of a block, `if` or `match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Nothing.
    Drop,
    /// Into a variable without a name.
    Keep(u32),
    /// The function returns it.
    Return,
}

/// The function that is lowered.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// Its return type, where it may name a class of the program.
    pub returns: Option<ExprId>,
    /// For each loop around, innermost last: the variable for the value of `break`.
    pub loops: Vec<Option<u32>>,
}

pub(super) struct Lowering<'a> {
    /// The text of the tree that is walked: the file, or a part of it that stood in a macro.
    pub source: Rc<str>,
    /// What to add to a position in that text to have the one in the file.
    pub shift: i64,
    pub b: Builder<'a>,
    parser: Option<Parser>,
    /// Statements of the blocks that are open, innermost last.
    out: Vec<Block>,
    pub depth: u32,
    pub macro_depth: u32,
    problems: u32,
    pub around: Around,
    /// Names that were read so far.
    pub mentioned: FxHashSet<Symbol>,
    /// Scopes that were opened in the block for variables that hide others of the same name.
    pub hiding: u32,
    /// Names of variables that can be seen, with how many of the open scopes declare them.
    locals: FxHashMap<Symbol, u32>,
    scopes: Vec<Vec<Symbol>>,
    /// Items of the file under their names with the names of the inline modules around them.
    pub items: FxHashSet<String>,
    /// Modules that lie in other files.
    pub files: FxHashSet<String>,
    /// Inline modules.
    pub inline: FxHashSet<String>,
    pub uses: FxHashMap<String, UsePath>,
    /// Names that are used from inline modules, with their paths.
    pub late: Vec<(String, Vec<String>, Span)>,
    pub imports: FxHashMap<String, ImportId>,
    /// Inline modules around the item that is lowered: `a::b::`.
    pub prefix: String,
    /// Files of modules that say where they lie.
    pub paths: FxHashMap<String, String>,
    /// What `Self` is.
    pub self_type: Option<SelfType>,
    /// Type parameters that can be seen.
    pub generics: Vec<Symbol>,
}

/// What `Self` means.
#[derive(Clone, Debug)]
pub(super) enum SelfType {
    /// A type by its path, with its place.
    Path(Vec<String>, Span),
    /// Whatever implements the trait.
    Implementor,
}

pub(super) fn parse(text: &str) -> Option<Tree> {
    parser()?.parse(text, None)
}

fn parser() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&GRAMMAR.language).ok()?;
    Some(parser)
}

pub(super) fn module(path: &str, text: &str, interner: &Interner) -> Module {
    let mut builder = Builder::new(path, Ecosystem::Rust, interner);
    let whole = Span { start: 0, end: text.len() as u32 };
    let Some(tree) = parse(text) else {
        builder.problem(whole, "could not be parsed");
        builder.module().error_bytes = whole.end;
        return builder.finish(FunctionParts::default());
    };
    let root = tree.root_node();
    let mut lowering = Lowering {
        source: text.into(),
        shift: 0,
        b: builder,
        parser: None,
        out: vec![Vec::new()],
        depth: 0,
        macro_depth: 0,
        problems: 0,
        around: Around::default(),
        mentioned: FxHashSet::default(),
        hiding: 0,
        locals: FxHashMap::default(),
        scopes: Vec::new(),
        items: FxHashSet::default(),
        files: FxHashSet::default(),
        inline: FxHashSet::default(),
        uses: FxHashMap::default(),
        late: Vec::new(),
        imports: FxHashMap::default(),
        prefix: String::new(),
        paths: FxHashMap::default(),
        self_type: None,
        generics: Vec::new(),
    };
    lowering.items_of(root);
    let body = lowering.out.pop().unwrap_or_default();
    let module = lowering.b.module();
    module.exports_all = true;
    module.error_bytes = if root.has_error() { error_bytes(root) } else { 0 };
    lowering.b.finish(FunctionParts { span: whole, body, ..FunctionParts::default() })
}

/// Bytes inside the outermost ERROR nodes. Only subtrees that hold one are entered.
fn error_bytes(root: Node<'_>) -> u32 {
    let mut cursor = root.walk();
    let mut bytes = 0;
    loop {
        let node = cursor.node();
        if node.is_error() {
            bytes += (node.end_byte() - node.start_byte()) as u32;
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return bytes;
            }
        }
    }
}

impl Lowering<'_> {
    pub(super) fn text(&self, node: Node<'_>) -> &str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        GRAMMAR.kind(node.kind_id())
    }

    pub(super) fn span(&self, node: Node<'_>) -> Span {
        let at = |byte: usize| u32::try_from((byte as i64 + self.shift).max(0)).unwrap_or(u32::MAX);
        Span { start: at(node.start_byte()), end: at(node.end_byte()) }
    }

    /// The children of a node without comments and punctuation.
    pub(super) fn kids<'t>(&self, node: Node<'t>) -> Kids<'t> {
        let mut kids = Kids::new();
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            let kind = self.kind(child);
            let field = cursor.field_id().map_or(Field::None, |id| GRAMMAR.field(id.get()));
            let counts = (child.is_named() && !matches!(kind, Kind::LineComment | Kind::BlockComment)) || field == Field::Operator;
            if counts || kind == Kind::Underscore {
                kids.push(Child { node: child, kind, field });
            }
            more = cursor.goto_next_sibling();
        }
        kids
    }

    /// Every child of a node, tokens too, comments not.
    pub(super) fn tokens<'t>(&self, node: Node<'t>) -> Vec<Child<'t>> {
        let mut kids = Vec::new();
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            let kind = self.kind(child);
            if !matches!(kind, Kind::LineComment | Kind::BlockComment) {
                kids.push(Child { node: child, kind, field: Field::None });
            }
            more = cursor.goto_next_sibling();
        }
        kids
    }

    /// Runs `inner` one level deeper; `None` when it is too deep.
    pub(super) fn nested<T>(&mut self, node: Node<'_>, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH {
            self.problem(node, "nested too deeply");
            return None;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        Some(result)
    }

    /// Walks the tree of a text that is no tree of the file: what stands in a macro. `start` is its place in the text that is
    /// walked now. Positions keep their meaning.
    pub(super) fn fragment<T>(
        &mut self,
        before: &str,
        range: std::ops::Range<usize>,
        after: &str,
        inner: impl FnOnce(&mut Self, Node<'_>) -> T,
    ) -> Option<T> {
        if self.macro_depth >= MACRO_DEPTH {
            return None;
        }
        let text = format!("{before}{}{after}", self.source.get(range.clone())?);
        if self.parser.is_none() {
            self.parser = parser();
        }
        let tree = self.parser.as_mut()?.parse(&text, None)?;
        let shift = self.shift + range.start as i64 - before.len() as i64;
        let outer = (std::mem::replace(&mut self.source, text.into()), std::mem::replace(&mut self.shift, shift));
        self.macro_depth += 1;
        self.depth += 4;
        let result = inner(self, tree.root_node());
        self.depth -= 4;
        self.macro_depth -= 1;
        (self.source, self.shift) = outer;
        Some(result)
    }

    pub(super) fn problem(&mut self, node: Node<'_>, what: &str) {
        self.problems += 1;
        if self.problems <= PROBLEMS {
            let span = self.span(node);
            self.b.problem(span, what);
        }
    }

    pub(super) fn unknown(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        self.b.expr(Expr::Unknown, span)
    }

    pub(super) fn symbol(&mut self, node: Node<'_>) -> Symbol {
        let text = self.source.get(node.byte_range()).unwrap_or("");
        // `r#type` is the name `type`.
        self.b.symbol(text.strip_prefix("r#").unwrap_or(text))
    }

    pub(super) fn emit(&mut self, statement: Statement) {
        if let Some(block) = self.out.last_mut() {
            block.push(statement);
        }
    }

    /// The statements that `inner` puts out.
    pub(super) fn block_of(&mut self, inner: impl FnOnce(&mut Self)) -> Block {
        self.out.push(Vec::new());
        inner(self);
        self.out.pop().unwrap_or_default()
    }

    /// How many statements the open block has.
    pub(super) fn emitted(&self) -> usize {
        self.out.last().map_or(0, Vec::len)
    }

    /// Runs `inner` in a scope of variables of its own.
    pub(super) fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.b.open_scope(ScopeKind::Block);
        self.scopes.push(Vec::new());
        let result = inner(self);
        self.close_names();
        self.b.close_scope();
        result
    }

    pub(super) fn open_names(&mut self) {
        self.scopes.push(Vec::new());
    }

    pub(super) fn close_names(&mut self) {
        for name in self.scopes.pop().unwrap_or_default() {
            if let Some(count) = self.locals.get_mut(&name) {
                *count -= 1;
                if *count == 0 {
                    self.locals.remove(&name);
                }
            }
        }
    }

    /// Declares a variable and returns the pattern that binds it.
    pub(super) fn declare(&mut self, name: Symbol) -> PatternId {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(name);
            *self.locals.entry(name).or_default() += 1;
        }
        self.b.binding(name)
    }

    pub(super) fn is_local(&self, name: Symbol) -> bool {
        self.locals.contains_key(&name)
    }

    /// A new variable without a name; it holds nothing.
    pub(super) fn temporary(&mut self) -> u32 {
        let slot = self.b.temporary();
        let pattern = self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }));
        let nothing = self.b.expr(Expr::Undefined, Span::default());
        self.emit(Statement::Bind { pattern, value: Some(nothing), declares: true });
        slot
    }

    /// A new variable without a name for a value.
    pub(super) fn keep(&mut self, value: ExprId) -> u32 {
        let slot = self.b.temporary();
        let pattern = self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }));
        self.emit(Statement::Bind { pattern, value: Some(value), declares: true });
        slot
    }

    pub(super) fn slot(&mut self, slot: u32, span: Span) -> ExprId {
        self.b.expr(Expr::Variable(Variable { hops: 0, slot }), span)
    }

    /// Does with a value what is wanted of it.
    pub(super) fn deliver(&mut self, goal: Goal, value: ExprId, node: Node<'_>) {
        match goal {
            Goal::Drop => self.emit(Statement::Expr(value)),
            Goal::Keep(slot) => {
                let pattern = self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }));
                self.emit(Statement::Bind { pattern, value: Some(value), declares: false });
            }
            Goal::Return => {
                let value = match self.around.returns {
                    Some(annotation) => {
                        let span = self.span(node);
                        self.b.expr(Expr::Typed { value, annotation }, span)
                    }
                    None => value,
                };
                self.emit(Statement::Return(Some(value)));
            }
        }
    }

    pub(super) fn member(&mut self, object: ExprId, name: &str, span: Span) -> ExprId {
        let property = self.b.symbol(name);
        self.b.expr(Expr::Member { object, property }, span)
    }

    pub(super) fn global(&mut self, name: &str, span: Span) -> ExprId {
        let name = self.b.symbol(name);
        self.b.expr(Expr::Global(name), span)
    }

    pub(super) fn constant(&mut self, text: &str, span: Span) -> ExprId {
        self.b.expr(Expr::Str(text.into()), span)
    }
}

/// The first child in a field.
pub(super) fn field<'t>(kids: &[Child<'t>], field: Field) -> Option<Child<'t>> {
    kids.iter().find(|kid| kid.field == field).copied()
}

/// The first child of a kind.
pub(super) fn of_kind<'t>(kids: &[Child<'t>], kind: Kind) -> Option<Child<'t>> {
    kids.iter().find(|kid| kid.kind == kind).copied()
}
