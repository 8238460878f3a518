//! Documentation strings: what is said of the function, and what of its parameters.

/// Headings of the section about parameters.
const PARAMETERS: &[&str] = &["Args:", "Arguments:", "Parameters:", "Params:"];
/// Headings that end that section.
const OTHERS: &[&str] = &["Returns:", "Return:", "Raises:", "Yields:", "Example:", "Examples:", "Note:", "Notes:"];

/// The text before the section about parameters, and that section's lines.
pub(crate) fn split(doc: &str) -> (&str, &str) {
    let mut at = 0;
    for line in doc.split_inclusive('\n') {
        if PARAMETERS.contains(&line.trim()) {
            return (doc[..at].trim_end(), &doc[at + line.len()..]);
        }
        at += line.len();
    }
    (doc, "")
}

/// What the section about parameters says of each: (name, text).
pub(crate) fn parameters(doc: &str) -> Vec<(&str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    let mut indent = None;
    for line in split(doc).1.lines() {
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        if OTHERS.contains(&text) || depth == 0 {
            break;
        }
        let first = *indent.get_or_insert(depth);
        match text.split_once(':') {
            Some((name, about)) if depth <= first => {
                let name = name.split([' ', '(']).next().unwrap_or(name).trim_start_matches('*');
                all.push((name, about.trim().to_owned()));
            }
            _ => {
                if let Some((_, about)) = all.last_mut() {
                    about.push(' ');
                    about.push_str(text);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_told_apart() {
        let doc = "Send a note.\n\nArgs:\n    to: who gets it\n    text (str): what it says,\n        all of it\n\nReturns:\n    An id.";
        assert_eq!(split(doc).0, "Send a note.");
        assert_eq!(parameters(doc), [("to", "who gets it".to_owned()), ("text", "what it says, all of it".to_owned())]);
        assert_eq!(split("No sections: none."), ("No sections: none.", ""));
    }
}
