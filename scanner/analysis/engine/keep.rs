//! What a library is told at one place and goes by at another: prefixes, defaults, values of a context.

use super::{Engine, ObjectKind, Site};
use crate::analysis::value::Value;

/// Things that are kept.
const MAX_KEPT: usize = 4_000;

impl Engine<'_> {
    /// `remember(key, …, value)`, `recall(key, …)` and what is put together from it. `None`: another function is meant;
    /// `Some(None)`: nothing is given.
    pub(super) fn keeping(&mut self, name: &str, given: &[Option<Value>], site: Site) -> Option<Option<Value>> {
        match name {
            "remember" => {
                let (value, keys) = given.split_last()?;
                let value = value.clone().unwrap_or_default();
                let key = self.key_of(keys)?;
                if self.kept.len() < MAX_KEPT || self.kept.contains_key(&*key) {
                    let old = self.kept.remove(&*key);
                    let joined = match old {
                        Some(old) => super::operator::join(old, value),
                        None => value,
                    };
                    self.kept.insert(key, joined);
                }
                Some(Some(Value::UNKNOWN))
            }
            "recall" => {
                let key = self.key_of(given)?;
                Some(self.kept.get(&*key).cloned())
            }
            // The variable that stands for a setting, when variables stand for settings at all.
            "variable" => {
                let of = |at: usize| given.get(at).cloned().flatten();
                let (Some(_), Some(setting)) = (of(0), of(2)) else { return Some(None) };
                let prefix = of(1).filter(|prefix| !prefix.is_absent());
                let spelled = |text: &str| text.to_uppercase().replace(['-', '.'], "_");
                let mut names = Vec::new();
                for setting in setting.alternatives() {
                    let Some(setting) = setting.constant_text() else {
                        names.push(Value::UNKNOWN);
                        continue;
                    };
                    match &prefix {
                        None => names.push(Value::text(spelled(&setting))),
                        Some(prefix) => names.extend(prefix.alternatives().iter().filter_map(Value::constant_text).map(|prefix| {
                            let whole = if prefix.is_empty() { setting.to_string() } else { format!("{prefix}_{setting}") };
                            Value::text(spelled(&whole))
                        })),
                    }
                }
                let _ = site;
                if names.is_empty() { Some(None) } else { Some(Some(crate::analysis::value::union(names))) }
            }
            _ => None,
        }
    }

    /// The key as a text: of things without a text by what they are.
    fn key_of(&self, keys: &[Option<Value>]) -> Option<Box<str>> {
        let mut all = String::new();
        for key in keys {
            let part = match key.as_ref()? {
                Value::Text(text) => text.render("*"),
                Value::Number(number) => number.to_string(),
                Value::Bool(flag) => flag.to_string(),
                Value::Api(api) => format!("#{}", api.id),
                Value::Class(class) => format!("{:?}", (class.module, class.class)),
                Value::Object(id) => match &self.object(*id).kind {
                    ObjectKind::Instance(class) => format!("{:?}", (class.module, class.class)),
                    _ => format!("{id:?}"),
                },
                Value::Function(closure) => format!("{:?}", (closure.module, closure.function)),
                _ => "*".to_owned(),
            };
            all.push_str(&part);
            all.push('\u{0}');
        }
        Some(all.into_boxed_str())
    }
}
