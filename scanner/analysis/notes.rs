//! Notes beside fields that say something of a schema: `jsonschema:"required,description=…,enum=a"`, or the description
//! by itself.

use serde_json::{Value as Json, json};

/// Keywords that stand alone.
const FLAGS: &[&str] = &["required", "nullable", "uniqueItems", "readOnly", "writeOnly", "deprecated"];
/// Keywords with a value.
const KEYS: &[&str] = &[
    "description",
    "title",
    "enum",
    "default",
    "example",
    "examples",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "type",
    "anyof_type",
    "oneof_type",
    "oneof_required",
    "anyof_required",
    "anchor",
    "uri",
    "const",
];

/// The keywords of a note, when it is written in keywords at all.
pub(super) fn keywords(note: &str) -> Option<Vec<(String, String)>> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut known = false;
    for part in split(note) {
        match part.split_once('=') {
            Some((key, value)) if KEYS.contains(&key.trim()) => {
                known = true;
                all.push((key.trim().to_owned(), value.to_owned()));
            }
            None if FLAGS.contains(&part.trim()) => {
                known = true;
                all.push((part.trim().to_owned(), String::new()));
            }
            // A comma inside a description.
            _ => match all.last_mut() {
                Some((_, value)) if known => {
                    value.push(',');
                    value.push_str(&part);
                }
                _ => return None,
            },
        }
    }
    known.then_some(all)
}

/// The parts between commas; `\,` is a comma.
fn split(note: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = note.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&',') => {
                letters.next();
                if let Some(last) = parts.last_mut() {
                    last.push(',');
                }
            }
            ',' => parts.push(String::new()),
            other => {
                if let Some(last) = parts.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    parts
}

/// Writes keywords into a schema.
pub(super) fn apply(keywords: &[(String, String)], schema: &mut Json) {
    let Json::Object(map) = schema else { return };
    for (key, value) in keywords {
        match key.as_str() {
            "description" | "title" | "pattern" | "format" | "type" => {
                map.insert(key.clone(), json!(value));
            }
            "enum" => {
                if let Some(Json::Array(all)) = map.get_mut("enum") {
                    all.push(json!(value));
                } else {
                    map.insert("enum".into(), json!([value]));
                }
            }
            "default" | "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" => {
                let value = value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number));
                map.insert(key.clone(), value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::keywords;

    #[test]
    fn keywords_are_told_from_descriptions() {
        let of = |note: &str| keywords(note).map(|all| all.into_iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>());
        assert_eq!(of("the path of the file, relative or not"), None);
        assert_eq!(of("required,description=where, exactly"), Some(vec!["required=".into(), "description=where, exactly".into()]));
        assert_eq!(of("enum=a,enum=b"), Some(vec!["enum=a".into(), "enum=b".into()]));
        assert_eq!(of("description=a\\,b"), Some(vec!["description=a,b".into()]));
    }
}
