//! What the analysis says of small servers, each built around one pattern.

mod bundles;
mod hosts;
mod installed;
mod models;
mod places;
mod registrations;

use crate::analysis::facts::{Access, Capability, CapabilityKind, Reach};
use crate::input::Tree;
use crate::pipeline::{Options, Timings, scan_tree};
use crate::report::Report;

/// Scans files given as path and text.
pub(super) fn scan(files: &[(&str, &str)]) -> Report {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.insert(*path, text.as_bytes());
    }
    match scan_tree(tree, "test", "directory", &Options::default(), Timings::default()) {
        Ok((reports, _)) => reports.into_iter().next().expect("a report"),
        Err(error) => panic!("{error}"),
    }
}

/// A JavaScript server: `body` stands before a tool `work` whose handler is `handler`.
pub(super) fn javascript(body: &str, handler: &str) -> Report {
    let code = format!(
        "import {{ McpServer }} from \"@modelcontextprotocol/sdk/server/mcp.js\";\nimport {{ z }} from \"zod\";\n{body}\n\
         const server = new McpServer({{ name: \"t\", version: \"1\" }});\nserver.registerTool(\"work\", {{ inputSchema: {{ url: z.string(), path: z.string() }} }}, {handler});\n"
    );
    scan(&[("package.json", r#"{"name": "t", "version": "1.0.0", "type": "module", "bin": "index.js"}"#), ("index.js", &code)])
}

/// A Python server: `body` stands after the server object `mcp`.
pub(super) fn python(body: &str) -> Report {
    let code = format!("from mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP(\"t\")\n\n{body}\n");
    scan(&[("server.py", &code)])
}

/// Targets of the reached capabilities of one kind and access, sorted.
pub(super) fn targets(report: &Report, kind: CapabilityKind, access: Access) -> Vec<String> {
    let mut all: Vec<String> = reached(report).filter(|c| c.kind == kind && c.access == access).map(|c| c.target.clone()).collect();
    all.sort();
    all.dedup();
    all
}

pub(super) fn reached(report: &Report) -> impl Iterator<Item = &Capability> {
    report.server.capabilities.iter().filter(|c| c.reach != Reach::Unreached)
}
