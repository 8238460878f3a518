use super::*;
use CapabilityKind::Process;

fn lines(report: &Report, target: &str) -> Vec<(u32, Vec<String>)> {
    let mut all: Vec<_> = reached(report).filter(|c| c.kind == Process && c.target == target).map(|c| (c.location.line, c.tools.clone())).collect();
    all.sort();
    all
}

#[test]
fn a_program_is_shown_where_the_helper_is_asked_for_it() {
    let report = python(
        r#"
import subprocess

def run(command, **options):
    return subprocess.run(command, capture_output=True, **options)

@mcp.tool()
def log() -> str:
    return run(['git', 'log']).stdout

@mcp.tool()
def build() -> str:
    return run(['make', 'all']).stdout
"#,
    );
    assert_eq!(lines(&report, "git"), [(9, vec!["log".to_owned()]), (13, vec!["log".to_owned()])]);
    assert_eq!(lines(&report, "make"), [(9, vec!["build".to_owned()]), (17, vec!["build".to_owned()])]);
}

#[test]
fn a_helper_that_decides_itself_is_not_looked_through() {
    let report = python(
        r#"
import subprocess

def log(count):
    return subprocess.run(['git', 'log', str(count)])

@mcp.tool()
def work(count: int) -> str:
    return log(count).stdout
"#,
    );
    assert_eq!(lines(&report, "git").len(), 1);
}

#[test]
fn what_one_tool_does_is_not_what_all_tools_of_a_list_do() {
    let report = scan(&[
        ("package.json", r#"{"name": "t", "version": "1.0.0", "type": "module", "bin": "index.js"}"#),
        (
            "index.js",
            r#"import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ListToolsRequestSchema, CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import fs from "node:fs";
const tools = [
  { name: "read", description: "", inputSchema: { type: "object" }, run: (args) => fs.readFileSync(args.path, "utf8") },
  { name: "add", description: "", inputSchema: { type: "object" }, run: (args) => args.a + args.b },
];
const server = new Server({ name: "t", version: "1" }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, async (request) => {
  const tool = tools.find((t) => t.name === request.params.name);
  if (!tool) throw new Error("unknown tool");
  return tool.run(request.params.arguments);
});
"#,
        ),
    ]);
    let readers: Vec<_> = reached(&report).filter(|c| c.kind == CapabilityKind::Filesystem).map(|c| c.tools.clone()).collect();
    assert_eq!(readers, [vec!["read".to_owned()]]);
}

#[test]
fn lists_of_two_returns_are_taken_apart_by_themselves() {
    let report = python(
        r#"
import os

def find(name):
    if not name:
        return {'status': 'error'}, ''
    return {'status': 'ok'}, name

@mcp.tool()
def work(name: str) -> str:
    result, found = find(name)
    if result['status'] != 'ok':
        return 'error'
    os.remove('/tmp/app/' + found)
    return 'done'
"#,
    );
    assert!(targets(&report, CapabilityKind::Filesystem, Access::Delete).contains(&"/tmp/app/*".to_owned()));
}

#[test]
fn an_optional_path_that_is_left_out_is_no_access() {
    let page = |call: &str| {
        javascript(
            r#"import puppeteer from "puppeteer";"#,
            &format!("async ({{ path }}) => {{ const page = await (await puppeteer.launch()).newPage(); return page.{call}; }}"),
        )
    };
    let writes = |report: &Report| targets(report, CapabilityKind::Filesystem, Access::Write);
    assert_eq!(writes(&page("screenshot({ encoding: 'base64' })")), Vec::<String>::new());
    assert_eq!(writes(&page("screenshot()")), Vec::<String>::new());
    assert_eq!(writes(&page("screenshot({ path })")), ["*"]);
}

#[test]
fn a_function_for_the_page_is_no_dynamic_code() {
    let page = |argument: &str| {
        javascript(
            r#"import puppeteer from "puppeteer";"#,
            &format!("async ({{ path }}) => {{ const page = await (await puppeteer.launch()).newPage(); return page.evaluate({argument}); }}"),
        )
    };
    assert_eq!(targets(&page("() => document.title"), CapabilityKind::Code, Access::Evaluate), Vec::<String>::new());
    // Text runs in the page as well, not in the server.
    assert_eq!(targets(&page("path"), CapabilityKind::Code, Access::Evaluate), Vec::<String>::new());
}

#[test]
fn a_database_in_memory_is_no_file() {
    let report = python(
        r#"
import sqlite3

@mcp.tool()
def work() -> str:
    return str(sqlite3.connect(':memory:'))

@mcp.tool()
def stored() -> str:
    return str(sqlite3.connect('/var/lib/app/data.db'))
"#,
    );
    assert_eq!(targets(&report, CapabilityKind::Database, Access::Connect), ["/var/lib/app/data.db"]);
    assert_eq!(targets(&report, CapabilityKind::Filesystem, Access::Write), ["/var/lib/app/data.db"]);
}

#[test]
fn standard_error_is_no_file_of_a_logger() {
    let report = python(
        "import sys\nfrom loguru import logger\nlogger.add(sys.stderr)\nlogger.add('/var/log/app.log')\n\n@mcp.tool()\ndef work() -> str:\n    return ''\n",
    );
    assert_eq!(targets(&report, CapabilityKind::Filesystem, Access::Write), ["/var/log/app.log"]);
}

#[test]
fn moving_a_file_is_writing() {
    let report = javascript(r#"import fs from "node:fs/promises";"#, r#"async () => fs.rename("/data/a.tmp", "/data/a")"#);
    assert_eq!(targets(&report, CapabilityKind::Filesystem, Access::Write), ["/data/a", "/data/a.tmp"]);
    assert_eq!(targets(&report, CapabilityKind::Filesystem, Access::Delete), Vec::<String>::new());
}

#[test]
fn the_variable_that_chooses_a_target_is_named() {
    let report = javascript("", "async () => fetch(`${process.env.API_URL}/x`)");
    let named: Vec<_> = reached(&report).filter(|c| c.kind == CapabilityKind::Network).flat_map(|c| c.variables.clone()).collect();
    assert_eq!(named, ["API_URL"]);
}

#[test]
fn a_home_directory_that_may_not_be_set_is_asked_for_under_the_next_name() {
    let report = python(
        "import os\n\n@mcp.tool()\ndef notes() -> str:\n    home = os.environ.get('USERPROFILE') or os.environ.get('HOME')\n    return open(home + '/notes.txt').read()",
    );
    assert_eq!(targets(&report, CapabilityKind::Environment, Access::Read), ["HOME", "USERPROFILE"]);
    assert_eq!(targets(&report, CapabilityKind::Filesystem, Access::Read), ["~/notes.txt"]);
}
