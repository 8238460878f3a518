//! Abstract values: what an expression can be, as far as the source tells.
//!
//! A value is one thing or a small union of things. Text keeps its constant pieces around the holes whose content is
//! chosen elsewhere, and every hole remembers who chooses it: that is the taint.

use std::rc::Rc;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::program::{ClassId, FunctionId, ModuleId, Symbol};

pub use super::engine::Verdict;
use super::marks::Marks;
use super::model::NodeId;

/// More alternatives than this, and the rest is given up as unknown.
pub const MAX_ALTERNATIVES: usize = 16;
/// Longer texts are cut (descriptions of tools are far below it).
const MAX_PIECES: usize = 64;
/// Bytes of one literal piece that concatenation builds.
const MAX_TEXT: usize = 64 * 1024;

/// Who chooses an unknown value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// Nothing is known of it.
    Unknown,
    /// An environment variable.
    Environment(Symbol),
    /// An argument of a tool, by its top-level name; the symbol of `""` is the whole of the arguments.
    Argument(Symbol),
    /// A parameter of a function whose callers are not known.
    Parameter,
    /// The command line or a configuration file.
    Config,
    /// Read from outside (a response, a file) by the effect of this number, where it is known.
    Remote(Option<u32>),
    /// The content of a file that is not known, by the effect that read it.
    File(Option<u32>),
    /// A request that reaches the server otherwise than as a call of a tool: its query, headers, body. By the name of the
    /// part, the symbol of `""` is the whole.
    Request(Symbol),
    /// The result of a library that says nothing about it.
    Library,
}

/// Who chooses an unknown value, and what was made of it on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    pub source: Source,
    pub marks: Marks,
}

impl Origin {
    pub const UNKNOWN: Origin = Origin { source: Source::Unknown, marks: Marks::NONE };

    pub fn marked(self, marks: Marks) -> Self {
        Origin { marks: self.marks.with(marks), ..self }
    }
}

impl From<Source> for Origin {
    fn from(source: Source) -> Self {
        Origin { source, marks: Marks::NONE }
    }
}

#[derive(Clone, Debug, Default)]
pub enum Value {
    /// No value: what a variable holds before it is assigned, what a missing argument is.
    #[default]
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<Text>),
    /// A regular expression and its flags.
    Regex(Arc<str>, Arc<str>),
    Object(ObjectId),
    Function(Rc<Closure>),
    Class(Rc<ClassValue>),
    Module(ModuleId),
    /// Something of a library.
    Api(Rc<Api>),
    Unknown(Origin),
    /// A truth value that says something of other values.
    Check(Rc<Verdict>),
    /// Two to [`MAX_ALTERNATIVES`] different values, none of them a union.
    Union(Rc<[Value]>),
}

/// An object in the analysis' heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u32);

/// An activation of a function: its variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameId(pub u32);

/// A function of the program together with the frame it was made in.
#[derive(Clone, Debug)]
pub struct Closure {
    pub module: ModuleId,
    pub function: FunctionId,
    /// `None` for the top level of a module.
    pub frame: Option<FrameId>,
    /// `this` where it was made (arrow functions) or what it was bound to (methods).
    pub this: Option<Value>,
    /// Arguments already given (`bind`, `partial`).
    pub bound: Vec<Value>,
}

/// A class of the program together with the frame it was made in.
#[derive(Debug)]
pub struct ClassValue {
    pub module: ModuleId,
    pub class: ClassId,
    pub frame: FrameId,
    pub bases: Vec<Value>,
    /// Static members: an object of its own.
    pub statics: ObjectId,
}

/// A value that comes from a library: the access path by which the program got at it.
#[derive(Debug)]
pub struct Api {
    pub parent: Option<Rc<Api>>,
    /// Distinguishes it from every other API value of the program.
    pub id: u32,
    /// Length of the access path.
    pub depth: u32,
    pub segment: Segment,
    /// What it stands for as a plain value: the text of a `URL` or `Path` object.
    pub meaning: Option<Value>,
    /// What the models know of it.
    pub node: Option<NodeId>,
    /// The call that made it, when it is the result of one.
    pub call: Option<Rc<CallRecord>>,
    /// The effect that brought it from outside: what can be had of it comes from there.
    pub read: Option<u32>,
}

/// One step of an access path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// The module itself.
    Module(Symbol),
    /// A name bound nowhere.
    Global(Symbol),
    Member(Symbol),
    Call,
}

/// The arguments of a call, kept with its result.
#[derive(Debug)]
pub struct CallRecord {
    pub this: Value,
    pub arguments: Arguments,
}

#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub positional: Vec<Value>,
    pub keywords: Vec<(Symbol, Value)>,
    /// More positional arguments, from spreading something not known.
    pub more: Option<Value>,
    /// More keyword arguments, likewise.
    pub more_keywords: Option<Value>,
}

