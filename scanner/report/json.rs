//! The JSON report: `tidewaiter-report/1`, described by `tidewaiter-report-1.schema.json`.
//!
//! Everything a scan knows, without the sources. Fields may be added within version 1; none is removed or renamed.

use std::io::{self, Write};

use serde::Serialize;

use crate::analysis::facts::{Capability, Coverage, Offer, ServerFacts, Tool};
use crate::manifest::Declaration;
use crate::rule::{Finding, Trifecta};
use crate::score::{self, Score};
use crate::together::Together;

use super::escape::write_json;
use super::{Context, Report, Target, order};

/// Version of the format.
pub(super) const FORMAT: &str = "tidewaiter-report/1";

/// One object for the only target, an array for several (also when one alone of them could be scanned) or none.
pub(super) fn render(reports: &[Report], context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let documents: Vec<Document<'_>> = reports.iter().map(|report| Document::new(report, context)).collect();
    match documents.as_slice() {
        [one] if !context.several => write_json(one, out),
        several => write_json(&several, out),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    scanner: Scanner<'a>,
    target: &'a Target,
    server: Server<'a>,
    capabilities: &'a [Capability],
    declarations: &'a [Declaration],
    findings: Vec<&'a Finding>,
    score: &'a Score,
    exposure: Exposure<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    together: Option<&'a Together>,
    coverage: &'a Coverage,
}

#[derive(Serialize)]
struct Exposure<'a> {
    level: score::Exposure,
    trifecta: &'a Trifecta,
}

#[derive(Serialize)]
struct Scanner<'a> {
    name: &'a str,
    version: &'a str,
    rules_digest: &'a str,
}

#[derive(Serialize)]
struct Server<'a> {
    languages: &'a [String],
    transports: &'a [String],
    instructions: Option<&'a str>,
    tools: &'a [Tool],
    tools_complete: bool,
    tools_incomplete_because: &'a [String],
    prompts: &'a [Offer],
    resources: &'a [Offer],
}

impl<'a> Document<'a> {
    fn new(report: &'a Report, context: &Context<'a>) -> Self {
        Document {
            format: FORMAT,
            scanner: Scanner { name: context.scanner_name, version: context.scanner_version, rules_digest: context.rules_digest },
            target: &report.target,
            server: Server::new(&report.server),
            capabilities: &report.server.capabilities,
            declarations: &report.declarations,
            findings: order::sorted(&report.findings),
            score: &report.score,
            exposure: Exposure { level: report.score.exposure, trifecta: &report.trifecta },
            together: report.together.as_deref(),
            coverage: &report.server.coverage,
        }
    }
}

impl<'a> Server<'a> {
    fn new(server: &'a ServerFacts) -> Self {
        Server {
            languages: &server.languages,
            transports: &server.transports,
            instructions: server.instructions.as_deref(),
            tools: &server.tools,
            tools_complete: server.tools_complete,
            tools_incomplete_because: &server.tools_incomplete_because,
            prompts: &server.prompts,
            resources: &server.resources,
        }
    }
}
