//! SARIF 2.1.0, as GitHub code scanning and its like take it: one run, every rule listed, nothing that changes from
//! one run to the next unless the findings do.

mod line_hash;
mod notifications;
mod place;
mod results;
mod rules;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, PropertyBag, Run, RunAutomationDetails, Sarif, Tool, ToolComponent, ToolComponentReference,
};

use super::clean::clean_prose;
use super::escape::write_json;
use super::{Context, Report};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const TAXONOMY: &str = "CWE";

pub(super) fn render(reports: &[Report], context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_json(&log(reports, context), out)
}

fn log(reports: &[Report], context: &Context<'_>) -> Sarif {
    Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run(reports, context)]).build()
}

fn run(reports: &[Report], context: &Context<'_>) -> Run {
    let bases = bases(reports, context);
    let rules = rules::Rules::new(context.checks, reports);
    let (results, dropped) = results::results(reports, &rules, &bases);
    let taxonomy = rules.taxonomy();
    let mut driver = ToolComponent::builder()
        .name(context.scanner_name)
        .version(context.scanner_version)
        .semantic_version(context.scanner_version)
        .rules(rules.descriptors())
        .notifications(notifications::descriptors())
        .properties(bag([("tidewaiter/rulesDigest", json!(context.rules_digest))]))
        .build();
    let mut run = Run::builder()
        .tool(Tool { driver: driver.clone(), extensions: None, properties: None })
        .automation_details(RunAutomationDetails::builder().id(format!("tidewaiter/{}/", category(reports))).build())
        .column_kind(json!("utf16CodeUnits"))
        .invocations(vec![invocation(reports, context, &bases, dropped)])
        .original_uri_base_ids(
            bases.iter().zip(reports).map(|(base, report)| (base.clone(), root(report, context, reports.len()))).collect::<BTreeMap<_, _>>(),
        )
        .results(results)
        .properties(properties(reports))
        .build();
    if let Some(taxonomy) = taxonomy {
        driver.supported_taxonomies = Some(vec![ToolComponentReference::builder().name(TAXONOMY).index(0).build()]);
        run.tool.driver = driver;
        run.taxonomies = Some(vec![taxonomy]);
    }
    run
}

/// The name that the paths of each target are relative to. One target, however many servers it holds, is taken as the
/// root of what was checked out; several have each a root of their own.
fn bases(reports: &[Report], context: &Context<'_>) -> Vec<String> {
    if context.several && reports.len() > 1 {
        return (1..=reports.len()).map(|number| format!("TARGET{number}")).collect();
    }
    vec!["%SRCROOT%".to_owned(); reports.len()]
}

/// Where a root lies on this machine is nobody's business and would differ between machines: only what it is.
fn root(report: &Report, context: &Context<'_>, reports: usize) -> ArtifactLocation {
    let text = match (context.several, reports) {
        (false, 2..) => "The root of all servers".to_owned(),
        _ => format!("The root of {}", clean_prose(&report.target.spec)),
    };
    ArtifactLocation::builder().description(Message::builder().text(text).build()).build()
}

fn invocation(reports: &[Report], context: &Context<'_>, bases: &[String], dropped: usize) -> Invocation {
    let mut invocation =
        Invocation::builder().execution_successful(true).tool_execution_notifications(notifications::notifications(reports, bases, dropped)).build();
    invocation.exit_code = context.exit_code.map(i64::from);
    invocation
}

/// The part of the category that names the server: without its version, so that the alerts of one release are closed
/// by the next.
fn category(reports: &[Report]) -> String {
    let [report] = reports else { return "servers".to_owned() };
    let name = report.target.display_name();
    let mut slug = String::new();
    for character in name.chars().take(200) {
        match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9' | '.' | '_') => slug.push(kept),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_matches(['-', '.']);
    if slug.is_empty() { "server".to_owned() } else { slug.chars().take(80).collect() }
}

fn properties(reports: &[Report]) -> PropertyBag {
    let mut bag = bag([("tidewaiter/score", scores(reports)), ("tidewaiter/exposure", exposures(reports))]);
    if let Some(together) = reports.iter().find_map(|report| report.together.as_deref()) {
        bag.additional_properties.insert("tidewaiter/together".to_owned(), json!(together));
    }
    bag
}

/// What each target can be used for.
fn exposures(reports: &[Report]) -> Value {
    let exposure = |report: &Report| json!({ "target": report.target.spec, "level": report.score.exposure, "trifecta": report.trifecta });
    match reports {
        [one] => exposure(one),
        several => several.iter().map(exposure).collect(),
    }
}

/// The score of the one target, or a list of them.
fn scores(reports: &[Report]) -> Value {
    let score = |report: &Report| {
        json!({
            "target": report.target.spec,
            "formula": report.score.formula,
            "value": report.score.value,
            "grade": report.score.grade,
            "exposure": report.score.exposure,
            "coverage": report.score.coverage,
        })
    };
    match reports {
        [one] => score(one),
        several => several.iter().map(score).collect(),
    }
}

fn bag<const N: usize>(entries: [(&str, Value); N]) -> PropertyBag {
    PropertyBag::builder().additional_properties(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>()).build()
}

/// Text of at most `limit` characters.
fn cut(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// A message in SARIF's plain text, in which brackets are links unless escaped: cleaned, on one line, of a bounded length.
fn message(text: &str) -> Message {
    let mut out = String::with_capacity(text.len());
    let mut backslashes = 0;
    for character in cut(&clean_prose(text), 4_000).chars() {
        if matches!(character, '[' | ']') {
            // Backslashes that stand before it already would otherwise undo the escape.
            out.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        out.push(character);
    }
    if out.trim().is_empty() {
        out = "No message.".to_owned();
    }
    Message::builder().text(out).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_cannot_become_links() {
        let text = |from: &str| message(from).text.unwrap_or_default();
        assert_eq!(text("call [x](http://e)"), "call \\[x\\](http://e)");
        assert_eq!(text("\\[x\\](http://e)"), "\\\\\\[x\\\\\\](http://e)");
        assert_eq!(text("C:\\dir"), "C:\\dir");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(cut("ééé", 3), "ééé");
        assert_eq!(cut("éééé", 3), "éé…");
    }
}
