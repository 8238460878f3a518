use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::{Entry, MAX_DEPTH, Node, SyntaxError, Value};

/// Largest YAML document that is read: no manifest comes near it.
const MAX_BYTES: usize = 4 << 20;

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    if text.len() > MAX_BYTES {
        return Err(SyntaxError { span: 0..0, message: format!("longer than {MAX_BYTES} bytes") });
    }
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_nodes: 200_000, max_aliases: 1_000, max_documents: 64 },
    };
    match serde_saphyr::from_multiple_with_options::<Spanned<Raw>>(text, options) {
        Ok(documents) => match documents.into_iter().next() {
            Some(document) => Ok(node(document)),
            None => Err(SyntaxError { span: 0..0, message: "the file is empty".to_owned() }),
        },
        Err(error) => {
            let span = error.location().map_or(0..0, |location| span(&location));
            let message = error.without_snippet().to_string();
            Err(SyntaxError { span, message: message.lines().next().unwrap_or("cannot be read").to_lowercase() })
        }
    }
}

enum Raw {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

struct RawVisitor;

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Raw, E> {
        Ok(Raw::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element()? {
            list.push(value);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

fn span(location: &Location) -> Range<usize> {
    let place = location.span();
    let (Some(start), Some(length)) = (place.byte_offset(), place.byte_len()) else { return 0..0 };
    let start = usize::try_from(start).unwrap_or(0);
    start..start.saturating_add(usize::try_from(length).unwrap_or(0))
}

fn node(raw: Spanned<Raw>) -> Node {
    let mut span = span(&raw.referenced);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Number(value) => Value::Number(value),
        Raw::Text(value) => Value::Text(value),
        Raw::List(values) => Value::List(values.into_iter().map(node).collect()),
        Raw::Map(entries) => Value::Map(
            entries.into_iter().map(|(key, value)| Entry { key_span: self::span(&key.referenced), key: key.value, node: node(value) }).collect(),
        ),
    };
    // The parser gives a list or map the place of its first token only; its end is that of what it holds.
    let end = match &value {
        Value::List(nodes) => nodes.last().map(|node| node.span.end),
        Value::Map(entries) => entries.last().map(|entry| entry.node.span.end),
        _ => None,
    };
    span.end = span.end.max(end.unwrap_or(0));
    Node::new(span, value)
}
