//! What is known of values that are chosen elsewhere, on the way that execution took: the tests they passed or failed.
//!
//! A condition evaluates to a [`Verdict`]: what holds of which value when it is true, and what when it is false. Where a
//! branch leaves (`throw`, `return`), the other outcome is what goes on; where branches meet again, only what holds on both
//! is kept. A function hands its caller what holds on every way out of it, and a truth value that it returns carries what
//! held where it was returned: `if (!isAllowed(p)) throw …` guards `p` whatever is inside `isAllowed`, and a validator whose
//! result nobody looks at guards nothing.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{At, Engine, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::value::{Origin, Piece, Source, Text, Value, same, union};
use crate::program::{Expr, ExprId};

/// Tests that are told apart; more are not looked at.
const MAX_ATOMS: usize = 20_000;
/// Tests that are known to hold at one place.
const MAX_HELD: usize = 64;

/// What a value is tested for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// Equal to a text; `None`: to something that is not constant.
    Equal(Option<Arc<str>>),
    /// One of a collection.
    Member,
    /// Inside a folder, as a library decides it.
    Within,
    /// Begins with a text that is known.
    Prefix(Arc<str>),
    /// Begins with a place that is not known, or only in part; with a separator at its end or without.
    PrefixOf {
        separator: bool,
    },
    Suffix(Arc<str>),
    Contains(Arc<str>),
    /// Matches a regular expression. `whole`: the call itself demands that all of the text matches.
    Match {
        pattern: Arc<str>,
        start: bool,
        whole: bool,
    },
    /// What a library's predicate says: `private`, `absolute`, …
    Is(Arc<str>),
}

/// A value (by who chose it and what was made of it) passed a test, or failed it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Atom {
    pub(crate) origin: Origin,
    pub(crate) test: Test,
    pub(crate) holds: bool,
    pub(crate) site: Site,
}

pub(crate) type AtomId = u32;
pub(super) type Held = SmallVec<[AtomId; 4]>;

/// What holds where execution is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    /// Sorted.
    held: Held,
    /// What holds on some of the ways that lead here. Sorted.
    sometimes: Held,
    /// Nothing comes this way: it ended in an error.
    ended: bool,
}

impl Way {
    pub(super) fn ended() -> Self {
        Way { ended: true, ..Way::default() }
    }
}

/// A truth value, and what it says of other values.
#[derive(Debug)]
pub struct Verdict {
    /// What it is: true, false, null, or not known.
    pub of: Value,
    when_true: Held,
    when_false: Held,
}

impl Verdict {
    pub fn same_as(&self, other: &Verdict) -> bool {
        same(&self.of, &other.of) && self.when_true == other.when_true && self.when_false == other.when_false
    }

    pub(super) fn hash(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        (&self.when_true, &self.when_false).hash(hasher);
    }
}

/// All tests and where execution is among them.
#[derive(Debug, Default)]
pub(super) struct Guards {
    atoms: Vec<Atom>,
    index: FxHashMap<Atom, AtomId>,
    pub(super) way: Way,
    /// What held when the running function was entered.
    entry: Held,
    /// What holds on all ways out of it so far.
    exit: Option<Way>,
    /// What holds on all ways out of the running body of a loop that do not lead to its end.
    breaks: Option<Way>,
}

/// The state around a call.
pub(super) struct Outer {
    entry: Held,
    exit: Option<Way>,
    breaks: Option<Way>,
}

impl Guards {
    fn atom(&mut self, atom: Atom) -> Option<AtomId> {
        if let Some(&id) = self.index.get(&atom) {
            return Some(id);
        }
        if self.atoms.len() >= MAX_ATOMS {
            return None;
        }
        let id = self.atoms.len() as AtomId;
        self.atoms.push(atom.clone());
        self.index.insert(atom, id);
        Some(id)
    }

    fn hold(&mut self, more: &[AtomId]) {
        for &id in more {
            insert(&mut self.way.held, id);
        }
    }

