use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, MAX_DEPTH, Node, SyntaxError, Value};

pub(super) fn parse(text: &str) -> (Node, Vec<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let errors = errors.iter().map(|error| SyntaxError { span: error.span().unwrap_or(0..0), message: error.message().to_lowercase() }).collect();
    let span = table.span();
    (Node::new(span, map(table.into_inner(), 0)), errors)
}

fn map(table: DeTable<'_>, depth: usize) -> Value {
    let entry = |(key, value): (Spanned<toml::de::DeString<'_>>, Spanned<DeValue<'_>>)| Entry {
        key_span: key.span(),
        key: key.into_inner().into_owned(),
        node: node(value, depth + 1),
    };
    let mut entries: Vec<Entry> = table.into_iter().map(entry).collect();
    // The parser sorts its tables; a reader expects the order of the file.
    entries.sort_by_key(|entry| entry.key_span.start);
    Value::Map(entries)
}

fn node(value: Spanned<DeValue<'_>>, depth: usize) -> Node {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(boolean) => Value::Bool(boolean),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) if depth >= MAX_DEPTH => Value::Null,
        DeValue::Array(array) => Value::List(array.into_iter().map(|element| node(element, depth + 1)).collect()),
        DeValue::Table(table) => map(table, depth),
    };
    Node::new(span, value)
}
