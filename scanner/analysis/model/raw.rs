//! Model files as they are written, before anything is made of them.
//!
//! The build script reads YAML into these types and embeds them as JSON; [`super::load`] reads that.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFile {
    pub(crate) modules: Vec<String>,
    pub(crate) members: IndexMap<String, RawEntry>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawEntry {
    // What few entries have is boxed: reading thousands of them is moving them about.
    pub(crate) like: Option<String>,
    pub(crate) effects: Vec<RawEffect>,
    pub(crate) on: Option<String>,
    pub(crate) value: Option<OneOrMany>,
    pub(crate) calls: Option<Vec<RawCallback>>,
    pub(crate) pure: bool,
    pub(crate) schema: Option<Box<RawSchema>>,
    pub(crate) tool: Option<Box<RawTool>>,
    pub(crate) prompt: Option<Box<RawTool>>,
    pub(crate) resource: Option<Box<RawTool>>,
    pub(crate) server: Option<Box<RawServer>>,
    pub(crate) incomplete: Option<String>,
    pub(crate) mount: Option<Box<RawMount>>,
    pub(crate) settings: Option<String>,
    pub(crate) subclass: Option<RawSubclass>,
    pub(crate) folder: Option<RawFolder>,
    pub(crate) injected: bool,
    pub(crate) extractor: bool,
    pub(crate) check: Option<RawCheck>,
    pub(crate) sink: Option<Box<IndexMap<String, OneOrMany>>>,
    pub(crate) shape: Option<OneOrMany>,
    pub(crate) marks: Vec<RawMark>,
    pub(crate) marks_of: Option<OneOrMany>,
    pub(crate) deeds: Vec<RawDeed>,
}

/// `marks: [{ is: gate-host, when: [{ value: selector, one_of: [value, …] }] }]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMark {
    pub(crate) is: String,
    #[serde(default)]
    pub(crate) since: Option<String>,
    #[serde(default)]
    pub(crate) when: Vec<RawMarkCondition>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMarkCondition {
    pub(crate) value: OneOrMany,
    #[serde(default)]
    pub(crate) one_of: Option<OneOrMany>,
    #[serde(default)]
    pub(crate) given: Option<bool>,
    #[serde(default)]
    pub(crate) constant: bool,
}

/// `deeds: [{ is: permission, path: arg0, mode: arg1 }]`: what is done, and the texts that say with what.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct RawDeed {
    pub(crate) is: String,
    #[serde(flatten)]
    pub(crate) texts: IndexMap<String, OneOrMany>,
}

/// `check: { text: selector, pattern: selector }`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCheck {
    pub(crate) text: OneOrMany,
    #[serde(default)]
    pub(crate) pattern: Option<OneOrMany>,
    #[serde(default)]
    pub(crate) test: Option<String>,
    #[serde(default)]
    pub(crate) throws: bool,
    #[serde(default)]
    pub(crate) negated: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawEffect {
    pub(crate) network: Option<OneOrMany>,
    pub(crate) environment: Option<OneOrMany>,
    pub(crate) filesystem: Option<OneOrMany>,
    pub(crate) process: Option<OneOrMany>,
    pub(crate) database: Option<OneOrMany>,
    pub(crate) code: Option<OneOrMany>,
    pub(crate) native: Option<OneOrMany>,
    pub(crate) credential: Option<OneOrMany>,
    pub(crate) url: Option<OneOrMany>,
    pub(crate) base: Option<OneOrMany>,
    pub(crate) host: Option<OneOrMany>,
    pub(crate) hosts: Option<OneOrMany>,
    pub(crate) port: Option<OneOrMany>,
    pub(crate) path: Option<OneOrMany>,
    pub(crate) name: Option<OneOrMany>,
    pub(crate) prefix: Option<OneOrMany>,
    pub(crate) variable: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) program: Option<OneOrMany>,
    pub(crate) programs: Option<OneOrMany>,
    pub(crate) arguments: Option<OneOrMany>,
    pub(crate) command: Option<OneOrMany>,
    pub(crate) shell: Option<OneOrMany>,
    pub(crate) source: Option<OneOrMany>,
    pub(crate) mode: Option<OneOrMany>,
    pub(crate) lookup: Option<OneOrMany>,
    pub(crate) when: Option<Box<RawCondition>>,
    pub(crate) handler: Option<Box<RawHandler>>,
}

