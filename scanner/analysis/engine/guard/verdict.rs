//! Truth values, and what they say of the values that they are about.

use std::rc::Rc;

use super::{Atom, AtomId, Guards, Held, Outcomes, Test, Verdict, chosen_outside, either, insert, minus};
use crate::analysis::engine::{At, Engine, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::value::{ObjectId, Origin, Piece, Source, Text, Value, union};
use crate::program::{Expr, ExprId, ModuleId};

/// Where it does not matter which expression asked whether a setting is there.
const ANYWHERE: Site = Site { module: ModuleId(0), expr: ExprId(0) };

/// Sources in one value that are asked for.
const MAX_GIVEN: usize = 8;

impl Guards {
    /// What holds whichever of two came about: what both say, and what only one says when the other is that a setting is absent.
    fn whichever(&mut self, a: &Held, b: &Held) -> (Held, Held) {
        let both = self.common(a, b);
        let mut optional = Held::new();
        for (here, there) in [(a, b), (b, a)] {
            if !self.lacks_setting(there, here) {
                continue;
            }
            for id in here {
                if both.binary_search(id).is_err() && self.telling(&self.atoms[*id as usize]) {
                    insert(&mut optional, *id);
                }
            }
        }
        (both, optional)
    }
}

impl Engine<'_> {
    /// What a truth value says, whichever way it turns out.
    pub(super) fn judged(&mut self, value: &Value) -> Outcomes {
        if !value.alternatives().iter().any(|v| matches!(v, Value::Check(_))) {
            return self.presence(value);
        }
        // `nil, or what errors.New returned`: what is there is not taken for nothing.
        let or_nothing = value.alternatives().iter().any(|v| v.is_absent());
        let mut known: [Option<Held>; 2] = [None, None];
        let mut optional = [Held::new(), Held::new()];
        for alternative in value.alternatives() {
            let says = if let Value::Check(verdict) = alternative { verdict.says.clone() } else { Outcomes::default() };
            let truth = match alternative {
                Value::Api(_) | Value::Object(_) if or_nothing => Some(true),
                other => other.truth(),
            };
            for (i, here) in [&says.when_true, &says.when_false].into_iter().enumerate() {
                if truth == Some(i == 1) {
                    continue;
                }
                let (both, more) = match known[i].take() {
                    Some(known) => self.guards.whichever(&known, here),
                    None => (here.clone(), Held::new()),
                };
                known[i] = Some(both);
                optional[i] = either(&either(&optional[i], &more), &says.optional[i]);
            }
        }
        let [when_true, when_false] = known.map(Option::unwrap_or_default);
        Outcomes { when_true, when_false, optional }
    }

    /// What it says of a setting, or of what somebody chooses, that it is there, or is not.
    fn presence(&mut self, value: &Value) -> Outcomes {
        let mut says = Outcomes::default();
        for origin in given(value) {
            for (held, holds) in [(&mut says.when_true, true), (&mut says.when_false, false)] {
                if let Some(id) = self.guards.atom(Atom { origin, test: Test::Given, holds, site: ANYWHERE }) {
                    insert(held, id);
                }
            }
        }
        says
    }

    /// A truth value that says something, or just the value when it says nothing.
    fn verdict(of: Value, says: Outcomes) -> Value {
        if says.is_empty() { of } else { Value::Check(Rc::new(Verdict { of, says })) }
    }

    /// The result of testing `subject`: true when the test holds.
    pub(in crate::analysis::engine) fn tested(&mut self, subject: &Value, test: &Test, site: Site) -> Value {
        let mut says = Outcomes::default();
        for text in subject.texts() {
            for origin in text.holes().filter(|o| chosen_outside(*o)) {
                for (held, holds) in [(&mut says.when_true, true), (&mut says.when_false, false)] {
                    if let Some(id) = self.guards.atom(Atom { origin, test: test.clone(), holds, site }) {
                        insert(held, id);
                    }
                }
            }
        }
        Self::verdict(Value::UNKNOWN, says)
    }

    /// What holds from now on, because otherwise the call would not have returned.
    pub(in crate::analysis::engine) fn enforced(&mut self, subject: &Value, test: &Test, site: Site) {
        if let Value::Check(verdict) = self.tested(subject, test, site) {
            self.guards.hold(&verdict.says.when_true);
        }
    }

    /// A truth value that is true for some element, or for none when there are none: not decided, whatever it says.
    pub(in crate::analysis::engine) fn undecided(&mut self, value: Value) -> Value {
        let says = self.judged(&value);
        Self::verdict(Value::UNKNOWN, says)
    }

    /// `!value`.
    pub(in crate::analysis::engine) fn negated(&mut self, value: &Value, of: Value) -> Value {
        let says = self.judged(value);
        Self::verdict(of, says.turned())
    }

    /// `value == null`, `value === true`: what such a comparison says of what the value says.
    pub(in crate::analysis::engine) fn compared_with_constant(&mut self, value: &Value, constant: &Value, of: Value) -> Value {
        let says = self.judged(value);
        match constant {
            Value::Null | Value::Undefined | Value::Bool(false) => Self::verdict(of, says.turned()),
            Value::Bool(true) => Self::verdict(of, says),
            Value::Number(number) if *number == 0.0 => Self::verdict(of, says.turned()),
            // One of several things that are all true.
            Value::Number(_) | Value::Text(_) => {
                let [yes, _] = says.optional;
                Self::verdict(of, Outcomes { when_true: says.when_true, when_false: Held::new(), optional: [yes, Held::new()] })
            }
            _ => of,
        }
    }

    /// A function of the program was asked about an address, or about a host: whatever it computes, its answer says something of it.
    pub(in crate::analysis::engine) fn examined(&mut self, answer: Value, hosts: &[Value], site: Site) -> Value {
        let is_answer = |v: &Value| matches!(v.plain(), Value::Bool(_) | Value::Unknown(_));
        if hosts.is_empty() || answer.truth().is_some() || !answer.alternatives().iter().all(is_answer) {
            return answer;
        }
        let mut says = self.judged(&answer);
        for host in hosts {
            if let Value::Check(asked) = self.tested(host, &Test::Is("examined".into()), site) {
                says.when_true = either(&says.when_true, &asked.says.when_true);
                says.when_false = either(&says.when_false, &asked.says.when_false);
            }
        }
        Self::verdict(Value::UNKNOWN, says)
    }

    /// An element that is there because a test holds, which may say something of other values: `roots.find((r) => inside(r, path))`.
    pub(in crate::analysis::engine) fn found(&mut self, element: Value, verdicts: Vec<Value>) -> Value {
        let plain = |v: &Value| matches!(v, Value::Text(_) | Value::Unknown(_) | Value::Undefined | Value::Null);
        if !element.alternatives().iter().all(plain) || !verdicts.iter().any(|v| v.alternatives().iter().any(|v| matches!(v, Value::Check(_)))) {
            return element;
        }
        let says = self.judged(&union(verdicts));
        let [optional, _] = says.optional;
        Self::verdict(
            element.or(Value::Undefined),
            Outcomes { when_true: says.when_true, when_false: Held::new(), optional: [optional, Held::new()] },
        )
    }

    /// Remembers why elements are in a list.
    pub(in crate::analysis::engine) fn passed_by(&mut self, list: ObjectId, verdicts: Vec<Value>) {
        if verdicts.iter().any(|v| v.alternatives().iter().any(|v| matches!(v, Value::Check(_)))) {
            self.guards.passed.insert(list, union(verdicts));
        }
    }

    /// The first element of a list that was filtered.
    pub(in crate::analysis::engine) fn first_passed(&mut self, list: &Value, element: Value) -> Value {
        match list {
            Value::Object(id) => match self.guards.passed.get(id).cloned() {
                Some(verdict) => self.found(element, vec![verdict]),
                None => element,
            },
            _ => element,
        }
    }

    /// `left && right` as a truth value.
    pub(in crate::analysis::engine) fn both(&mut self, left: &Value, right: &Value, of: Value) -> Value {
        let says = self.joined(left, right, false);
        Self::verdict(of, says)
    }

    /// `left || right` as a truth value.
    pub(in crate::analysis::engine) fn one_of(&mut self, left: &Value, right: &Value, of: Value) -> Value {
        let says = self.joined(left, right, true);
        Self::verdict(of, says.turned())
    }

    /// What two truth values say together: that both are true, or not; `turned`: that both are false, or not.
    fn joined(&mut self, left: &Value, right: &Value, turned: bool) -> Outcomes {
        let (mut a, mut b) = (self.judged(left), self.judged(right));
        if turned {
            (a, b) = (a.turned(), b.turned());
        }
        let (when_false, more) = self.guards.whichever(&a.when_false, &b.when_false);
        let optional = [either(&a.optional[0], &b.optional[0]), either(&either(&a.optional[1], &b.optional[1]), &more)];
        Outcomes { when_true: either(&a.when_true, &b.when_true), when_false, optional }
    }

    /// A returned or assigned constant says what holds where it stands: `return true` inside the check, `ok = true`.
    pub(in crate::analysis::engine) fn says_what_holds(&mut self, at: At, expr: ExprId, value: Value) -> Value {
        let added = minus(&self.guards.way.held, &self.guards.entry);
        let about_presence = |id: &AtomId| self.guards.atoms[*id as usize].test == Test::Given;
        let worth = if matches!(value, Value::Bool(true)) {
            // Without the setting everybody passes; what is not given passes.
            added.iter().any(|id| !about_presence(id) || !self.guards.atoms[*id as usize].holds)
        } else {
            !added.iter().all(about_presence)
        };
        if !worth {
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
}

/// The hosts and addresses that somebody outside chose, among arguments.
pub(in crate::analysis::engine) fn hosts_among(arguments: &[Value]) -> Vec<Value> {
    let host = |origin: &Origin| chosen_outside(*origin) && origin.marks.any(Marks::HOST.with(Marks::ADDRESS));
    let is_host = |value: &&Value| match value {
        Value::Unknown(origin) => host(origin),
        Value::Text(text) => matches!(text.pieces.as_slice(), [Piece::Hole(origin)] if host(origin)),
        _ => false,
    };
    arguments.iter().filter(is_host).cloned().collect()
}

/// Who chooses a value, when it is a setting or data from outside, or nothing.
fn given(value: &Value) -> Vec<Origin> {
    let mut found: Vec<Origin> = Vec::new();
    // Of a part that is empty nothing follows for the whole.
    let part = Marks::HOST.with(Marks::SCHEME).with(Marks::ADDRESS).with(Marks::PIECE).with(Marks::KEY).with(Marks::PARENT).with(Marks::BASENAME);
    let asked =
        |origin: &Origin| chosen_outside(*origin) && !origin.marks.any(part) || matches!(origin.source, Source::Environment(_) | Source::Config);
    for alternative in value.alternatives() {
        let of = |text: &Text| text.holes().filter(asked).collect::<Vec<_>>();
        let origins = match alternative {
            Value::Unknown(origin) => Some(*origin).filter(asked).into_iter().collect(),
            // The way from one place to another is empty where they are the same, whatever stands in the text of the path.
            Value::Text(text) if text.pieces.len() == 1 || text.holes().any(|o| o.marks.has(Marks::RELATIVE)) => of(text),
            Value::Api(api) => match &api.meaning {
                Some(Value::Text(text)) => of(text),
                Some(Value::Unknown(origin)) => Some(*origin).filter(asked).into_iter().collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let nothing = alternative.is_absent() || alternative.truth() == Some(false);
        if origins.is_empty() && !nothing {
            return Vec::new();
        }
        for origin in origins {
            let origin = Origin::from(origin.source);
            if found.len() < MAX_GIVEN && !found.contains(&origin) {
                found.push(origin);
            }
        }
    }
    found
}

/// A truth value that also says `added`.
fn holding(value: Value, added: &Held) -> Value {
    let says = |of: Value, when_true: Held, when_false: Held, optional| {
        Value::Check(Rc::new(Verdict { of, says: Outcomes { when_true, when_false, optional } }))
    };
    let none = || [Held::new(), Held::new()];
    match &value {
        Value::Bool(true) => says(value, added.clone(), Held::new(), none()),
        Value::Bool(false) | Value::Null | Value::Undefined => says(value, Held::new(), added.clone(), none()),
        Value::Check(verdict) => {
            let known = &verdict.says;
            says(verdict.of.clone(), either(&known.when_true, added), either(&known.when_false, added), known.optional.clone())
        }
        _ => value,
    }
}

/// Comparisons of the language itself.
impl Engine<'_> {
    /// `left == right`, whose truth is `of` as far as it is known.
    pub(in crate::analysis::engine) fn equality(&mut self, left: &Value, right: &Value, of: Value, site: Site) -> Value {
        for (value, constant) in [(left, right), (right, left)] {
            let told = matches!(constant, Value::Number(_) | Value::Text(_)) && matches!(value, Value::Check(_));
            if told || matches!(constant.plain(), Value::Null | Value::Undefined | Value::Bool(_)) {
                return self.compared_with_constant(value, constant.plain(), of);
            }
            if constant.constant_text().is_some_and(|text| text.is_empty()) && !given(value).is_empty() {
                return self.compared_with_constant(value, &Value::Null, of);
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
            // No part is `..`: then there is none in the whole.
            let part = |v: &Value| v.texts().iter().any(|text| text.holes().any(|origin| origin.marks.has(Marks::SPLIT)));
            let test = match constant {
                Some(dots) if &*dots == ".." && part(subject) => Test::Contains(dots),
                constant => Test::Equal(constant),
            };
            let result = self.tested(subject, &test, site);
            if matches!(result, Value::Check(_)) {
                return result;
            }
        }
        of
    }

    /// `value in collection`.
    pub(in crate::analysis::engine) fn membership(&mut self, collection: &Value, value: &Value, site: Site) -> Value {
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
    pub(in crate::analysis::engine) fn test_of(&mut self, kind: &str, pattern: Option<&Value>) -> Option<Test> {
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
