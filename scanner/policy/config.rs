//! `tidewaiter.toml` → [`Policy`]. Unknown keys and impossible values are errors with their place.

use serde::Deserialize;
use toml::Spanned;

use super::date::Date;
use crate::rule::{Confidence, Severity};
use crate::score::{CoverageLevel, Exposure};

/// What the user of a server asks of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Version of this format; only 1 exists.
    pub version: Option<Spanned<i64>>,
    #[serde(default)]
    pub gate: Gate,
    #[serde(default, rename = "server")]
    pub servers: Vec<Server>,
    #[serde(default, rename = "waiver")]
    pub waivers: Vec<Spanned<Waiver>>,
    /// Declarations for the scanned server. Only that it is there matters here: the manifest reader reads and checks it,
    /// with the places that a table does not keep.
    pub declare: Option<toml::Table>,
}

/// When a server passes. Every key is optional.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gate {
    /// The lowest score that passes; no score (`?`) does not, unless `allow-unknown`.
    pub min_score: Option<u8>,
    /// The lowest severity of a finding that fails.
    pub fail_on: FailOn,
    /// Findings below this confidence do not fail.
    pub min_confidence: Confidence,
    /// The worst coverage accepted.
    pub coverage: CoverageLevel,
    /// The highest exposure accepted.
    pub max_exposure: Option<Exposure>,
    /// A server without a score passes `min-score`.
    pub allow_unknown: bool,
    /// Only servers with a `[[server]]` entry pass.
    pub only_listed: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Gate {
            min_score: None,
            fail_on: FailOn::Severity(Severity::High),
            min_confidence: Confidence::Medium,
            coverage: CoverageLevel::Poor,
            max_exposure: None,
            allow_unknown: false,
            only_listed: false,
        }
    }
}

/// `fail-on`: a severity or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    Severity(Severity),
    Never,
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(FailOn::Severity(match text {
            "critical" => Severity::Critical,
            "high" => Severity::High,
            "medium" => Severity::Medium,
            "low" => Severity::Low,
            "info" => Severity::Info,
            "never" => return Ok(FailOn::Never),
            _ => return Err(format!("`{text}` is not a severity; write critical, high, medium, low, info or never")),
        }))
    }
}

impl<'de> Deserialize<'de> for FailOn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What one server may do. A list that is absent allows anything of its kind; an empty list allows nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// Name of the server or package, alone or with its kind (`npm:@scope/name`).
    pub id: String,
    /// Exactly this version (`1.4.2` or `=1.4.2`).
    pub version: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    pub hosts: Option<Vec<String>>,
    pub env: Option<Vec<String>>,
    #[serde(default)]
    pub fs: Files,
    /// Programs it may start.
    pub exec: Option<Vec<String>>,
    pub min_score: Option<u8>,
    pub max_exposure: Option<Exposure>,
    /// The approval ends after this day.
    pub expires: Option<Date>,
}

/// Paths one server may use.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Files {
    pub read: Option<Vec<String>>,
    pub write: Option<Vec<String>>,
}

/// A finding that somebody decided to live with, for a while. It changes the gate, never the score.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    pub rule: String,
    /// Only for this server (an id as in `[[server]]`).
    pub server: Option<String>,
    /// The finding's fingerprint, as in the JSON report.
    pub fingerprint: String,
    pub reason: Spanned<String>,
    pub owner: Option<String>,
    /// The last day on which it counts.
    pub expires: Date,
}

/// Why a `tidewaiter.toml` cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct ConfigError {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// Reads the text of a `tidewaiter.toml`; `file` is its name in messages.
pub fn parse(file: &str, text: &str) -> Result<Policy, ConfigError> {
    let at = |span: Option<std::ops::Range<usize>>, message: String| {
        let offset = span.map_or(0, |span| span.start).min(text.len());
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        ConfigError { file: file.to_owned(), line, column, message }
    };
    let policy: Policy = toml::from_str(text).map_err(|error| at(error.span(), explain(error.message())))?;
    match &policy.version {
        None => return Err(at(None, "the key `version` is missing; add `version = 1` at the top".to_owned())),
        Some(version) if *version.get_ref() != 1 => {
            let message = format!("version {} of this file is not known; this program reads version 1", version.get_ref());
            return Err(at(Some(version.span()), message));
        }
        Some(_) => {}
    }
    if policy.gate.min_score.is_some_and(|score| score > 100) || policy.servers.iter().any(|s| s.min_score.is_some_and(|score| score > 100)) {
        return Err(at(None, "`min-score` is a number from 0 to 100".to_owned()));
    }
    for waiver in &policy.waivers {
        let reason = &waiver.get_ref().reason;
        if reason.get_ref().trim().is_empty() {
            return Err(at(Some(reason.span()), "a waiver needs a reason: say why the finding is acceptable".to_owned()));
        }
        if !waiver.get_ref().fingerprint.starts_with("tidewaiter/1:") {
            let message = "`fingerprint` is the one the JSON report shows for the finding (`tidewaiter/1:…`)".to_owned();
            return Err(at(Some(waiver.span()), message));
        }
    }
    Ok(policy)
}

/// Adds the nearest known key to the message about an unknown one.
fn explain(message: &str) -> String {
    let Some(rest) = message.strip_prefix("unknown field `") else { return message.to_owned() };
    let Some((unknown, tail)) = rest.split_once('`') else { return message.to_owned() };
    // The message lists the known keys in backquotes.
    let known: Vec<&str> = tail.split('`').skip(1).step_by(2).collect();
    let nearest = known.iter().map(|key| (distance(unknown, key), *key)).min().filter(|(distance, key)| *distance <= key.len().div_ceil(2));
    let hint = nearest.map_or(String::new(), |(_, key)| format!(" Did you mean `{key}`?"));
    format!("unknown key `{unknown}`.{hint} Known here: {}", known.join(", "))
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to another.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
