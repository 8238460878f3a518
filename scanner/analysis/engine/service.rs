//! How the server is set up: what calls of libraries say about who may reach it, and settings that no server should have.

use std::rc::Rc;

use super::{ContextId, Engine, Invocation, Site};
use crate::analysis::model::{Edge, Entry, MarkCondition, MarkModel, MarkTest};
use crate::analysis::value::Value;

/// Marks that are written down; no honest server has a tenth of them.
const MAX_MARKS: usize = 5_000;
/// How deep `marks_of` may lead from one call to the next.
const MAX_HOPS: u32 = 4;

/// One thing that a call says about the server.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// The name that the model gives it.
    pub(crate) name: Rc<str>,
    pub(crate) site: Site,
    pub(crate) context: ContextId,
    /// Whatever the settings are; else only when something is set.
    pub(crate) certain: bool,
    /// Only from a version of a library on: `package 1.2.3`.
    pub(crate) since: Option<Rc<str>>,
}

/// A transport of the protocol is made or started.
#[derive(Clone, Debug)]
pub(crate) struct TransportMade {
    pub(crate) transport: Value,
    pub(crate) site: Site,
    pub(crate) context: ContextId,
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    No,
    Sometimes,
    Always,
}

impl<'p> Engine<'p> {
    /// Writes down what the call of `entry` says about the server.
    pub(super) fn note_setup(&mut self, entry: &'p Entry, call: &Invocation, site: Site) {
        if let Some(server) = &entry.server
            && !server.transport.is_empty()
        {
            let transport = self.first(&server.transport, call, site).unwrap_or_default();
            let known = |t: &TransportMade| t.site == site && t.context == self.current && crate::analysis::value::same(&t.transport, &transport);
            if self.transports.len() < MAX_MARKS && !self.transports.iter().any(known) {
                self.transports.push(TransportMade { transport, site, context: self.current });
            }
        }
        self.note_marks(entry, call, site, MAX_HOPS);
    }

    fn note_marks(&mut self, entry: &'p Entry, call: &Invocation, site: Site, hops: u32) {
        for mark in &entry.marks {
            self.note_mark(mark, call, site);
        }
        if entry.marks_of.is_empty() || hops == 0 {
            return;
        }
        let Some(made) = self.first(&entry.marks_of, call, site) else { return };
        for made in made.alternatives() {
            let Value::Api(api) = made else { continue };
            let node = api.node.and_then(|node| self.models.child(node, Edge::Call));
            if let Some(node) = node {
                let entry: &'p Entry = self.models.entry(node);
                self.note_marks(entry, call, site, hops - 1);
            }
        }
    }

    fn note_mark(&mut self, model: &MarkModel, call: &Invocation, site: Site) {
        let mut holds = Holds::Always;
        for condition in &model.when {
            holds = holds.min(self.holds(condition, call, site));
        }
        if holds == Holds::No || self.probing.is_some() || self.marks.len() >= MAX_MARKS {
            return;
        }
        let certain = holds == Holds::Always;
        let known = |mark: &&mut Mark| {
            *mark.name == *model.name && mark.site == site && mark.context == self.current && mark.since.as_deref() == model.since.as_deref()
        };
        match self.marks.iter_mut().find(known) {
            Some(mark) => mark.certain |= certain,
            None => self.marks.push(Mark {
                name: model.name.as_str().into(),
                site,
                context: self.current,
                certain,
                since: model.since.as_deref().map(Rc::from),
            }),
        }
    }

    fn holds(&mut self, condition: &MarkCondition, call: &Invocation, site: Site) -> Holds {
        let given = self.first(&condition.value, call, site);
        match (&condition.test, given) {
            (MarkTest::NotGiven, None) => Holds::Always,
            (MarkTest::NotGiven, Some(value)) if value.alternatives().iter().any(Value::is_absent) => Holds::Sometimes,
            (MarkTest::NotGiven, Some(_)) | (_, None) => Holds::No,
            (MarkTest::Given, Some(value)) => {
                let given: Vec<bool> = value.alternatives().to_vec().iter().map(|v| self.restricts(v, site)).collect();
                match (given.iter().any(|g| *g), given.iter().all(|g| *g)) {
                    (_, true) => Holds::Always,
                    (true, false) => Holds::Sometimes,
                    (false, false) => Holds::No,
                }
            }
            (MarkTest::Constant, Some(value)) => some_of(&value, |v| v.constant_text().is_some_and(|text| !text.trim().is_empty())),
            (MarkTest::OneOf(values), Some(value)) => {
                let mut all = vec![value.clone()];
                // A list of origins, a list of algorithms: any element counts.
                for item in value.alternatives() {
                    if matches!(item, Value::Object(_)) {
                        all.extend(self.iterate(item, site).0);
                    }
                }
                let is_one = |v: &Value| match v {
                    Value::Bool(flag) => values.iter().any(|value| value == if *flag { "true" } else { "false" }),
                    Value::Number(number) => values.iter().any(|value| *value == number.to_string()),
                    Value::Null => values.iter().any(|value| value == "null"),
                    v => v.constant_text().is_some_and(|text| values.iter().any(|value| **value == *text)),
                };
                all.iter().map(|v| some_of(v, is_one)).max().unwrap_or(Holds::No)
            }
        }
    }

    /// Whether a value given as a protection protects at all.
    fn restricts(&mut self, value: &Value, site: Site) -> bool {
        match value {
            Value::Undefined | Value::Null | Value::Bool(false) => false,
            Value::Object(_) => {
                let (items, _) = self.iterate(value, site);
                !items.iter().any(|item| item.constant_text().is_some_and(|text| &*text == "*"))
            }
            value => value.constant_text().is_none_or(|text| !matches!(&*text, "" | "*")),
        }
    }
}

fn some_of(value: &Value, test: impl Fn(&Value) -> bool) -> Holds {
    let all = value.alternatives();
    match all.iter().filter(|v| test(v)).count() {
        0 => Holds::No,
        n if n == all.len() => Holds::Always,
        _ => Holds::Sometimes,
    }
}
