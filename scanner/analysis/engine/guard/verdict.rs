//! Truth values, and what they say of the values that they are about.

use std::rc::Rc;

use super::{Atom, Held, Test, Verdict, chosen_outside, either, insert, minus};
use crate::analysis::engine::{At, Engine, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::value::{Piece, Text, Value};
use crate::program::{Expr, ExprId};

impl Engine<'_> {
    /// The truth of a value together with what it says.
    pub(super) fn judged(&mut self, value: &Value) -> (Held, Held) {
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
    pub(in crate::analysis::engine) fn tested(&mut self, subject: &Value, test: &Test, site: Site) -> Value {
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
    pub(in crate::analysis::engine) fn enforced(&mut self, subject: &Value, test: &Test, site: Site) {
        if let Value::Check(verdict) = self.tested(subject, test, site) {
            self.guards.hold(&verdict.when_true);
        }
    }

    /// A truth value that is true for some element, or for none when there are none: not decided, whatever it says.
    pub(in crate::analysis::engine) fn undecided(&mut self, value: Value) -> Value {
        let (yes, no) = self.judged(&value);
        Self::verdict(Value::UNKNOWN, yes, no)
    }

    /// `!value`.
    pub(in crate::analysis::engine) fn negated(&mut self, value: &Value, of: Value) -> Value {
        let (yes, no) = self.judged(value);
        Self::verdict(of, no, yes)
    }

    /// `value == null`, `value === true`: what such a comparison says of what the value says.
    pub(in crate::analysis::engine) fn compared_with_constant(&mut self, value: &Value, constant: &Value, of: Value) -> Value {
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
    pub(in crate::analysis::engine) fn both(&mut self, left: &Value, right: &Value, of: Value) -> Value {
        let ((a_yes, a_no), (b_yes, b_no)) = (self.judged(left), self.judged(right));
        let no = self.guards.common(&a_no, &b_no);
        Self::verdict(of, either(&a_yes, &b_yes), no)
    }

    /// `left || right` as a truth value.
    pub(in crate::analysis::engine) fn one_of(&mut self, left: &Value, right: &Value, of: Value) -> Value {
        let ((a_yes, a_no), (b_yes, b_no)) = (self.judged(left), self.judged(right));
        let yes = self.guards.common(&a_yes, &b_yes);
        Self::verdict(of, yes, either(&a_no, &b_no))
    }

    /// A returned or assigned constant says what holds where it stands: `return true` inside the check, `ok = true`.
    pub(in crate::analysis::engine) fn says_what_holds(&mut self, at: At, expr: ExprId, value: Value) -> Value {
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
    /// `left == right`, whose truth is `of` as far as it is known.
    pub(in crate::analysis::engine) fn equality(&mut self, left: &Value, right: &Value, of: Value, site: Site) -> Value {
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
