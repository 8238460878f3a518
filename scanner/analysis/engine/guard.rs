//! What is known of values that are chosen elsewhere, on the way that execution took: the tests they passed or failed.
//!
//! A condition evaluates to a [`Verdict`]: what holds of which value when it is true, and what when it is false. Where a
//! branch leaves (`throw`, `return`), the other outcome is what goes on; where branches meet again, only what holds on both
//! is kept. A function hands its caller what holds on every way out of it, and a truth value that it returns carries what
//! held where it was returned: `if (!isAllowed(p)) throw …` guards `p` whatever is inside `isAllowed`, and a validator whose
//! result nobody looks at guards nothing.

mod verdict;

pub(super) use verdict::hosts_among;

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{Engine, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::value::{ObjectId, Origin, Piece, Source, Text, Value, same, union};

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
    /// There is one at all.
    Given,
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
    /// What holds unless a setting is absent. Sorted.
    optional: Held,
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
    says: Outcomes,
}

/// What holds when a truth value is true, and what when it is false.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Outcomes {
    when_true: Held,
    when_false: Held,
    /// What holds then unless a setting is absent.
    optional: [Held; 2],
}

impl Outcomes {
    fn is_empty(&self) -> bool {
        self.when_true.is_empty() && self.when_false.is_empty() && self.optional.iter().all(Held::is_empty)
    }

    fn turned(self) -> Self {
        let [yes, no] = self.optional;
        Outcomes { when_true: self.when_false, when_false: self.when_true, optional: [no, yes] }
    }
}

impl Verdict {
    pub fn same_as(&self, other: &Verdict) -> bool {
        same(&self.of, &other.of) && self.says == other.says
    }

    pub(super) fn hash(&self, hasher: &mut impl std::hash::Hasher) {
        use std::hash::Hash;
        self.says.hash(hasher);
    }
}

/// All tests and where execution is among them.
#[derive(Debug, Default)]
pub(super) struct Guards {
    atoms: Vec<Atom>,
    index: FxHashMap<Atom, AtomId>,
    pub(super) way: Way,
    /// Why elements are in a list that was filtered.
    passed: FxHashMap<ObjectId, Value>,
    /// What held when the running function was entered.
    entry: Held,
    /// What holds on all ways out of it so far.
    exit: Option<Way>,
    /// What holds on all ways out of the running body of a loop that do not lead to its end.
    breaks: Option<Way>,
}

/// What a call that returned adds to what its caller knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Added {
    held: Held,
    sometimes: Held,
    optional: Held,
}

/// The state around a call.
pub(super) struct Outer {
    entry: Held,
    sometimes: Held,
    optional: Held,
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
            // Most branches test nothing on the way.
            _ if a.held == b.held => {
                let (sometimes, optional) = (either(&a.sometimes, &b.sometimes), either(&a.optional, &b.optional));
                Way { held: a.held.clone(), sometimes, optional, ended: false }
            }
            _ => {
                let held = self.common(&a.held, &b.held);
                let mut sometimes = either(&a.sometimes, &b.sometimes);
                let mut optional = either(&a.optional, &b.optional);
                for (here, there) in [(a, b), (b, a)] {
                    let unset = self.lacks_setting(&there.held, &here.held);
                    for id in &here.held {
                        let atom = &self.atoms[*id as usize];
                        if held.binary_search(id).is_ok() || !self.telling(atom) {
                            continue;
                        }
                        if unset {
                            insert(&mut optional, *id);
                        } else if !self.decides(atom, &there.held) {
                            insert(&mut sometimes, *id);
                        }
                    }
                }
                Way { held, sometimes, optional, ended: false }
            }
        }
    }

    /// Whether a test that holds on some ways could be what somebody meant to hold on all.
    fn telling(&self, atom: &Atom) -> bool {
        rank(&atom.test).is_some_and(|rank| rank > 0) && atom.holds || matches!(&atom.test, Test::Is(_) | Test::Prefix(_)) && !atom.holds
    }

    /// Whether the other way is the one where this very test came out otherwise: then it chose between the two, and kept
    /// nobody out.
    fn decides(&self, atom: &Atom, other: &Held) -> bool {
        other.iter().map(|id| &self.atoms[*id as usize]).any(|o| o.site == atom.site && o.origin == atom.origin && o.holds != atom.holds)
    }

    /// Whether a way is the one that is taken when a setting is absent.
    fn lacks_setting(&self, way: &Held, other: &Held) -> bool {
        let absent = |atom: &Atom| atom.test == Test::Given && !atom.holds && !chosen_outside(atom.origin);
        way.iter().any(|id| absent(&self.atoms[*id as usize]) && other.binary_search(id).is_err())
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
        self.where_given(a, b, &mut all);
        self.where_given(b, a, &mut all);
        all
    }

    /// On one way a value was not given: whatever is demanded of it on the other holds on both.
    fn where_given(&self, with: &Held, without: &Held, all: &mut Held) {
        for id in without {
            let absent = &self.atoms[*id as usize];
            if absent.test != Test::Given || absent.holds || !chosen_outside(absent.origin) {
                continue;
            }
            for id in with {
                let atom = &self.atoms[*id as usize];
                if atom.origin.source == absent.origin.source && atom.test != Test::Given {
                    insert(all, *id);
                }
            }
        }
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
        Test::Contains(_) | Test::Is(_) | Test::Given => return None,
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
    /// Goes on where `condition` turned out one way; gives back where it was.
    pub(super) fn assume(&mut self, condition: &Value, outcome: bool) -> Way {
        let before = self.guards.way.clone();
        let says = self.judged(condition);
        self.guards.hold(if outcome { &says.when_true } else { &says.when_false });
        let [yes, no] = &says.optional;
        (if outcome { yes } else { no }).iter().for_each(|id| insert(&mut self.guards.way.optional, *id));
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
            sometimes: self.guards.way.sometimes.clone(),
            optional: self.guards.way.optional.clone(),
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
    pub(super) fn leave(&mut self, outer: Outer) -> Option<Added> {
        let exit = self.guards.exit.take();
        let entry = std::mem::replace(&mut self.guards.entry, outer.entry);
        self.guards.exit = outer.exit;
        self.guards.breaks = outer.breaks;
        let added = exit.filter(|exit| !exit.ended).map(|exit| Added {
            held: minus(&exit.held, &entry),
            sometimes: minus(&exit.sometimes, &outer.sometimes),
            optional: minus(&exit.optional, &outer.optional),
        });
        self.guards.way = Way { held: entry, sometimes: outer.sometimes, optional: outer.optional, ended: false };
        self.returned(added.as_ref());
        added
    }

    /// A call returned that adds so much.
    pub(super) fn returned(&mut self, added: Option<&Added>) {
        match added {
            Some(added) => {
                self.guards.hold(&added.held);
                added.sometimes.iter().for_each(|id| insert(&mut self.guards.way.sometimes, *id));
                added.optional.iter().for_each(|id| insert(&mut self.guards.way.optional, *id));
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
            if !matches!(atom.test, Test::Equal(_) | Test::Given) || direct(atom.origin.source) {
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

    /// The tests that it passed or failed unless a setting is absent.
    pub(super) fn optionally_held_of(&self, source: Source) -> Vec<Atom> {
        let held = self.guards.way.optional.iter().map(|id| &self.guards.atoms[*id as usize]);
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

    pub(super) fn way(&self) -> Way {
        self.guards.way.clone()
    }
}
