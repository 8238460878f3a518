use super::*;
use Access::Connect;
use CapabilityKind::Network;

#[test]
fn an_allow_list_of_patterns_tells_the_hosts() {
    let report = python(
        r#"
import re
import httpx

ALLOWED = [r'^https?://docs\.example\.com/', r'^https://wiki\.example\.org/']

@mcp.tool()
async def read(url: str) -> str:
    if not any(re.match(pattern, url) for pattern in ALLOWED):
        raise ValueError('not allowed')
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text
"#,
    );
    assert_eq!(targets(&report, Network, Connect), ["*", "docs.example.com", "wiki.example.org"]);
}

#[test]
fn a_deny_list_tells_no_host() {
    let report = javascript(
        "",
        r#"async ({ url }) => { if (url.startsWith("http://metadata.example.internal/")) throw new Error("no"); return fetch(url); }"#,
    );
    assert_eq!(targets(&report, Network, Connect), ["*"]);
}

#[test]
fn an_origin_that_is_compared_is_reached() {
    let report = javascript(
        r#"const ORIGIN = "https://login.example.com";
           function known(value) { try { return new URL(value).origin === ORIGIN; } catch { return false; } }"#,
        r#"async () => { const issuer = process.env.ISSUER ?? ""; if (!known(issuer)) return null; return fetch(`${issuer}/keys`); }"#,
    );
    assert_eq!(targets(&report, Network, Connect), ["*", "login.example.com"]);
}

#[test]
fn the_default_of_an_argument_is_reached() {
    let report = scan(&[
        ("package.json", r#"{"name": "t", "version": "1.0.0", "type": "module", "bin": "index.js"}"#),
        (
            "index.js",
            r#"import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
const Input = z.object({ source: z.string().url().default("https://files.example.com/list.txt") });
const server = new McpServer({ name: "t", version: "1" });
server.registerTool("load", { inputSchema: Input }, async (args) => { const { source } = Input.parse(args); return fetch(new URL(source)); });
"#,
        ),
    ]);
    assert_eq!(targets(&report, Network, Connect), ["*", "files.example.com"]);
    let report = python(
        r#"
import requests

@mcp.tool()
def load(url: str = "https://files.example.com/list.txt") -> str:
    return requests.get(url).text
"#,
    );
    assert_eq!(targets(&report, Network, Connect), ["*", "files.example.com"]);
}

#[test]
fn the_host_of_a_url_is_a_text() {
    let report = javascript(
        r#"import https from "node:https";
           const API = new URL("https://api.example.com/v1");"#,
        r#"async () => https.request({ hostname: API.hostname, path: "/x" })"#,
    );
    assert_eq!(targets(&report, Network, Connect), ["api.example.com"]);
}

#[test]
fn a_callback_after_the_port_is_no_host() {
    let report = javascript(
        r#"import express from "express";
           const app = express();
           app.listen(3000, () => console.error("ready"));"#,
        "async () => null",
    );
    assert_eq!(targets(&report, Network, Access::Listen), ["0.0.0.0"]);
}

#[test]
fn the_transport_decides_whether_a_server_listens() {
    let run = |arguments: &str| python(&format!("@mcp.tool()\ndef work() -> str:\n    return ''\n\nmcp.run({arguments})\n"));
    assert_eq!(targets(&run(""), Network, Access::Listen), Vec::<String>::new());
    assert_eq!(targets(&run("transport='stdio'"), Network, Access::Listen), Vec::<String>::new());
    assert_eq!(targets(&run("transport='sse'"), Network, Access::Listen), ["127.0.0.1"]);
    assert_eq!(run("transport='streamable-http'").server.transports, ["http"]);
}
