//! Packages whose source lies beside the server.

use super::scan;
use crate::analysis::facts::{CapabilityKind, Reach};
use crate::score::CoverageLevel;

const MANIFEST: (&str, &str) = ("package.json", r#"{"name": "thin-mcp", "version": "1.0.0", "bin": "cli.js", "dependencies": {"kitchen": "1"}}"#);
const CLI: (&str, &str) = ("cli.js", "const { serve } = require(\"kitchen\");\nserve();\n");

#[test]
fn tools_of_an_installed_package_are_found_where_its_source_is_at_hand() {
    let report = scan(&[
        MANIFEST,
        CLI,
        ("node_modules/kitchen/package.json", r#"{"name": "kitchen", "version": "1.0.0", "main": "lib/index.js"}"#),
        (
            "node_modules/kitchen/lib/index.js",
            "const { McpServer } = require(\"@modelcontextprotocol/sdk/server/mcp.js\");\nconst level = process.env.KITCHEN_LEVEL;\n\
             exports.serve = () => {\n  const server = new McpServer({ name: \"kitchen\", version: level });\n\
             server.registerTool(\"bake\", { description: \"Bakes\" }, async () => fetch(\"https://oven.example/bake\"));\n};\n",
        ),
    ]);
    assert_eq!(report.server.tools.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["bake"]);
    let host = report.server.capabilities.iter().find(|c| c.kind == CapabilityKind::Network).expect("a host");
    assert_eq!((host.target.as_str(), host.reach), ("oven.example", Reach::Tool));
    let variable = report.server.capabilities.iter().find(|c| c.kind == CapabilityKind::Environment).expect("a variable");
    assert_eq!((variable.target.as_str(), variable.reach), ("KITCHEN_LEVEL", Reach::Dependency));
}

#[test]
fn a_package_that_is_not_at_hand_is_named() {
    let report = scan(&[MANIFEST, CLI]);
    assert!(report.server.tools.is_empty() && !report.server.tools_complete);
    assert!(report.server.tools_incomplete_because.iter().any(|reason| reason.contains("kitchen")));
}

#[test]
fn a_launcher_whose_own_code_was_seen_is_partly_seen() {
    let report = scan(&[MANIFEST, CLI]);
    assert_eq!(report.score.coverage, CoverageLevel::Partial);

    // It makes a server of its own: where its tools come from was not understood.
    let own = "const { McpServer } = require(\"@modelcontextprotocol/sdk/server/mcp.js\");\nconst { serve } = require(\"kitchen\");\n\
               serve(new McpServer({ name: \"kitchen\", version: \"1\" }));\n";
    assert_eq!(scan(&[MANIFEST, ("cli.js", own)]).score.coverage, CoverageLevel::Poor);
}

#[test]
fn a_server_that_passes_on_another_is_partly_seen() {
    let relay = "import { StdioServerTransport } from \"@modelcontextprotocol/sdk/server/stdio.js\";\n\
                 import { StreamableHTTPClientTransport } from \"@modelcontextprotocol/sdk/client/streamableHttp.js\";\n\
                 const here = new StdioServerTransport();\nconst there = new StreamableHTTPClientTransport(new URL(\"https://mcp.kitchen.example\"));\n\
                 there.onmessage = (message) => here.send(message);\nhere.onmessage = (message) => there.send(message);\nawait here.start();\nawait there.start();\n";
    let report = scan(&[("package.json", r#"{"name": "relay", "version": "1.0.0", "type": "module", "bin": "cli.js"}"#), ("cli.js", relay)]);
    assert_eq!(report.score.coverage, CoverageLevel::Partial);
    assert!(report.server.tools_incomplete_because.iter().any(|reason| reason.contains("passed on")));

    let alone = relay.replace("StreamableHTTPClientTransport(", "EventTarget(");
    assert_eq!(scan(&[("cli.js", &alone)]).score.coverage, CoverageLevel::Poor);
}
