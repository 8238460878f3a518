//! Operators.

use super::{At, Engine, ObjectKind, Site};
use crate::analysis::value::{Origin, Source, Text, Value, concat, same, union};
use crate::program::{Binary, Expr, ExprId, Logical, Unary};

impl Engine<'_> {
    pub(super) fn binary(&mut self, at: At, op: Binary, left: ExprId, right: ExprId, site: Site) -> Value {
        // Chains like `a + b + c + …` lean to the left: walked in a loop, not by recursion.
        let mut chain = vec![(right, site)];
        let mut first = left;
        let module = self.module(at.module);
        while let Expr::Binary { op: inner, left, right } = &module.exprs[first.index()] {
            if *inner != op {
                break;
            }
            chain.push((*right, Site { module: at.module, expr: first }));
            first = *left;
        }
        let mut value = self.eval(at, first);
        for (right, site) in chain.into_iter().rev() {
            let right = self.eval(at, right);
            value = self.operate(op, &value, &right, site);
        }
        value
    }

    /// The result of a binary operator.
    pub(crate) fn operate(&mut self, op: Binary, left: &Value, right: &Value, site: Site) -> Value {
        match op {
            // Two library objects: what an operator of the library makes of them is one of them again.
            Binary::Add if self.ecosystem(site.module).is_typed() && matches!((left, right), (Value::Api(_), Value::Api(_))) => left.clone(),
            Binary::Add => self.add(left, right),
            Binary::Modulo if left.alternatives().iter().any(|v| matches!(v, Value::Text(_))) => self.percent(left, right),
            Binary::Divide => self.divide(left, right),
            Binary::Subtract | Binary::Multiply | Binary::Modulo | Binary::BitXor => match (left, right) {
                (Value::Number(a), Value::Number(b)) => Value::Number(match op {
                    Binary::Subtract => a - b,
                    // Characters are hidden by it one by one; larger numbers are not letters.
                    Binary::BitXor => f64::from(*a as u32 ^ *b as u32),
                    Binary::Multiply => a * b,
                    _ => a % b,
                }),
                (Value::Number(n), repeated) | (repeated, Value::Number(n)) if op == Binary::Multiply => {
                    self.note_repetition(repeated, *n, site);
                    Value::UNKNOWN
                }
                (Value::Unknown(origin), repeated @ (Value::Text(_) | Value::Object(_)))
                | (repeated @ (Value::Text(_) | Value::Object(_)), Value::Unknown(origin))
                    if op == Binary::Multiply =>
                {
                    self.note_chosen_repetition(repeated, *origin, site);
                    Value::UNKNOWN
                }
                _ => Value::UNKNOWN,
            },
            Binary::Equal | Binary::NotEqual => {
                self.note_check(left, right, op == Binary::NotEqual);
                self.note_check(right, left, op == Binary::NotEqual);
                let equal = compare(left, right).map_or(Value::UNKNOWN, Value::Bool);
                let equal = self.equality(left, right, equal, site);
                if op == Binary::Equal {
                    equal
                } else {
                    let different = equal.truth().map_or(Value::UNKNOWN, |equal| Value::Bool(!equal));
                    self.negated(&equal, different)
                }
            }
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => match (left, right) {
                (Value::Number(a), Value::Number(b)) => Value::Bool(match op {
                    Binary::Less => a < b,
                    Binary::LessEqual => a <= b,
                    Binary::Greater => a > b,
                    _ => a >= b,
                }),
                _ => Value::UNKNOWN,
            },
            Binary::In | Binary::NotIn => {
                let held = match self.contains(right, left) {
                    Some(known) => Value::Bool(known),
                    None => self.membership(right, left, site),
                };
                if op == Binary::In {
                    held
                } else {
                    let lacks = held.truth().map_or(Value::UNKNOWN, |held| Value::Bool(!held));
                    self.negated(&held, lacks)
                }
            }
            Binary::BitOr => match (left, right) {
                (Value::Object(_), Value::Object(_)) => {
                    let id = self.new_object(ObjectKind::Plain, Some(site));
                    self.spread_into(id, left, site);
                    self.spread_into(id, right, site);
                    Value::Object(id)
                }
                (Value::Api(_) | Value::Class(_), Value::Null) => left.clone(),
                (Value::Null, Value::Api(_) | Value::Class(_)) => right.clone(),
                _ => left.clone().or(right.clone()),
            },
            Binary::InstanceOf if self.ecosystem(site.module).is_typed() => self.instance_of(left, right).map_or(Value::UNKNOWN, Value::Bool),
            Binary::InstanceOf => Value::UNKNOWN,
            Binary::Other => Value::UNKNOWN,
        }
    }

    pub(super) fn add(&mut self, left: &Value, right: &Value) -> Value {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => Value::Number(a + b),
            (Value::Object(a), Value::Object(b)) => {
                let mut items = self.object(*a).items.clone();
                items.extend(self.object(*b).items.iter().cloned());
                let open = self.object(*a).open || self.object(*b).open;
                self.list(items, open, None)
            }
            (Value::Object(a), other) | (other, Value::Object(a))
                if matches!(self.object(*a).kind, ObjectKind::List) && !matches!(other, Value::Text(_)) =>
            {
                let items = self.object(*a).items.clone();
                self.list(items, true, None)
            }
            // A variable of the environment is a text, so this is no sum.
            (Value::Unknown(a), Value::Unknown(b)) if ![a, b].iter().any(|o| matches!(o.source, Source::Environment(_))) => {
                Value::Unknown(stronger(*a, *b))
            }
            _ => self.hold_text(concat([left, right])),
        }
    }

    pub(super) fn divide(&mut self, left: &Value, right: &Value) -> Value {
        // A path object divided by a text is the longer path.
        let path = left.alternatives().iter().find_map(|v| if let Value::Api(api) = v { api.meaning.is_some().then(|| api.clone()) } else { None });
        match (path, left, right) {
            (Some(api), ..) => {
                let meaning = self.join_path(&[left.clone(), right.clone()]);
                self.with_meaning(&api, meaning)
            }
            (None, Value::Number(a), Value::Number(b)) => Value::Number(a / b),
            (None, Value::Unknown(origin), _) => Value::Unknown(*origin),
            _ => Value::UNKNOWN,
        }
    }

    /// Whether `collection` holds `value`.
    pub(crate) fn contains(&mut self, collection: &Value, value: &Value) -> Option<bool> {
        let text = value.constant_text()?;
        match collection {
            Value::Object(id) => {
                let object = self.object(*id);
                if matches!(object.kind, ObjectKind::Instance(_)) || object.doubtful {
                    return None;
                }
                let (name, items) = (self.symbol(&text), object.items.len());
                self.copy(items);
                let object = self.object(*id);
                let found = object.fields.contains_key(&name) || object.items.iter().any(|item| same(item, value));
                let closed = !object.open && object.items.iter().all(|i| matches!(i, Value::Text(t) if t.constant().is_some()));
                if found { Some(true) } else { closed.then_some(false) }
            }
            Value::Text(whole) => Some(whole.constant()?.contains(&*text)),
            _ => None,
        }
    }

    pub(super) fn unary(&mut self, at: At, op: Unary, operand: ExprId) -> Value {
        match op {
            Unary::Not => {
                let mark = self.checks.len();
                let (truth, value) = self.condition(at, operand);
                self.negate_checks(mark);
                let not = truth.map_or(Value::UNKNOWN, |truth| Value::Bool(!truth));
                self.negated(&value, not)
            }
            Unary::Minus => match self.eval(at, operand) {
                Value::Number(n) => Value::Number(-n),
                _ => Value::UNKNOWN,
            },
            Unary::TypeOf => {
                let value = self.eval(at, operand);
                match value {
                    Value::Text(_) => Value::text("string"),
                    Value::Number(_) => Value::text("number"),
                    Value::Function(_) | Value::Class(_) => Value::text("function"),
                    Value::Object(_) => Value::text("object"),
                    _ => Value::UNKNOWN,
                }
            }
            Unary::Delete => Value::UNKNOWN,
            Unary::Other => {
                self.eval(at, operand);
                Value::UNKNOWN
            }
        }
    }

    pub(super) fn logical(&mut self, at: At, op: Logical, left: ExprId, right: ExprId) -> Value {
        let before = self.volatile;
        let value = self.eval(at, left);
        let truth = if self.volatile == before { self.truth(at, &value) } else { None };
        match (op, truth) {
            (Logical::And, Some(false)) | (Logical::Or, Some(true)) => return value,
            (Logical::And, Some(true)) | (Logical::Or, Some(false)) => return self.eval(at, right),
            (Logical::Coalesce, _) if matches!(value, Value::Text(_) | Value::Number(_) | Value::Object(_) | Value::Function(_)) => return value,
            (Logical::Coalesce, Some(false)) if value.is_absent() => return self.eval(at, right),
            _ => {}
        }
        self.uncertain += 1;
        let way = self.assume(&value, op == Logical::And);
        let other = self.eval(at, right);
        self.take_way(way);
        self.uncertain -= 1;
        let plain = |v: &Value| matches!(v.plain(), Value::Bool(_) | Value::Unknown(Origin { source: Source::Unknown, .. }));
        let says = |v: &Value| v.alternatives().iter().any(|v| matches!(v, Value::Check(_)));
        if (says(&value) || says(&other)) && (plain(&other) || (says(&other) && op != Logical::Coalesce)) {
            match op {
                Logical::And => {
                    self.volatile += 1;
                    return self.both(&value, &other, Value::UNKNOWN);
                }
                Logical::Or => return self.one_of(&value, &other, Value::UNKNOWN),
                Logical::Coalesce => {}
            }
        }
        match op {
            // The left side of `a && b` is the value only when it is false, which is rarely what flows on. As a condition,
            // though, it leaves open what the right side alone would decide.
            Logical::And => {
                if other.truth() != Some(false) {
                    self.volatile += 1;
                }
                other
            }
            _ => union(value.alternatives().iter().filter(|v| v.truth() != Some(false)).cloned().chain([other])),
        }
    }
}