    /// What holds whichever of two ways was taken.
    fn meet(&mut self, a: &Way, b: &Way) -> Way {
        match (a.ended, b.ended) {
            (true, _) => b.clone(),
            (_, true) => a.clone(),
            _ => {
                let held = self.common(&a.held, &b.held);
                let mut sometimes = either(&a.sometimes, &b.sometimes);
                for id in a.held.iter().chain(&b.held) {
                    let atom = &self.atoms[*id as usize];
                    let telling = rank(&atom.test).is_some_and(|rank| rank > 0) && atom.holds
                        || matches!(&atom.test, Test::Is(_) | Test::Prefix(_)) && !atom.holds;
                    if telling && held.binary_search(id).is_err() {
                        insert(&mut sometimes, *id);
                    }
                }
                Way { held, sometimes, ended: false }
            }
        }
    }

    /// What both sets say: the same tests, or of two tests of one value the weaker one.
    fn common(&mut self, a: &Held, b: &Held) -> Held {
        let mut all = Held::new();
        for &x in a {
            if b.binary_search(&x).is_ok() {
                insert(&mut all, x);
                continue;
            }
            for &y in b {
                if let Some(weaker) = self.weaker(x, y) {
                    insert(&mut all, weaker);
                }
            }
        }
        self.literal_addresses(a, b, &mut all);
        self.literal_addresses(b, a, &mut all);
        all
    }

    /// One way resolves a name and tests what comes of it; on the other it is an address already, and tested as it is: the
    /// address is tested on both.
    fn literal_addresses(&self, resolved: &Held, literal: &Held, all: &mut Held) {
        let of = |id: &AtomId| &self.atoms[*id as usize];
        for id in resolved {
            let atom = of(id);
            if !atom.origin.marks.has(Marks::ADDRESS) {
                continue;
            }
            let same = |other: &Atom| other.origin.source == atom.origin.source && !other.origin.marks.has(Marks::ADDRESS);
            let is_address = literal.iter().any(|id| same(of(id)) && of(id).holds && matches!(&of(id).test, Test::Is(what) if &**what == "address"));
            let tested = literal
                .iter()
                .any(|id| same(of(id)) && of(id).origin.marks.has(Marks::HOST) && !matches!(&of(id).test, Test::Is(what) if &**what == "address"));
            if is_address && tested {
                insert(all, *id);
            }
        }
    }

    fn weaker(&mut self, x: AtomId, y: AtomId) -> Option<AtomId> {
        let (a, b) = (&self.atoms[x as usize], &self.atoms[y as usize]);
        if !a.holds || !b.holds || a.origin.source != b.origin.source {
            return None;
        }
        let (rank_a, rank_b) = (rank(&a.test)?, rank(&b.test)?);
        if rank_a == 0 && rank_b == 0 {
            if a.origin != b.origin {
                return None;
            }
            let either = Atom { test: Test::Member, ..a.clone() };
            return self.atom(either);
        }
        Some(if rank_a >= rank_b { x } else { y })
    }
}

/// How much a test leaves open; what cannot be compared has no rank.
fn rank(test: &Test) -> Option<u32> {
    Some(match test {
        Test::Equal(_) | Test::Member => 0,
        Test::Within => 1,
        Test::PrefixOf { separator: true } => 2,
        Test::Prefix(_) => 3,
        Test::Match { .. } => 4,
        Test::PrefixOf { separator: false } => 5,
        Test::Suffix(_) => 6,
        Test::Contains(_) | Test::Is(_) => return None,
    })
}

fn insert(held: &mut Held, id: AtomId) {
    if let Err(at) = held.binary_search(&id)
        && held.len() < MAX_HELD
    {
        held.insert(at, id);
    }
}

fn minus(all: &Held, without: &Held) -> Held {
    all.iter().copied().filter(|id| without.binary_search(id).is_err()).collect()
}

fn either(a: &Held, b: &Held) -> Held {
    let mut all = a.clone();
    b.iter().for_each(|id| insert(&mut all, *id));
    all
}

/// Whose values are worth following: those that somebody outside chooses.
pub(super) fn chosen_outside(origin: Origin) -> bool {
    matches!(origin.source, Source::Argument(_) | Source::Request(_) | Source::Remote(_))
}

