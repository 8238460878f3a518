//! Libraries that a bundler copied in without saying so.

use super::*;

fn names(report: &Report) -> Vec<&str> {
    let mut all: Vec<&str> = report.server.tools.iter().map(|t| t.name.as_str()).collect();
    all.sort_unstable();
    all
}

const MANIFEST: (&str, &str) = ("package.json", r#"{"name": "a-mcp", "version": "1.0.0", "type": "module", "bin": "index.js"}"#);

#[test]
fn a_copied_server_class_is_known_by_its_methods() {
    let code = r#"
import { readFileSync } from "node:fs";
var q = class {
  constructor(a, b) { this.server = new w(a, b); this._tools = {}; }
  registerTool(n, c, h) { return this._add(n, c, h); }
  registerResource(n, u, c, h) { return this._add(n, c, h); }
  registerPrompt(n, c, h) { return this._add(n, c, h); }
  sendToolListChanged() { this.server.x(); }
  _add(n, c, h) { this._tools[n] = { c, h }; return this._tools[n]; }
};
var s = new q({ name: "a", version: "1" });
s.registerTool("peek", { description: "Reads the notes" }, async () => ({ content: [{ type: "text", text: readFileSync("/srv/notes.txt", "utf8") }] }));
"#;
    let report = scan(&[MANIFEST, ("index.js", code)]);
    assert_eq!(names(&report), ["peek"]);
    assert_eq!(report.server.tools[0].description.as_deref(), Some("Reads the notes"));
    assert_eq!(report.server.capabilities.iter().find(|c| c.target == "/srv/notes.txt").map(|c| c.tools.clone()), Some(vec!["peek".to_owned()]));
}

#[test]
fn a_copied_low_level_server_is_asked_by_the_schemas_of_its_requests() {
    let code = r#"
class P { setRequestHandler(s, h) { this._h.set(s.shape.method.value, h); } }
class V extends P {
  assertRequestHandlerCapability(m) {}
  getClientCapabilities() { return this._c; }
  async createMessage(p) { return this.request(p); }
  async sendToolListChanged() { return this.notification({}); }
}
var L = k.extend({ method: lit("tools/list") });
var C = k.extend({ method: lit("tools/call"), params: r });
var v = new V({ name: "a", version: "1" }, { capabilities: { tools: {} } });
v.setRequestHandler(L, async () => ({ tools: [{ name: "fetch_page", description: "Fetches", inputSchema: { type: "object", properties: {} } }] }));
v.setRequestHandler(C, async (q) => {
  if (q.params.name === "fetch_page") return await fetch("https://pages.example.com/x");
});
"#;
    let report = scan(&[MANIFEST, ("index.js", code)]);
    assert_eq!(names(&report), ["fetch_page"]);
    assert_eq!(targets(&report, CapabilityKind::Network, Access::Connect), ["pages.example.com"]);
    assert_eq!(report.server.tools[0].capabilities.len(), 1);
}

#[test]
fn async_functions_go_through_the_helpers_of_compilers() {
    for (helper, own) in [
        ("__awaiter(this, void 0, void 0, ", "__awaiter(this, arguments, void 0, "),
        ("x(this, null, ", "x(this, arguments, "),
        ("__awaiter(this, void 0, void 0, ", "__awaiter(this, [path], void 0, "),
    ] {
        let code = r#"
const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
const { ListToolsRequestSchema, CallToolRequestSchema } = require("@modelcontextprotocol/sdk/types.js");
class Pages {
  load(path) { return OWNfunction* (path, base = "https://pages.example.com") { return yield fetch(base + path); }); }
}
const server = new Server({ name: "a", version: "1" }, { capabilities: { tools: {} } });
const pages = new Pages();
server.setRequestHandler(ListToolsRequestSchema, () => HELPERfunction* () { return { tools: [{ name: "load", inputSchema: {} }] }; }));
server.setRequestHandler(CallToolRequestSchema, (request) => HELPERfunction* () {
  const page = yield pages.load(request.params.arguments.path);
  return { content: [{ type: "text", text: yield page.text() }] };
}));
"#;
        let report = scan(&[MANIFEST, ("index.js", &code.replace("HELPER", helper).replace("OWN", own))]);
        assert_eq!(names(&report), ["load"], "{helper}");
        assert!(report.server.tools_complete);
        assert_eq!(targets(&report, CapabilityKind::Network, Access::Connect), ["pages.example.com"]);
        assert_eq!(report.server.tools[0].capabilities.len(), 1);
    }
}