impl Arguments {
    pub fn of(positional: Vec<Value>) -> Self {
        Arguments { positional, ..Arguments::default() }
    }

    pub fn get(&self, index: usize) -> Option<Value> {
        self.positional.get(index).cloned().or_else(|| self.more.clone())
    }

    pub fn keyword(&self, name: Symbol) -> Option<Value> {
        self.keywords.iter().find(|(k, _)| *k == name).map(|(_, v)| v.clone()).or_else(|| self.more_keywords.clone())
    }
}

/// Text with holes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    /// One piece needs no allocation of its own: most texts are constants.
    pub pieces: SmallVec<[Piece; 1]>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    Literal(Arc<str>),
    Hole(Origin),
}

impl Text {
    pub fn literal(text: impl Into<Arc<str>>) -> Self {
        Text { pieces: smallvec![Piece::Literal(text.into())] }
    }

    /// The whole text, when there is no hole in it.
    pub fn constant(&self) -> Option<Arc<str>> {
        match self.pieces.as_slice() {
            [] => Some("".into()),
            [Piece::Literal(text)] => Some(text.clone()),
            _ => None,
        }
    }

    pub fn push(&mut self, piece: &Piece) {
        let full = self.pieces.len() >= MAX_PIECES;
        match (self.pieces.last_mut(), piece) {
            (_, Piece::Literal(text)) if text.is_empty() => {}
            (Some(Piece::Literal(last)), Piece::Literal(text)) if last.len() + text.len() <= MAX_TEXT => *last = format!("{last}{text}").into(),
            (Some(Piece::Literal(_)), Piece::Literal(_)) => {}
            (Some(Piece::Hole(last)), Piece::Hole(origin)) if last == origin => {}
            (Some(Piece::Hole(_)), _) if full => {}
            _ if full => self.pieces.push(Piece::Hole(Origin::UNKNOWN)),
            _ => self.pieces.push(piece.clone()),
        }
    }

    /// The text with each hole replaced by `mark`.
    pub fn render(&self, mark: &str) -> String {
        self.pieces.iter().map(|p| if let Piece::Literal(text) = p { text } else { mark }).collect()
    }

    pub fn holes(&self) -> impl Iterator<Item = Origin> + '_ {
        self.pieces.iter().filter_map(|p| if let Piece::Hole(origin) = p { Some(*origin) } else { None })
    }
}

impl Value {
    pub const UNKNOWN: Value = Value::Unknown(Origin::UNKNOWN);

    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(Rc::new(Text::literal(text)))
    }

    /// The alternatives of a union, or the value alone.
    pub fn alternatives(&self) -> &[Value] {
        match self {
            Value::Union(all) => all,
            one => std::slice::from_ref(one),
        }
    }

    /// The text, when it is one and has no holes.
    pub fn constant_text(&self) -> Option<Arc<str>> {
        match self {
            Value::Text(text) => text.constant(),
            _ => None,
        }
    }

    pub fn is_absent(&self) -> bool {
        matches!(self.plain(), Value::Undefined | Value::Null)
    }

    /// The value itself, whatever it says of others.
    pub fn plain(&self) -> &Value {
        if let Value::Check(verdict) = self { &verdict.of } else { self }
    }

    pub fn is_nothing_known(&self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    /// Either of the two.
    pub fn or(self, other: Value) -> Value {
        if same(&self, &other) {
            return self;
        }
        match (&self, &other) {
            // The alternatives on the left differ already.
            (Value::Union(all), _) if other.alternatives().iter().all(|v| all.iter().any(|known| same(known, v))) => self,
            (Value::Union(_), _) | (_, Value::Union(_)) => union([self, other]),
            _ => Value::Union(Rc::new([self, other])),
        }
    }

    /// As JavaScript and Python agree: is it taken for true? `None` when it can be either.
    pub fn truth(&self) -> Option<bool> {
        match self.plain() {
            Value::Undefined | Value::Null => Some(false),
            Value::Bool(b) => Some(*b),
            Value::Number(n) => Some(*n != 0.0),
            Value::Text(text) => match text.constant() {
                Some(text) => Some(!text.is_empty()),
                // A literal piece makes it non-empty whatever the holes hold.
                None => text.pieces.iter().any(|p| matches!(p, Piece::Literal(_))).then_some(true),
            },
            Value::Regex(..) | Value::Function(_) | Value::Class(_) | Value::Module(_) => Some(true),
            // An empty list is true in one language and false in another.
            Value::Object(_) | Value::Api(_) | Value::Unknown(_) | Value::Check(_) => None,
            Value::Union(all) => {
                let first = all[0].truth()?;
                all[1..].iter().all(|v| v.truth() == Some(first)).then_some(first)
            }
        }
    }

    /// The pieces the value has when it is put into a text: one text for each alternative.
    pub fn texts(&self) -> Vec<Text> {
        let all = self.alternatives();
        // What is absent is not what flows into a text, unless it is all there is.
        let present = all.iter().any(|v| !v.is_absent());
        all.iter()
            .filter(|v| !present || !v.is_absent())
            .map(|value| match value.plain() {
                Value::Text(text) => (**text).clone(),
                Value::Number(n) => Text::literal(format!("{n}")),
                Value::Bool(b) => Text::literal(format!("{b}")),
                Value::Regex(r, _) => Text::literal(r.clone()),
                Value::Unknown(origin) => Text { pieces: smallvec![Piece::Hole(*origin)] },
                Value::Api(api) => match &api.meaning {
                    Some(meaning) => meaning.texts().into_iter().next().unwrap_or_default(),
                    None => Text { pieces: smallvec![Piece::Hole(api.origin())] },
                },
                Value::Undefined | Value::Null => Text { pieces: smallvec![Piece::Hole(Origin::UNKNOWN)] },
                _ => Text { pieces: smallvec![Piece::Hole(Origin::UNKNOWN)] },
            })
            .collect()
    }
}

