//! The small language of selectors and values inside models.

use crate::program::{Interner, Symbol};

/// Names a part of a call: `arg0.url`, `self.arg0`, `name=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    pub head: Head,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// `arg0`; `arg-1` is the last one.
    Argument(i32),
    Keyword(Symbol),
    /// All positional arguments as a list.
    Arguments,
    /// All keyword arguments as an object.
    Keywords,
    /// The receiver.
    Receiver,
    /// The handler of a tool, once found.
    Handler,
    Constant(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Member(Symbol),
    /// `[0]`
    Item(u32),
    /// `[]`: any element.
    Any,
    /// Of a list all but so many at the beginning: `args1`.
    From(u32),
    /// On a receiver: an argument of the call that made it.
    Argument(i32),
    Keyword(Symbol),
    /// On a receiver: all keyword arguments of the call that made it, as an object.
    Keywords,
    /// On a receiver: the receiver of the call that made it.
    Receiver,
}

/// What a call returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueModel {
    Select(Selector),
    Apply(Box<str>, Vec<ValueModel>),
    /// The first that is given.
    First(Vec<ValueModel>),
    Text(String),
    True,
    False,
    Null,
    Unknown,
    CommandLine,
    Config,
    Remote,
    /// Out of a request that reaches the server otherwise than as a call of a tool.
    Request,
    /// The arguments of the tool that runs.
    Arguments,
}

struct Parser<'a> {
    rest: &'a str,
    interner: &'a Interner,
}

/// Parses a selector; the error says what was expected.
pub(super) fn selector(text: &str, interner: &Interner) -> Result<Selector, String> {
    let mut parser = Parser { rest: text.trim(), interner };
    let selector = parser.selector()?;
    parser.end()?;
    Ok(selector)
}

pub(super) fn value(text: &str, interner: &Interner) -> Result<ValueModel, String> {
    let mut parser = Parser { rest: text.trim(), interner };
    let value = parser.value(0)?;
    parser.end()?;
    Ok(value)
}

impl Parser<'_> {
    fn end(&mut self) -> Result<(), String> {
        if self.rest.trim().is_empty() { Ok(()) } else { Err(format!("unexpected `{}`", self.rest)) }
    }

    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn quoted(&mut self) -> Result<Option<String>, String> {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix('"') else { return Ok(None) };
        let end = rest.find('"').ok_or("a text without its closing quote")?;
        self.rest = &rest[end + 1..];
        Ok(Some(rest[..end].to_owned()))
    }

    fn word(&mut self) -> &str {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-' || c == '$' || c == '#')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn value(&mut self, depth: u32) -> Result<ValueModel, String> {
        if depth > 16 {
            return Err("nested too deeply".into());
        }
        if let Some(text) = self.quoted()? {
            return Ok(ValueModel::Text(text));
        }
        let before = self.rest;
        let word = self.word().to_owned();
        if self.eat("(") {
            let mut arguments = Vec::new();
            while !self.eat(")") {
                arguments.push(self.value(depth + 1)?);
                if !self.eat(",") && !self.rest.trim_start().starts_with(')') {
                    return Err(format!("expected `,` or `)` before `{}`", self.rest));
                }
            }
            return Ok(ValueModel::Apply(word.into(), arguments));
        }
        Ok(match word.as_str() {
            "true" => ValueModel::True,
            "false" => ValueModel::False,
            "null" => ValueModel::Null,
            "unknown" => ValueModel::Unknown,
            "argument" => ValueModel::CommandLine,
            "config" => ValueModel::Config,
            "remote" => ValueModel::Remote,
            "request" => ValueModel::Request,
            "arguments" => ValueModel::Arguments,
            _ => {
                self.rest = before;
                ValueModel::Select(self.selector()?)
            }
        })
    }

    fn selector(&mut self) -> Result<Selector, String> {
        if let Some(text) = self.quoted()? {
            return Ok(Selector { head: Head::Constant(text), steps: Vec::new() });
        }
        let word = self.word().to_owned();
        let from = word.strip_prefix("args").and_then(|from| from.parse::<u32>().ok());
        let head = match word.as_str() {
            _ if from.is_some() => Head::Arguments,
            _ if self.rest.starts_with('=') => {
                self.rest = &self.rest[1..];
                Head::Keyword(self.interner.intern(&word))
            }
            "self" => Head::Receiver,
            "args" => Head::Arguments,
            "kwargs" => Head::Keywords,
            "handler" => Head::Handler,
            _ => match argument_index(&word) {
                Some(index) => Head::Argument(index),
                None => return Err(format!("`{word}` is no selector (arg0, name=, args, kwargs, self, handler, \"text\")")),
            },
        };
        let mut steps: Vec<Step> = from.map(Step::From).into_iter().collect();
        loop {
            if self.rest.starts_with('.') {
                self.rest = &self.rest[1..];
                let on_receiver = head == Head::Receiver && steps.iter().all(|s| *s == Step::Receiver);
                let word = self.word().to_owned();
                steps.push(match argument_index(&word) {
                    _ if on_receiver && self.rest.starts_with('=') => {
                        self.rest = &self.rest[1..];
                        Step::Keyword(self.interner.intern(&word))
                    }
                    // `arg1.arg0`: of the call that made it; no options object has such a field.
                    Some(index) => Step::Argument(index),
                    _ if on_receiver && word == "self" => Step::Receiver,
                    _ if on_receiver && word == "kwargs" => Step::Keywords,
                    _ if word.is_empty() => return Err("a `.` without a name after it".into()),
                    _ => Step::Member(self.interner.intern(&word)),
                });
            } else if self.rest.starts_with('[') {
                let end = self.rest.find(']').ok_or("a `[` without `]`")?;
                let inside = &self.rest[1..end];
                steps.push(match inside {
                    "" => Step::Any,
                    _ => match inside.parse::<u32>() {
                        Ok(index) => Step::Item(index),
                        Err(_) => Step::Member(self.interner.intern(inside.trim_matches(|c| c == '"' || c == '\''))),
                    },
                });
                self.rest = &self.rest[end + 1..];
            } else {
                return Ok(Selector { head, steps });
            }
        }
    }
}

fn argument_index(word: &str) -> Option<i32> {
    word.strip_prefix("arg").filter(|n| !n.is_empty()).and_then(|n| n.parse().ok())
}