/// `when: { is: selector, one_of: [value, …] }`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCondition {
    pub(crate) is: OneOrMany,
    pub(crate) one_of: OneOrMany,
}

/// `true`, a text, or several: most keys take any of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    Flag(bool),
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    /// By hand: what is derived for untagged enums takes a copy of everything first.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a text or a list of texts")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<OneOrMany, E> {
                Ok(OneOrMany::Flag(flag))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMany, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(OneOrMany::Many(all))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl OneOrMany {
    pub(crate) fn all(&self) -> Vec<String> {
        match self {
            OneOrMany::Flag(flag) => vec![flag.to_string()],
            OneOrMany::One(one) => vec![one.clone()],
            OneOrMany::Many(many) => many.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCallback {
    pub(crate) function: OneOrMany,
    #[serde(default)]
    pub(crate) with: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSchema {
    #[serde(rename = "type")]
    pub(crate) json_type: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) set: IndexMap<String, OneOrMany>,
    pub(crate) optional: bool,
    pub(crate) properties: Option<String>,
    pub(crate) items: Option<String>,
    #[serde(rename = "enum")]
    pub(crate) choices: Option<OneOrMany>,
    pub(crate) any_of: Option<String>,
    pub(crate) extend: Option<String>,
    pub(crate) pick: Option<String>,
    pub(crate) omit: Option<String>,
    pub(crate) partial: bool,
    pub(crate) default: Option<OneOrMany>,
    #[serde(rename = "const")]
    pub(crate) constant: Option<OneOrMany>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawTool {
    pub(crate) name: Option<OneOrMany>,
    pub(crate) uri: Option<OneOrMany>,
    pub(crate) title: Option<OneOrMany>,
    pub(crate) description: Option<OneOrMany>,
    pub(crate) annotations: Option<OneOrMany>,
    pub(crate) hints: Option<OneOrMany>,
    pub(crate) schema: Option<OneOrMany>,
    pub(crate) output: Option<OneOrMany>,
    pub(crate) meta: Option<OneOrMany>,
    pub(crate) handler: Option<OneOrMany>,
    pub(crate) config: Option<OneOrMany>,
    pub(crate) each: Option<OneOrMany>,
    pub(crate) overloads: bool,
    pub(crate) decorator: bool,
    pub(crate) through: Option<String>,
    pub(crate) passes: Option<Vec<String>>,
}

/// `subclass: { tool: {name: self.name, …}, starts: [self.init] }`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawSubclass {
    pub(crate) tool: Option<RawTool>,
    pub(crate) prompt: Option<RawTool>,
    pub(crate) resource: Option<RawTool>,
    pub(crate) starts: Vec<String>,
    pub(crate) handlers: Vec<RawHandler>,
    pub(crate) requests: Vec<RawCallback>,
}

/// `folder: { name: tools, tool: {name: self.metadata.name, …} }`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawFolder {
    pub(crate) name: Vec<String>,
    pub(crate) tool: Option<RawTool>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawHandler {
    pub(crate) method: Option<OneOrMany>,
    pub(crate) methods: IndexMap<String, String>,
    pub(crate) function: Option<OneOrMany>,
    pub(crate) request: Vec<String>,
    pub(crate) decorator: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMount {
    pub(crate) server: OneOrMany,
    pub(crate) prefix: OneOrMany,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawServer {
    pub(crate) name: Option<OneOrMany>,
    pub(crate) version: Option<OneOrMany>,
    pub(crate) instructions: Option<OneOrMany>,
    pub(crate) transport: Option<OneOrMany>,
}
