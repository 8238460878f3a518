//! Types as annotations, in the words that schemas and instances are made from.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, field};
use super::path::is_primitive;
use crate::program::{Element, Expr, ExprId};

/// What holds a value and is transparent to its methods.
const HOLDERS: &[&str] = &[
    "Box",
    "Arc",
    "Rc",
    "Mutex",
    "RwLock",
    "RefCell",
    "Cell",
    "Pin",
    "Cow",
    "Result",
    "OnceCell",
    "OnceLock",
    "LazyLock",
    "LazyCell",
    "Lazy",
    "ArcSwap",
    "Weak",
    "MutexGuard",
    "RwLockReadGuard",
    "RwLockWriteGuard",
    "ManuallyDrop",
];
const LISTS: &[&str] = &["Vec", "VecDeque", "HashSet", "BTreeSet", "IndexSet", "LinkedList", "SmallVec"];
const MAPS: &[&str] = &["HashMap", "BTreeMap", "IndexMap", "DashMap", "Map", "JsonObject"];
const TEXTS: &[&str] = &["String", "PathBuf", "Path", "OsString", "OsStr", "Url", "Uuid", "DateTime", "NaiveDate", "NaiveDateTime", "SecretString"];
const INTEGERS: &[&str] = &["NonZeroU8", "NonZeroU16", "NonZeroU32", "NonZeroU64", "NonZeroUsize", "NonZeroI32", "NonZeroI64"];

impl Lowering<'_> {
    /// The type as an annotation; `None` when it says nothing.
    pub(super) fn annotation(&mut self, node: Node<'_>) -> Option<ExprId> {
        self.nested(node, |l| l.type_of(node, true)).flatten()
    }

    /// The same where only classes count: a value of unknown origin is an instance of it.
    pub(super) fn class_annotation(&mut self, node: Node<'_>) -> Option<ExprId> {
        self.nested(node, |l| l.type_of(node, false)).flatten()
    }

    /// Whether a type is `Option<…>`.
    pub(super) fn is_optional(&self, node: Node<'_>) -> bool {
        self.kind(node) == Kind::GenericType && self.segments(node).last().is_some_and(|name| name == "Option")
    }

    /// `plain`: types that are no classes count too.
    fn type_of(&mut self, node: Node<'_>, plain: bool) -> Option<ExprId> {
        let span = self.span(node);
        let kids = self.kids(node);
        match self.kind(node) {
            Kind::PrimitiveType => plain.then(|| self.word(node)),
            Kind::ReferenceType | Kind::PointerType => self.inner(field(&kids, Field::Type), plain),
            Kind::ArrayType => {
                let element = self.inner(field(&kids, Field::Element), plain);
                self.listed(element, node, plain)
            }
            Kind::TupleType | Kind::UnitType | Kind::FunctionType => None,
            Kind::AbstractType | Kind::DynamicType => self.inner(field(&kids, Field::Trait), false),
            Kind::BoundedType | Kind::QualifiedType => self.inner(kids.first().copied(), plain),
            Kind::GenericType => {
                let arguments = field(&kids, Field::TypeArguments).map(|list| self.kids(list.node)).unwrap_or_default();
                let mut arguments = arguments.into_iter().filter(|kid| !matches!(kid.kind, Kind::Lifetime));
                let segments = self.segments(node);
                let last = segments.last()?.clone();
                if !self.is_item(&last) {
                    if last == "Option" || HOLDERS.contains(&last.as_str()) {
                        return self.inner(arguments.next(), plain);
                    }
                    if LISTS.contains(&last.as_str()) {
                        let element = self.inner(arguments.next(), plain);
                        return self.listed(element, node, plain);
                    }
                    if MAPS.contains(&last.as_str()) {
                        // What is gathered into a map is told by the type alone.
                        return Some(self.global("dict", span));
                    }
                    if TEXTS.contains(&last.as_str()) {
                        return plain.then(|| self.global("str", span));
                    }
                }
                let object = self.named_type(&segments, node)?;
                let items: Vec<Element> =
                    arguments.filter_map(|argument| self.inner(Some(argument), true)).map(|value| Element { value, spread: false }).collect();
                let index = match items.as_slice() {
                    [] => return Some(object),
                    [one] => one.value,
                    _ => self.b.expr(Expr::List(items.into()), span),
                };
                Some(self.b.expr(Expr::Index { object, index }, span))
            }
            _ => {
                let segments = self.segments(node);
                let last = segments.last()?.as_str();
                if is_primitive(last) {
                    return plain.then(|| self.word(node));
                }
                if !self.is_item(last) {
                    let word = match last {
                        _ if TEXTS.contains(&last) => Some("str"),
                        _ if INTEGERS.contains(&last) => Some("int"),
                        _ if MAPS.contains(&last) && segments.len() == 1 => Some("dict"),
                        _ => None,
                    };
                    if let Some(word) = word {
                        return (plain || word == "dict").then(|| self.global(word, span));
                    }
                }
                self.named_type(&segments, node)
            }
        }
    }

    fn inner(&mut self, kid: Option<Child<'_>>, plain: bool) -> Option<ExprId> {
        let kid = kid?;
        self.nested(kid.node, |l| l.type_of(kid.node, plain)).flatten()
    }

    fn listed(&mut self, element: Option<ExprId>, node: Node<'_>, plain: bool) -> Option<ExprId> {
        let span = self.span(node);
        let object = self.global("list", span);
        match element {
            Some(index) => Some(self.b.expr(Expr::Index { object, index }, span)),
            None => plain.then_some(object),
        }
    }

    fn named_type(&mut self, segments: &[String], node: Node<'_>) -> Option<ExprId> {
        if let [only] = segments {
            let name = self.b.symbol(only);
            if self.generics.contains(&name) || only == "_" {
                return None;
            }
        }
        let span = self.span(node);
        Some(self.path(segments, span))
    }

    /// A primitive type, by the word that schemas have for it.
    fn word(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let word = match self.text(node) {
            "bool" => "bool",
            "f32" | "f64" => "float",
            "str" | "char" => "str",
            _ => "int",
        };
        self.global(word, span)
    }
}
