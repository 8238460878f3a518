//! One walk over the syntax tree of a file.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree, TreeCursor};

use super::kind::{Field, GRAMMAR, Kind};
use crate::program::builder::{Builder, FunctionParts};
use crate::program::{Ecosystem, Expr, ExprId, Interner, Module, Span, Symbol};

/// How deep expressions, statements and patterns may nest together. Chains of operators, calls and `elif` do not count.
pub(super) const DEPTH: u32 = 400;

/// How many problems of one file are worth keeping.
const PROBLEMS: u32 = 50;

#[derive(Clone, Copy)]
pub(super) struct Child<'t> {
    pub node: Node<'t>,
    pub kind: Kind,
    pub field: Field,
}

pub(super) struct Lowering<'t, 'a> {
    pub source: &'t str,
    pub b: Builder<'a>,
    cursor: TreeCursor<'t>,
    /// Children of the nodes being lowered, as a stack: each lowering cuts off what it put on.
    pub kids: Vec<Child<'t>>,
    pub depth: u32,
    problems: u32,
    /// Inside `if TYPE_CHECKING:`.
    pub types_only: bool,
    /// The innermost function has a `yield`.
    pub yields: bool,
    /// Names bound by a statement directly in a class body; `None` elsewhere.
    pub class_names: Option<Vec<Symbol>>,
}

pub(super) fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&GRAMMAR.language).ok()?;
    parser.parse(text, None)
}

pub(super) fn module(path: &str, text: &str, interner: &Interner) -> Module {
    let mut builder = Builder::new(path, Ecosystem::Python, interner);
    let whole = Span { start: 0, end: text.len() as u32 };
    let Some(tree) = parse(text) else {
        builder.problem(whole, "could not be parsed");
        builder.module().error_bytes = whole.end;
        return builder.finish(FunctionParts::default());
    };
    lower(builder, &tree, text)
}

/// Lowers a parsed file.
pub(super) fn lower(builder: Builder<'_>, tree: &Tree, text: &str) -> Module {
    let root = tree.root_node();
    let mut lowering = Lowering {
        source: text,
        b: builder,
        cursor: root.walk(),
        kids: Vec::new(),
        depth: 0,
        problems: 0,
        types_only: false,
        yields: false,
        class_names: None,
    };
    let doc = lowering.docstring(root);
    let mut body = Vec::new();
    lowering.block(root, &mut body);
    let errors = if root.has_error() { error_bytes(root) } else { 0 };
    let module = lowering.b.module();
    module.exports_all = true;
    module.error_bytes = errors;
    lowering.b.finish(FunctionParts { span: span(root), body, doc, ..FunctionParts::default() })
}

/// Bytes inside the outermost ERROR nodes. Only subtrees that hold one are entered.
fn error_bytes(root: Node<'_>) -> u32 {
    let mut cursor = root.walk();
    let mut bytes = 0;
    loop {
        let node = cursor.node();
        if node.is_error() {
            bytes += span(node).end - span(node).start;
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

pub(super) fn span(node: Node<'_>) -> Span {
    Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn text(&self, node: Node<'t>) -> &'t str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    pub(super) fn kind(&self, node: Node<'t>) -> Kind {
        GRAMMAR.kind(node.kind_id())
    }

    /// Puts the children of `node` on the stack, without comments and punctuation, and says where.
    pub(super) fn open(&mut self, node: Node<'t>) -> Range<usize> {
        let start = self.kids.len();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            let kind = GRAMMAR.kind(child.kind_id());
            if !matches!(kind, Kind::Punctuation | Kind::Comment | Kind::LineContinuation) {
                let field = self.cursor.field_id().map_or(Field::None, |id| GRAMMAR.field(id.get()));
                self.kids.push(Child { node: child, kind, field });
            }
            more = self.cursor.goto_next_sibling();
        }
        start..self.kids.len()
    }

    /// The first of `range` in `field`.
    pub(super) fn field(&self, range: &Range<usize>, field: Field) -> Option<Child<'t>> {
        self.kids[range.clone()].iter().find(|kid| kid.field == field).copied()
    }

    pub(super) fn first_of(&self, range: &Range<usize>, kind: Kind) -> Option<Child<'t>> {
        self.kids[range.clone()].iter().find(|kid| kid.kind == kind).copied()
    }

    /// Runs `inner` one level deeper and cleans the stack of children after it; `None` when it is too deep.
    pub(super) fn nested<T>(&mut self, node: Node<'t>, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH {
            self.problem(node, "nested too deeply");
            return None;
        }
        self.depth += 1;
        let mark = self.kids.len();
        let result = inner(self);
        self.kids.truncate(mark);
        self.depth -= 1;
        Some(result)
    }

    pub(super) fn problem(&mut self, node: Node<'t>, what: &str) {
        self.problems += 1;
        if self.problems <= PROBLEMS {
            self.b.problem(span(node), what);
        }
    }

    pub(super) fn unknown(&mut self, node: Node<'t>) -> ExprId {
        self.b.expr(Expr::Unknown, span(node))
    }

    pub(super) fn symbol(&mut self, node: Node<'t>) -> Symbol {
        let text = self.text(node);
        self.b.symbol(text)
    }
}