impl Engine<'_> {
    /// The truth of a value together with what it says.
    fn judged(&mut self, value: &Value) -> (Held, Held) {
        if !value.alternatives().iter().any(|v| matches!(v, Value::Check(_))) {
            return (Held::new(), Held::new());
        }
        let (mut when_true, mut when_false): (Option<Held>, Option<Held>) = (None, None);
        for alternative in value.alternatives() {
            let (mut yes, mut no) = (Held::new(), Held::new());
            if let Value::Check(verdict) = alternative {
                (yes, no) = (verdict.when_true.clone(), verdict.when_false.clone());
            }
            let truth = alternative.truth();
            if truth != Some(false) {
                when_true = Some(when_true.map_or(yes.clone(), |known| self.guards.common(&known, &yes)));
            }
            if truth != Some(true) {
                when_false = Some(when_false.map_or(no.clone(), |known| self.guards.common(&known, &no)));
            }
        }
        (when_true.unwrap_or_default(), when_false.unwrap_or_default())
    }

    /// A truth value that says something, or just the value when it says nothing.
    fn verdict(of: Value, when_true: Held, when_false: Held) -> Value {
        if when_true.is_empty() && when_false.is_empty() {
            return of;
        }
        Value::Check(Rc::new(Verdict { of, when_true, when_false }))
    }

    /// The result of testing `subject`: true when the test holds.
    pub(super) fn tested(&mut self, subject: &Value, test: &Test, site: Site) -> Value {
        let (mut yes, mut no) = (Held::new(), Held::new());
        for text in subject.texts() {
            for origin in text.holes().filter(|o| chosen_outside(*o)) {
                for (held, holds) in [(&mut yes, true), (&mut no, false)] {
                    if let Some(id) = self.guards.atom(Atom { origin, test: test.clone(), holds, site }) {
                        insert(held, id);
                    }
                }
            }
        }
        Self::verdict(Value::UNKNOWN, yes, no)
    }

    /// What holds from now on, because otherwise the call would not have returned.
    pub(super) fn enforced(&mut self, subject: &Value, test: &Test, site: Site) {
        if let Value::Check(verdict) = self.tested(subject, test, site) {
            self.guards.hold(&verdict.when_true);
        }
    }

    /// A truth value that is true for some element, or for none when there are none: not decided, whatever it says.
    pub(super) fn undecided(&mut self, value: Value) -> Value {
        let (yes, no) = self.judged(&value);
        Self::verdict(Value::UNKNOWN, yes, no)
    }

    /// `!value`.
    pub(super) fn negated(&mut self, value: &Value, of: Value) -> Value {
        let (yes, no) = self.judged(value);
        Self::verdict(of, no, yes)
    }

    /// `value == null`, `value === true`: what such a comparison says of what the value says.
    pub(super) fn compared_with_constant(&mut self, value: &Value, constant: &Value, of: Value) -> Value {
        let (yes, no) = self.judged(value);
        match constant {
            Value::Null | Value::Undefined | Value::Bool(false) => Self::verdict(of, no, yes),
            Value::Bool(true) => Self::verdict(of, yes, no),
            Value::Number(number) if *number == 0.0 => Self::verdict(of, no, yes),
            // One of several things that are all true.
            Value::Number(_) | Value::Text(_) => Self::verdict(of, yes, Held::new()),
            _ => of,
        }
    }

    /// `left && right` as a truth value.
    pub(super) fn both(&mut self, left: &Value, right: &Value, of: Value) -> Value {
        let ((a_yes, a_no), (b_yes, b_no)) = (self.judged(left), self.judged(right));
        let no = self.guards.common(&a_no, &b_no);
        Self::verdict(of, either(&a_yes, &b_yes), no)
    }

    /// `left || right` as a truth value.
    pub(super) fn one_of(&mut self, left: &Value, right: &Value, of: Value) -> Value {
        let ((a_yes, a_no), (b_yes, b_no)) = (self.judged(left), self.judged(right));
        let yes = self.guards.common(&a_yes, &b_yes);
        Self::verdict(of, yes, either(&a_no, &b_no))
    }

    /// Goes on where `condition` turned out one way; gives back where it was.
    pub(super) fn assume(&mut self, condition: &Value, outcome: bool) -> Way {
        let before = self.guards.way.clone();
        let (yes, no) = self.judged(condition);
        self.guards.hold(if outcome { &yes } else { &no });
        before
    }

    /// Goes back to an earlier way; gives back the one that was taken.
    pub(super) fn take_way(&mut self, way: Way) -> Way {
        std::mem::replace(&mut self.guards.way, way)
    }

    /// Goes on after two branches.
    pub(super) fn meet(&mut self, a: Way, b: Way) {
        self.guards.way = self.guards.meet(&a, &b);
    }

    /// A function is entered.
    pub(super) fn enter(&mut self) -> Outer {
        Outer {
            entry: std::mem::replace(&mut self.guards.entry, self.guards.way.held.clone()),
            exit: self.guards.exit.take(),
            breaks: self.guards.breaks.take(),
        }
    }

    /// The body of a loop begins; gives back what belongs to the loop around it.
    pub(super) fn open_loop(&mut self) -> Option<Way> {
        self.guards.breaks.take()
    }

    /// `break`, `continue`.
    pub(super) fn leave_body(&mut self) {
        let way = self.guards.way.clone();
        let breaks = match self.guards.breaks.take() {
            Some(breaks) => self.guards.meet(&breaks, &way),
            None => way,
        };
        self.guards.breaks = Some(breaks);
    }

    /// The next turn begins after a `continue`.
    pub(super) fn resume_loop(&mut self) {
        if let Some(way) = self.guards.breaks.take() {
            self.guards.way = way;
        }
    }

    /// What is known after a loop over unknown elements whose body ended this way: what the body demands of the elements
    /// holds of all of them.
    pub(super) fn looped(&mut self, end: Way, over: &Value) {
        let sources: Vec<Source> = over.texts().iter().flat_map(|t| t.holes().collect::<Vec<_>>()).map(|o| o.source).collect();
        for id in end.held {
            if sources.contains(&self.guards.atoms[id as usize].origin.source) {
                insert(&mut self.guards.way.held, id);
            }
        }
    }

    /// After the loop: its end and every way out of it meet.
    pub(super) fn close_loop(&mut self, outer: Option<Way>) {
        if let Some(breaks) = std::mem::replace(&mut self.guards.breaks, outer) {
            let way = self.guards.way.clone();
            self.guards.way = self.guards.meet(&way, &breaks);
        }
    }

    /// A way out of the running function.
    pub(super) fn way_out(&mut self) {
        let way = self.guards.way.clone();
        let exit = match self.guards.exit.take() {
            Some(exit) => self.guards.meet(&exit, &way),
            None => way,
        };
        self.guards.exit = Some(exit);
    }

    /// The function is left; gives what it adds to what its caller knows. `None`: it never returns.
    pub(super) fn leave(&mut self, outer: Outer) -> Option<(Held, Held)> {
        let exit = self.guards.exit.take();
        let entry = std::mem::replace(&mut self.guards.entry, outer.entry);
        self.guards.exit = outer.exit;
        self.guards.breaks = outer.breaks;
        let added = exit.filter(|exit| !exit.ended).map(|exit| (minus(&exit.held, &entry), exit.sometimes));
        let sometimes = std::mem::take(&mut self.guards.way.sometimes);
        self.guards.way = Way { held: entry, sometimes, ended: false };
        self.returned(added.as_ref());
        added
    }

    /// A call returned that adds so much.
    pub(super) fn returned(&mut self, added: Option<&(Held, Held)>) {
        match added {
            Some((added, sometimes)) => {
                self.guards.hold(added);
                sometimes.iter().for_each(|id| insert(&mut self.guards.way.sometimes, *id));
            }
            None => self.guards.way.ended = true,
        }
    }

    /// Forgets everything: another root begins.
    pub(super) fn start_way(&mut self) {
        self.guards.way = Way::default();
        self.guards.entry.clear();
        self.guards.exit = None;
    }

    /// A returned or assigned constant says what holds where it stands: `return true` inside the check, `ok = true`.
    pub(super) fn says_what_holds(&mut self, at: At, expr: ExprId, value: Value) -> Value {
        let added = minus(&self.guards.way.held, &self.guards.entry);
        if added.is_empty() {
            return value;
        }
        match (&self.module(at.module).exprs[expr.index()], &value) {
            (Expr::Object(_) | Expr::List(_) | Expr::Results(_), Value::Object(id)) if !matches!(self.object(*id).kind, ObjectKind::Instance(_)) => {
                let object = self.object_mut(*id);
                for part in object.fields.values_mut().chain(&mut object.items) {
                    let old = std::mem::take(part);
                    *part = holding(old, &added);
                }
                value
            }
            _ => holding(value, &added),
        }
    }

    /// The value as it leaves the place where it was tested: what it is fit for goes with it.
    pub(super) fn certified(&mut self, value: Value) -> Value {
        if self.guards.way.held.is_empty() || self.guards.way.ended {
            return value;
        }
        match &value {
            Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) && self.object(*id).items.len() <= 8 => {
                for i in 0..self.object(*id).items.len() {
                    let item = std::mem::take(&mut self.object_mut(*id).items[i]);
                    let item = if matches!(item, Value::Object(_)) { item } else { self.certified(item) };
                    self.object_mut(*id).items[i] = item;
                }
                value
            }
            Value::Union(all) => {
                let all = all.clone();
                union(all.iter().map(|v| if matches!(v, Value::Object(_)) { v.clone() } else { self.certified(v.clone()) }).collect::<Vec<_>>())
            }
            Value::Text(_) | Value::Unknown(_) => self.certified_texts(&value).unwrap_or(value),
            Value::Api(api) => match api.meaning.as_ref().and_then(|meaning| self.certified_texts(meaning)) {
                Some(meaning) => self.with_meaning(&api.clone(), meaning),
                None => value,
            },
            _ => value,
        }
    }

    fn certified_texts(&self, value: &Value) -> Option<Value> {
        let mut changed = false;
        let texts: Vec<Value> = value
            .texts()
            .into_iter()
            .map(|text| {
                let mut pieces = text.pieces.clone();
                for (i, piece) in pieces.iter_mut().enumerate() {
                    let Piece::Hole(origin) = piece else { continue };
                    if !chosen_outside(*origin) {
                        continue;
                    }
                    let held = self.held_of(origin.source);
                    if held.is_empty() {
                        continue;
                    }
                    let fit = crate::analysis::judge::certificates(&text, i, *origin, &held);
                    changed |= !origin.marks.has(fit);
                    *origin = origin.marked(fit);
                }
                match (pieces.as_slice(), value) {
                    ([Piece::Hole(origin)], Value::Unknown(_)) => Value::Unknown(*origin),
                    _ => Value::Text(Rc::new(Text { pieces })),
                }
            })
            .collect();
        changed.then(|| union(texts))
    }

    /// For the memory of calls: what holds of the arguments, and every test that is more than a comparison.
    pub(super) fn way_key(&self, arguments: &[Value]) -> u64 {
        use std::hash::{Hash, Hasher};
        let held = &self.guards.way.held;
        if held.is_empty() {
            return 0;
        }
        let mut hasher = std::hash::DefaultHasher::new();
        let direct = |source: Source| {
            arguments.iter().any(|v| {
                v.alternatives().iter().any(|v| match v {
                    Value::Text(text) => text.holes().any(|o| o.source == source),
                    Value::Unknown(origin) => origin.source == source,
                    _ => false,
                })
            })
        };
        for &id in held {
            let atom = &self.guards.atoms[id as usize];
            if !matches!(atom.test, Test::Equal(_)) || direct(atom.origin.source) {
                id.hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// The tests that it passed or failed on some of the ways here.
    pub(super) fn sometimes_held_of(&self, source: Source) -> Vec<Atom> {
        let held = self.guards.way.sometimes.iter().map(|id| &self.guards.atoms[*id as usize]);
        held.filter(|atom| atom.origin.source == source).cloned().collect()
    }

    /// Whether some address that a name from this source resolves to is tested anywhere.
    pub(super) fn tested_address_of(&self, source: Source) -> bool {
        self.guards.atoms.iter().any(|atom| atom.origin.source == source && atom.origin.marks.has(Marks::ADDRESS))
    }

    /// The tests that a value from this source passed or failed on the way here.
    pub(super) fn held_of(&self, source: Source) -> Vec<Atom> {
        if self.guards.way.ended {
            return Vec::new();
        }
        let held = self.guards.way.held.iter().map(|id| &self.guards.atoms[*id as usize]);
        held.filter(|atom| atom.origin.source == source).cloned().collect()
    }
}

/// A truth value that also says `added`.
fn holding(value: Value, added: &Held) -> Value {
    let says = |of: Value, yes: Held, no: Held| Value::Check(Rc::new(Verdict { of, when_true: yes, when_false: no }));
    match &value {
        Value::Bool(true) => says(value, added.clone(), Held::new()),
        Value::Bool(false) | Value::Null | Value::Undefined => says(value, Held::new(), added.clone()),
        Value::Check(verdict) => says(verdict.of.clone(), either(&verdict.when_true, added), either(&verdict.when_false, added)),
        _ => value,
    }
}

/// Comparisons of the language itself.
impl Engine<'_> {
    pub(super) fn way(&self) -> Way {
        self.guards.way.clone()
    }

    /// `left == right`, whose truth is `of` as far as it is known.
    pub(super) fn equality(&mut self, left: &Value, right: &Value, of: Value, site: Site) -> Value {
        for (value, constant) in [(left, right), (right, left)] {
            let told = matches!(constant, Value::Number(_) | Value::Text(_)) && matches!(value, Value::Check(_));
            if told || matches!(constant.plain(), Value::Null | Value::Undefined | Value::Bool(_)) {
                return self.compared_with_constant(value, constant.plain(), of);
            }
        }
        if !matches!(of, Value::Unknown(_)) {
            return of;
        }
        for (subject, other) in [(left, right), (right, left)] {
            let constant = other.constant_text();
            let comparable = |v: &Value| matches!(v, Value::Text(_) | Value::Unknown(_) | Value::Api(_) | Value::Number(_));
            if !other.alternatives().iter().all(comparable) {
                continue;
            }
            let result = self.tested(subject, &Test::Equal(constant), site);
            if matches!(result, Value::Check(_)) {
                return result;
            }
        }
        of
    }

    /// `value in collection`.
    pub(super) fn membership(&mut self, collection: &Value, value: &Value, site: Site) -> Value {
        // A text in a text: which of them is known says what is tested.
        let is_text = |v: &Value| v.alternatives().iter().all(|v| matches!(v, Value::Text(_)));
        let outside = |v: &Value| v.texts().iter().any(|t| t.holes().any(chosen_outside));
        // `root in path.parents`
        if let (Value::Object(id), false) = (collection, outside(value)) {
            let folder = self.object(*id).items.clone().into_iter().find(|v| v.texts().iter().any(|t| t.holes().any(|o| o.marks.has(Marks::PARENT))));
            if let Some(folder) = folder {
                return self.tested(&folder, &Test::Within, site);
            }
        }
        match value.constant_text() {
            Some(part) if !matches!(collection, Value::Object(_)) => self.tested(collection, &Test::Contains(part), site),
            _ if is_text(collection) => Value::UNKNOWN,
            _ => self.tested(value, &Test::Member, site),
        }
    }

    /// What a call tests, by the name that models give it.
    pub(super) fn test_of(&mut self, kind: &str, pattern: Option<&Value>) -> Option<Test> {
        let known = pattern.and_then(|p| match p {
            Value::Regex(text, flags) if flags.contains('i') => Some(format!("(?i){text}").into()),
            Value::Regex(text, _) => Some(text.clone()),
            other => other.constant_text(),
        });
        Some(match kind {
            "prefix" | "under" => match known {
                Some(text) => Test::Prefix(text),
                None => Test::PrefixOf { separator: pattern.is_some_and(ends_in_separator) },
            },
            "suffix" => Test::Suffix(known.unwrap_or_else(|| "".into())),
            "contains" => match known {
                Some(text) => Test::Contains(text),
                None => return None,
            },
            "member" => Test::Member,
            "within" => Test::Within,
            "equal" => Test::Equal(known),
            "match" | "search" | "fullmatch" => Test::Match { pattern: known?, start: kind != "search", whole: kind == "fullmatch" },
            other => Test::Is(other.into()),
        })
    }
}

fn ends_in_separator(value: &Value) -> bool {
    let ends = |text: &Text| match text.pieces.last() {
        Some(Piece::Literal(text)) => text.ends_with(['/', '\\']),
        _ => false,
    };
    let texts = value.texts();
    !texts.is_empty() && texts.iter().all(ends)
}