/// The union of all values: without repetitions, at most [`MAX_ALTERNATIVES`].
pub fn union(values: impl IntoIterator<Item = Value>) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for value in values {
        for value in value.alternatives() {
            if all.len() >= MAX_ALTERNATIVES {
                if !all.iter().any(|v| matches!(v, Value::Unknown(Origin::UNKNOWN))) {
                    all[MAX_ALTERNATIVES - 1] = Value::UNKNOWN;
                }
                break;
            }
            if !all.iter().any(|v| same(v, value)) {
                all.push(value.clone());
            }
        }
    }
    match all.len() {
        0 => Value::Undefined,
        1 => all.remove(0),
        _ => Value::Union(all.into()),
    }
}

/// The texts of `parts` one after the other, in every combination of their alternatives (bounded).
pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Value>) -> Value {
    let mut all = vec![Text::default()];
    for part in parts {
        let texts = part.texts();
        if texts.len() == 1 {
            for text in &mut all {
                texts[0].pieces.iter().for_each(|p| text.push(p));
            }
            continue;
        }
        if all.len() * texts.len() > MAX_ALTERNATIVES {
            let origin = texts.iter().flat_map(Text::holes).next().unwrap_or(Origin::UNKNOWN);
            all.iter_mut().for_each(|text| text.push(&Piece::Hole(origin)));
            continue;
        }
        let mut next = Vec::with_capacity(all.len() * texts.len());
        for text in &all {
            for more in &texts {
                let mut text = text.clone();
                more.pieces.iter().for_each(|p| text.push(p));
                next.push(text);
            }
        }
        all = next;
    }
    union(all.into_iter().map(|text| Value::Text(Rc::new(text))))
}

/// Whether two values are the same as far as the analysis can tell them apart.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
        (Value::Text(a), Value::Text(b)) => Rc::ptr_eq(a, b) || a == b,
        (Value::Regex(a, f), Value::Regex(b, g)) => a == b && f == g,
        (Value::Object(a), Value::Object(b)) => a == b,
        (Value::Function(a), Value::Function(b)) => {
            Rc::ptr_eq(a, b)
                || (a.module == b.module
                    && a.function == b.function
                    && a.frame == b.frame
                    && a.bound.len() == b.bound.len()
                    && a.bound.iter().zip(&b.bound).all(|(a, b)| same(a, b))
                    && match (&a.this, &b.this) {
                        (None, None) => true,
                        (Some(a), Some(b)) => same(a, b),
                        _ => false,
                    })
        }
        (Value::Class(a), Value::Class(b)) => Rc::ptr_eq(a, b) || (a.module == b.module && a.class == b.class && a.frame == b.frame),
        (Value::Module(a), Value::Module(b)) => a == b,
        (Value::Api(a), Value::Api(b)) => a.id == b.id,
        (Value::Unknown(a), Value::Unknown(b)) => a == b,
        (Value::Check(a), Value::Check(b)) => Rc::ptr_eq(a, b) || a.same_as(b),
        (Value::Union(a), Value::Union(b)) => Rc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))),
        _ => false,
    }
}

impl Api {
    /// Who chooses what it holds.
    pub fn origin(&self) -> Origin {
        match self.read {
            Some(read) => Source::Remote(Some(read)),
            None => Source::Library,
        }
        .into()
    }

    /// The nearest call on the way to this value: the one whose arguments made it.
    pub fn made_by(&self) -> Option<&Rc<CallRecord>> {
        let mut api = self;
        loop {
            if let Some(call) = &api.call {
                return Some(call);
            }
            api = api.parent.as_deref()?;
        }
    }

    /// The module (or global) at the root of the path.
    pub fn root(&self) -> Segment {
        let mut api = self;
        while let Some(parent) = &api.parent {
            api = parent;
        }
        api.segment
    }
}
