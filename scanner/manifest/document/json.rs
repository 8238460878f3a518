use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::{Entry, MAX_DEPTH, Node, SyntaxError, Value};

pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let options = ParseOptions::default();
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    match parse_to_ast(text, &collect, &options) {
        Ok(result) => match result.value {
            Some(value) => Ok(node(value, 0)),
            None => Err(SyntaxError { span: 0..0, message: "the file is empty".to_owned() }),
        },
        Err(error) => {
            let range = error.range();
            Err(SyntaxError { span: range.start..range.end, message: error.kind().to_string().to_lowercase() })
        }
    }
}

fn node(value: ast::Value<'_>, depth: usize) -> Node {
    let range = value.range();
    let span = range.start..range.end;
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.into_owned()),
        ast::Value::NumberLit(number) => Value::Number(number.value.to_owned()),
        ast::Value::BooleanLit(boolean) => Value::Bool(boolean.value),
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::Object(_) | ast::Value::Array(_) if depth >= MAX_DEPTH => Value::Null,
        ast::Value::Object(object) => Value::Map(
            object
                .properties
                .into_iter()
                .map(|property| {
                    let key = property.name.range();
                    Entry { key: property.name.into_string(), key_span: key.start..key.end, node: node(property.value, depth + 1) }
                })
                .collect(),
        ),
        ast::Value::Array(array) => Value::List(array.elements.into_iter().map(|element| node(element, depth + 1)).collect()),
    };
    Node::new(span, value)
}
