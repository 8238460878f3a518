//! Markup that speaks to a model rather than to a reader.

use super::lexicon::{COMMENT, Id, ROLE, SHELL, TAG, TURN};
use super::pattern::Mark;
use super::reading::Reading;

impl Reading {
    /// Tags, comments and pieces of shell.
    pub(super) fn markup(&mut self) {
        let text = self.normal.lower.as_str();
        let mut found = Vec::new();
        let mut add = |id: Id, place: usize| {
            let at = self.token_at(place);
            if let Some(token) = self.tokens.list.get(at) {
                found.push((id, Mark { start: at, end: at + 1, sentence: token.sentence }));
            }
        };
        for (at, _) in text.match_indices(['<', '[', '$', '&', '>', '|', '`']) {
            let rest = &text[at..];
            if ["<!--", "[//]: #", "[comment]: #"].iter().any(|open| rest.starts_with(open)) {
                add(COMMENT, at);
            } else if rest.starts_with('<') || rest.starts_with('[') {
                if is_tag(rest, TAGS) {
                    add(TAG, at);
                }
                if is_tag(rest, ROLES) {
                    add(ROLE, at);
                }
                if is_turn(rest) {
                    add(TURN, at);
                }
            } else if ["$(", "&& ", "> /dev/null", "| sh", "| bash", "| base64", "| nc ", "2>&1", "${ifs}"].iter().any(|sign| rest.starts_with(sign))
            {
                add(SHELL, at);
            }
        }
        for (id, mark) in found {
            self.marks.add(id, mark);
        }
    }
}

/// Markup that speaks to a model rather than to a reader.
const TAGS: &[&str] = &[
    "important",
    "system",
    "secret",
    "hidden",
    "instruction",
    "admin",
    "critical",
    "override",
    "sys",
    "inst",
    "assistant",
    "developer",
    "human",
    "internal",
    "prompt",
    "security",
    "mandatory",
    "command",
    "rule",
    "directive",
    "invisible",
    "ai",
    "agent",
    "llm",
    "urgent",
    "background",
    "tool_call",
    "function_call",
    "重要",
    "系统",
    "系統",
    "指令",
    "重要事項",
    "システム",
    "importante",
    "sistema",
    "wichtig",
    "système",
    "важно",
    "система",
    "시스템",
    "중요",
    "مهم",
    "نظام",
    "महत्वपूर्ण",
    "सिस्टम",
    "passive",
    "silent",
    "confidential",
    "note to ai",
    "note to model",
    "note to assistant",
    "persistent",
    "privileged",
    "root",
    "policy",
    "protocol",
    "compliance",
];
/// Those that claim to be somebody else than the server.
const ROLES: &[&str] = &[
    "system",
    "secret",
    "hidden",
    "admin",
    "override",
    "sys",
    "assistant",
    "developer",
    "invisible",
    "系统",
    "系統",
    "システム",
    "sistema",
    "système",
    "система",
    "시스템",
    "نظام",
    "सिस्टम",
    "confidential",
    "privileged",
    "root",
    "note to ai",
    "note to model",
    "note to assistant",
    "silent",
    "passive",
];

/// `<important>`, `[system notice]`, `<hidden: …`.
fn is_tag(rest: &str, tags: &[&str]) -> bool {
    let body = rest.trim_start_matches(['<', '[', '/', ' ', '!']);
    tags.iter().any(|tag| {
        body.strip_prefix(tag).is_some_and(|after| {
            let after = after.strip_prefix('s').unwrap_or(after);
            let line: &str = after.split(['>', ']', '\n', '<']).next().unwrap_or_default();
            let closed = after[line.len()..].starts_with(['>', ']']);
            (closed && line.len() < 40 || line.starts_with(':'))
                && !line.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-' || letter == '.')
        })
    })
}

/// The marks with which chats are written down for models.
fn is_turn(rest: &str) -> bool {
    const TURNS: &[&str] = &[
        "<|im_start|>",
        "<|im_end|>",
        "<|system|>",
        "<|user|>",
        "<|assistant|>",
        "<|endoftext|>",
        "<|start_header_id|>",
        "<|begin_of_text|>",
        "<|eot_id|>",
        "<<sys>>",
        "[inst]",
        "[/inst]",
        "<start_of_turn>",
        "<end_of_turn>",
        "<|channel|>",
        "<|message|>",
        "<|start|>",
    ];
    TURNS.iter().any(|turn| rest.starts_with(turn))
}