/// Whether two values are equal, where that is decided.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<bool> {
    let plain = |v: &Value| match v {
        Value::Text(text) => text.constant().is_some(),
        Value::Number(_) | Value::Bool(_) | Value::Null | Value::Undefined => true,
        _ => false,
    };
    match (left, right) {
        (Value::Union(all), other) | (other, Value::Union(all)) => {
            // Different from every alternative: different. Equal to some: undecided.
            all.iter().all(|v| compare(v, other) == Some(false)).then_some(false)
        }
        (Value::Text(a), Value::Text(b)) if a.constant().is_none() || b.constant().is_none() => differ(a, b).then_some(false),
        (a, b) if plain(a) && plain(b) => Some(same(a, b) || (a.is_absent() && b.is_absent())),
        _ => None,
    }
}

/// Whether texts with holes can never be equal: their constant beginnings disagree.
fn differ(a: &Text, b: &Text) -> bool {
    use crate::analysis::value::Piece;
    match (a.pieces.first(), b.pieces.first()) {
        (Some(Piece::Literal(a)), Some(Piece::Literal(b))) => {
            let n = a.len().min(b.len());
            a.as_bytes()[..n] != b.as_bytes()[..n]
        }
        _ => false,
    }
}

/// `a` or `b`, where "no value" is nobody's alternative.
pub(crate) fn join(a: Value, b: Value) -> Value {
    match (&a, &b) {
        (Value::Undefined, _) => b,
        (_, Value::Undefined) => a,
        _ => a.or(b),
    }
}

/// The origin that says more.
fn stronger(a: Origin, b: Origin) -> Origin {
    let weight = |o: Origin| match o.source {
        Source::Argument(_) => 7,
        Source::Request(_) => 6,
        Source::Environment(_) => 5,
        Source::Remote(_) | Source::File(_) => 4,
        Source::Config => 3,
        Source::Parameter => 2,
        Source::Library => 1,
        Source::Unknown => 0,
    };
    let origin = if weight(b) > weight(a) { b } else { a };
    Origin { marks: a.marks.common(b.marks), ..origin }
}
