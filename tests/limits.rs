//! Programs whose analysis would take unbounded time or memory if it were not limited. Each is scanned with as much
//! memory as a scan may use, and must say that it was not followed to its end, or be followed to it.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

/// Two stacks of 512 MiB and a GiB of the allocator are reserved, never used up; the rest is memory.
const KILOBYTES: u32 = (2 << 20) + 1_500_000;
/// Generous: tests run without optimisation and next to each other.
const LIMIT: Duration = Duration::from_secs(90);

const HEAD: &str = r#"
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
const server = new McpServer({ name: "x", version: "1" });
"#;

const TAIL: &str = r#"
server.tool("go", "Goes.", {}, async () => ({ content: [{ type: "text", text: String(main()) }] }));
"#;

/// Scans a server with these functions, of which `main` is what its tool does; returns the report.
fn scan(functions: &str) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("index.js"), format!("{HEAD}{functions}{TAIL}")).expect("a file");
    let command = format!("ulimit -v {KILOBYTES}; exec \"$0\" scan \"$1\" --format json --exit-zero --no-config --jobs 1");
    let start = Instant::now();
    let output = Command::new("sh").args(["-c", &command, env!("CARGO_BIN_EXE_tidewaiter")]).arg(folder.path()).output().expect("the scanner runs");
    let took = start.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(took < LIMIT, "took {took:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["server"]["tools"][0]["name"], "go");
    report
}

fn says_that_it_gave_up(report: &serde_json::Value) -> bool {
    report["coverage"]["unresolved"].to_string().contains("budget of steps")
}

#[test]
fn calls_that_double_at_every_level() {
    let mut code = String::new();
    for i in 0..60 {
        let next = i + 1;
        writeln!(code, "function f{i}(a) {{ return f{next}(() => a) + f{next}(() => [a]); }}").unwrap();
    }
    code.push_str("function f60(a) { return fetch(String(a)); }\nfunction main() { return f0(1); }\n");
    scan(&code);
}

#[test]
fn lists_that_are_copied_again_and_again() {
    let items: Vec<String> = (0..2000).map(|i| format!("\"{i}\"")).collect();
    let mut code = format!("const list = [{}];\nfunction main() {{\n", items.join(","));
    for i in 0..30_000 {
        writeln!(code, "const copy{i} = [...list, ...list];").unwrap();
    }
    code.push_str("return 1;\n}\n");
    assert!(says_that_it_gave_up(&scan(&code)));
}

#[test]
fn texts_that_grow_in_loops() {
    let mut code = String::from("const list = [");
    (0..1500).for_each(|i| write!(code, "{i},").unwrap());
    code.push_str("];\nfunction main() {\nlet text = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\";\n");
    code.push_str(&"text = text + text;\n".repeat(10));
    code.push_str("const kept = [];\nfor (const a of list) for (const b of list) for (const c of list) kept.push({ a, b, c, text: text + `${a}${b}${c}` + text });\n");
    code.push_str("return kept;\n}\n");
    assert!(says_that_it_gave_up(&scan(&code)));
}

#[test]
fn many_calls_of_functions_with_many_variables() {
    let mut code = String::new();
    for f in 0..400 {
        let variables: String = (0..300).map(|v| format!("let v{v} = a;")).collect();
        writeln!(code, "function f{f}(a) {{ {variables} return v0; }}").unwrap();
    }
    code.push_str("function main() {\n");
    for i in 0..60 {
        (0..400).for_each(|f| write!(code, "f{f}({i});").unwrap());
    }
    code.push_str("\nreturn 1;\n}\n");
    scan(&code);
}

#[test]
fn objects_that_share_their_parts() {
    let mut code = String::from("function main() {\nconst o0 = { run() { return 1; } };\n");
    for i in 1..200 {
        let fields: Vec<String> = (0..20).map(|j| format!("p{j}: o{}", i - 1 - j % i.min(20))).collect();
        writeln!(code, "const o{i} = {{ {} }};\nunknown(o{i});", fields.join(", ")).unwrap();
    }
    code.push_str("return 1;\n}\n");
    scan(&code);
}

#[test]
fn a_large_bundle() {
    let mut code = String::new();
    let mut modules = 0;
    while code.len() < 5_000_000 {
        write!(code, "var m{modules}=(e,t)=>{{\"use strict\";").unwrap();
        for f in 0..12 {
            let (next, other) = ((f + 1) % 12, (f + 3) % 12);
            write!(
                code,
                "function g{f}(e,t,n){{var r=e&&e.__esModule?e:{{default:e}};return t?r.default(n,{{a:t,b:[1,2,3],c:function(x){{return g{next}(x,t,n)}}}}):g{other}(n||e,t,{f})}}"
            )
            .unwrap();
        }
        write!(code, "t.exports={{u:\"https://host{modules}.example.com/\"").unwrap();
        (0..12).for_each(|f| write!(code, ",k{f}:g{f}").unwrap());
        code.push_str("}};\n");
        modules += 1;
    }
    let names: Vec<String> = (0..modules).map(|m| format!("m{m}")).collect();
    write!(
        code,
        "const R={{}};function req(i){{if(R[i])return R[i].exports;const t=R[i]={{exports:{{}}}};[{}][i](req,t);return t.exports}}\n\
         function main(){{for(let i=0;i<{modules};i++){{const m=req(i);fetch(m.u);m.k0(req,i,i)}}return 1}}\n",
        names.join(",")
    )
    .unwrap();
    scan(&code);
}
