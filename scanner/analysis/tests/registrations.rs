//! Tools whose registration does not stand where the program starts.

use super::*;

fn names(report: &Report) -> Vec<&str> {
    let mut all: Vec<&str> = report.server.tools.iter().map(|t| t.name.as_str()).collect();
    all.sort_unstable();
    all
}

#[test]
fn modules_of_a_package_without_a_file_are_found() {
    let report = scan(&[
        ("kitchen/__init__.py", ""),
        (
            "kitchen/server.py",
            "from mcp.server.fastmcp import FastMCP\nfrom kitchen.tools import baking\n\nmcp = FastMCP(\"kitchen\")\nbaking.register(mcp)\nmcp.run()\n",
        ),
        ("kitchen/tools/baking.py", "def register(mcp):\n    @mcp.tool()\n    def bake(bread: str) -> str:\n        return bread\n"),
    ]);
    assert_eq!(report.server.tools.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["bake"]);
    assert_eq!((report.server.coverage.files_total, report.server.coverage.files_parsed), (3, 3));
}

#[test]
fn each_row_of_a_long_table_is_a_tool_of_its_own() {
    let rows: String =
        (0..40).map(|i| format!("{{ name: 't{i:02}', text: 'Number {i}', run: async () => fetch('https://h{i}.example.com/') }},")).collect();
    let report = javascript(
        &format!("const rows = [{rows}];"),
        "async () => { }); rows.forEach((row) => { server.registerTool(row.name, { description: row.text }, row.run) }",
    );
    assert_eq!(report.server.tools.len(), 41);
    let last = report.server.tools.iter().find(|t| t.name == "t39").expect("the last row");
    assert_eq!(last.description.as_deref(), Some("Number 39"));
    assert_eq!(last.capabilities.len(), 1);
}

#[test]
fn modules_of_a_directory_are_loaded_by_a_name_put_together() {
    let main = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { readdirSync } from 'node:fs';\n\
                const server = new McpServer({ name: 'a', version: '1' });\n\
                for (const file of readdirSync('./tools')) { const m = await import(`./tools/${file}`); m.default(server); }\n";
    let tool = |name: &str| format!("export default function add(server) {{ server.tool('{name}', 'Does it', {{}}, async () => 1); }}\n");
    let report = scan(&[
        ("package.json", r#"{"name": "a-mcp", "version": "1.0.0", "type": "module", "bin": "index.js"}"#),
        ("index.js", main),
        ("tools/one.js", &tool("one")),
        ("tools/two.js", &tool("two")),
        ("other/three.js", &tool("three")),
    ]);
    assert_eq!(names(&report), ["one", "two"]);
}

#[test]
fn modules_of_a_package_are_loaded_by_a_name_put_together() {
    let server = "import importlib\nimport pkgutil\nfrom mcp.server import FastMCP\n\ndef load():\n    import app.tools as tools\n\
                  \n    for _, name, _ in pkgutil.iter_modules(tools.__path__):\n        importlib.import_module(f'app.tools.{name}')\n\nmcp = FastMCP('a')\nload()\n";
    let tool = "from app.server import mcp\n\n@mcp.tool()\ndef add(a: int) -> int:\n    \"\"\"Adds.\"\"\"\n    return a\n";
    let report = scan(&[("app/__init__.py", ""), ("app/server.py", server), ("app/tools/__init__.py", ""), ("app/tools/sums.py", tool)]);
    assert_eq!(names(&report), ["add"]);
}

#[test]
fn a_tool_that_nothing_is_seen_to_register_is_spoken_of() {
    let report = scan(&[
        ("package.json", r#"{"name": "a-mcp", "version": "1.0.0", "type": "module", "bin": "index.js"}"#),
        (
            "index.js",
            "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nconst server = new McpServer({ name: 'a', version: '1' });\nserver.tool('seen', {}, async () => 1);\n",
        ),
        (
            "more.js",
            "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nconst s = new McpServer({ name: 'a', version: '1' });\ns.tool('unseen', {}, async () => 1);\n",
        ),
    ]);
    assert_eq!(names(&report), ["seen"]);
    assert!(!report.server.tools_complete);
    assert!(report.server.tools_incomplete_because[0].starts_with("unseen: registered in code"), "{:?}", report.server.tools_incomplete_because);
}

#[test]
fn a_program_that_only_starts_another_is_not_a_server_without_tools() {
    let code = "import { spawn } from 'node:child_process';\nspawn('./bin/server', process.argv.slice(2), { stdio: 'inherit' });\n";
    let report = scan(&[("package.json", r#"{"name": "a-mcp", "version": "1.0.0", "type": "module", "bin": "index.js"}"#), ("index.js", code)]);
    assert!(report.server.tools.is_empty() && !report.server.tools_complete);
}

#[test]
fn a_handler_around_that_of_the_sdk_hides_no_tool() {
    let report = javascript(
        "import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';",
        "async () => 1); const own = server.server._requestHandlers.get('tools/list'); \
         server.server.setRequestHandler(ListToolsRequestSchema, async (r, e) => { const all = await own(r, e); for (const t of all.tools) { t.x = 1; } return all; }",
    );
    assert_eq!(names(&report), ["work"]);
    assert!(report.server.tools_complete, "{:?}", report.server.tools_incomplete_because);
}

#[test]
fn a_database_opened_at_the_start_is_used_by_the_tools() {
    let report = javascript(
        "import { createClient } from 'redis';\nconst client = createClient({ url: 'redis://cache.example.com:6379' });\nawait client.connect();",
        "async ({ path }) => ({ content: [{ type: 'text', text: await client.get(path) }] })",
    );
    let used: Vec<_> = reached(&report).filter(|c| c.kind == CapabilityKind::Database).map(|c| (c.target.as_str(), c.tools.len())).collect();
    assert_eq!(used, [("cache.example.com", 1)]);
}