#[test]
fn a_namespace_goes_through_the_helper_of_a_compiler() {
    let code = r#"
var __importStar = (this && this.__importStar) || (function () { return function (mod) { var r = {}; for (var k in mod) r[k] = mod[k]; return r; }; })();
const tables = __importStar(require("./tables.js"));
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const server = new McpServer({ name: "a", version: "1" });
Object.values(tables).map((t) => server.tool(t.name, t.text, {}, t.run));
"#;
    let tables = r#"
Object.defineProperty(exports, "__esModule", { value: true });
exports.one = { name: "one", text: "First", run: async () => 1 };
exports.two = { name: "two", text: "Second", run: async () => 2 };
"#;
    let report = scan(&[("package.json", r#"{"name": "a-mcp", "version": "1.0.0", "bin": "index.js"}"#), ("index.js", code), ("tables.js", tables)]);
    assert_eq!(names(&report), ["one", "two"]);
    assert!(report.server.tools_complete);
}

/// A bundle in which a wrapper holds a library that reads variables of the environment, and the server uses a client of
/// another one. `helper` is how the bundler calls wrappers, `import` how it hands on what they export.
fn bundle_of(wrapper: impl Fn(&str, &str) -> String, get: &str, extra: &str) -> String {
    let colours = wrapper(
        "cA",
        r#"var t = process.env; var n = "FORCE_COLOR" in t ? 1 : 0; m.exports = { stdout: n || (t.COLORTERM === "truecolor" || "TEAMCITY_VERSION" in t || t.TERM_PROGRAM === "a") };"#,
    );
    let client = wrapper(
        "cB",
        &format!(
            r#"Object.defineProperty(m.exports, "__esModule", {{ value: !0 }}); var k = class {{ constructor(o) {{ this.d = o.axiosConfigDefaults; }} init() {{ return this; }} getAxiosConfigForOperation(o) {{ {extra} return this.d; }} }}; m.exports.OpenAPIClientAxios = k; m.exports.default = k; k.prototype.call = function (o) {{ return this.getAxiosConfigForOperation(o); }};"#
        ),
    );
    format!(
        r#"import {{ McpServer }} from "@modelcontextprotocol/sdk/server/mcp.js";
var y = (e, t) => () => (t || e((t = {{ exports: {{}} }}).exports, t), t.exports);
{colours}
{client}
var x = {get};
var c = new x.default({{ definition: {{}}, axiosConfigDefaults: {{ baseURL: "https://api.example.com/" }} }});
var s = new McpServer({{ name: "a", version: process.env.OWN_VERSION }});
var a = c.init();
s.tool("run_operation", {{}}, async (q) => {{ cA(); return (await a)[q.name](q); }});
"#
    )
}

#[test]
fn copies_of_libraries_in_wrappers_are_the_libraries() {
    let wrapped = bundle_of(|name, body| format!("var {name} = y((e, m) => {{ {body} }});"), "cB()", "");
    let made_once = bundle_of(
        |name, body| {
            format!(
                "var {name}_ = {{ exports: {{}} }}, {name}0; function {name}() {{ if ({name}0) return {name}_.exports; {name}0 = 1; var m = {name}_; {body} return {name}_.exports; }}"
            )
        },
        "cB()",
        "",
    );
    for code in [wrapped, made_once] {
        let report = scan(&[MANIFEST, ("index.js", &code)]);
        assert_eq!(targets(&report, CapabilityKind::Environment, Access::Read), ["OWN_VERSION"], "{code}");
        assert_eq!(targets(&report, CapabilityKind::Network, Access::Connect), ["api.example.com"], "{code}");
        assert_eq!(
            report.server.capabilities.iter().find(|c| c.target == "api.example.com").map(|c| c.tools.clone()),
            Some(vec!["run_operation".to_owned()])
        );
    }
}

#[test]
fn default_exports_of_wrapped_modules_are_read_through_the_helper_of_a_bundler() {
    let code = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
var C = Object.create, P = Object.defineProperty, N = Object.getOwnPropertyNames, G = Object.getPrototypeOf, O = Object.prototype.hasOwnProperty;
var K = (e, t, r) => { if (t && typeof t == "object") for (let i of N(t)) !O.call(e, i) && i !== r && P(e, i, { get: () => t[i], enumerable: !0 }); return e; };
var E = (e, t, r) => (r = e != null ? C(G(e)) : {}, K(t || !e || !e.__esModule ? P(r, "default", { value: e, enumerable: !0 }) : r, e));
var y = (e, t) => () => (t || e((t = { exports: {} }).exports, t), t.exports);
var w = y((e) => { Object.defineProperty(e, "__esModule", { value: !0 }); e.default = () => fetch("https://pages.example.com/"); });
var m = E(w(), 1);
var s = new McpServer({ name: "a", version: "1" });
s.tool("open_page", {}, async () => (m.default.default ?? m.default)());
"#;
    let report = scan(&[MANIFEST, ("index.js", code)]);
    assert_eq!(
        report.server.capabilities.iter().find(|c| c.target == "pages.example.com").map(|c| c.tools.clone()),
        Some(vec!["open_page".to_owned()])
    );
}

#[test]
fn what_a_library_does_not_do_is_told_of_its_copy() {
    let code = bundle_of(
        |name, body| format!("var {name} = y((e, m) => {{ {body} }});"),
        "cB()",
        r#"require("fs").writeFileSync("/tmp/kept", JSON.stringify(o));"#,
    );
    let report = scan(&[MANIFEST, ("index.js", &code)]);
    let written = report.server.capabilities.iter().find(|c| c.target == "/tmp/kept").expect("the file that is written");
    assert_ne!(written.reach, crate::analysis::facts::Reach::Unreached);
}
