//! Several servers that are used together: configurations of clients, and several targets in one run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

fn scan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidewaiter"));
    command.args(["scan", "--no-config"]).args(arguments).env("COLUMNS", "80").output().expect("the program runs")
}

fn json(arguments: &[&str]) -> Json {
    let output = scan(&[&["--format", "json", "--exit-zero"], arguments].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn desk() -> String {
    format!("{}/fixtures/configurations/desk/mcp.json", env!("CARGO_MANIFEST_DIR"))
}

fn rules(report: &Json) -> Vec<&str> {
    report["findings"].as_array().expect("findings").iter().filter_map(|finding| finding["rule"].as_str()).collect()
}

fn texts(list: &Json) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(Json::as_str).collect()
}

#[test]
fn every_server_of_a_configuration_is_reported() {
    let reports = json(&[&desk()]);
    let reports = reports.as_array().expect("one for each server");
    let said: Vec<(&str, &str, usize)> = reports
        .iter()
        .map(|report| {
            let target = &report["target"];
            let tools = report["server"]["tools"].as_array().map_or(0, Vec::len);
            (target["configured_as"].as_str().unwrap_or_default(), target["kind"].as_str().unwrap_or_default(), tools)
        })
        .collect();
    assert_eq!(said, [("mail", "file", 2), ("web", "directory", 2), ("shelf", "directory", 1), ("chat", "config", 0), ("tides", "config", 0)]);
    let why = |at: usize| reports[at]["server"]["tools_incomplete_because"][0].as_str().unwrap_or_default().to_owned();
    assert!(why(3).contains("npm pack @desk/chat-server@2"), "{}", why(3));
    assert!(why(4).contains("https://tides.example/mcp"), "{}", why(4));
    assert_eq!(reports[4]["coverage"]["unresolved"][0]["location"]["line"], 8, "the place in the configuration");
    assert_eq!(reports[3]["score"]["grade"], "?");
}

#[test]
fn what_the_servers_are_together() {
    let reports = json(&[&desk()]);
    let (mail, web, shelf) = (&reports[0], &reports[1], &reports[2]);
    assert!(rules(mail).contains(&"tool-name-collision") && rules(web).contains(&"tool-name-collision"), "search and Search are one name");
    assert!(rules(web).contains(&"orders-for-other-server"), "{:?}", rules(web));
    assert!(!rules(shelf).iter().any(|rule| rule.contains("other-server") || rule.contains("collision")));
    let order = web["findings"].as_array().and_then(|all| all.iter().find(|one| one["rule"] == "orders-for-other-server")).expect("a finding");
    assert_eq!(order["tools"], serde_json::json!(["fetch_page"]));
    assert!(order["message"].as_str().is_some_and(|text| text.contains("`read_inbox` of `mail`")), "{}", order["message"]);

    let together = &mail["together"];
    assert_eq!(together, &web["together"], "the same in each report");
    assert_eq!(texts(&together["servers"]), ["mail", "web", "shelf", "chat", "tides"]);
    assert_eq!(texts(&together["unseen"]), ["chat", "tides"]);
    assert_eq!(texts(&together["trifecta"]["private_data"]), ["mail"]);
    assert_eq!(texts(&together["trifecta"]["way_out"]), ["web"]);
    assert_eq!((&together["trifecta"]["complete"], &together["trifecta"]["only_together"]), (&Json::Bool(true), &Json::Bool(true)));
    assert_eq!(together["same_names"].as_array().map(Vec::len), Some(1));
    let alone = &mail["exposure"]["trifecta"];
    assert_eq!(alone["complete"], false);
    assert_eq!(alone["private_data"][0]["tool"], "read_inbox");
    assert!(alone["private_data"][0]["capability"].is_u64(), "what was seen in the code");
}

#[test]
fn the_score_of_a_server_is_its_own() {
    let alone = format!("{}/fixtures/configurations/desk/web", env!("CARGO_MANIFEST_DIR"));
    let together = json(&[&desk()]);
    let alone = json(&[&alone]);
    assert_eq!(alone["score"], together[1]["score"]);
    assert!(alone.get("together").is_none());
}

#[test]
fn several_targets_are_used_together() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let list = |name: &str, tools: &str| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, format!(r#"{{"tools": [{tools}]}}"#)).expect("a file");
        path
    };
    let a = list("a.json", r#"{"name": "open_door", "description": "Opens the door.", "inputSchema": {"type": "object"}}"#);
    let b = list("b.json", r#"{"name": "0pen_door", "description": "Opens every door.", "inputSchema": {"type": "object"}}"#);
    let c = list("c.json", r#"{"name": "open-door", "description": "Opens a door.", "inputSchema": {"type": "object"}}"#);
    let paths: Vec<&str> = [&a, &b, &c].iter().filter_map(|path| path.to_str()).collect();
    let reports = json(&paths);
    assert_eq!(rules(&reports[0]), ["tool-name-collision"]);
    assert!(rules(&reports[1]).contains(&"lookalike-of-other-server"));
    assert_eq!(rules(&reports[2]), ["tool-name-collision"]);
    assert_eq!(texts(&reports[0]["together"]["servers"]), ["a.json", "b.json", "c.json"]);
    assert!(json(&paths[..1]).get("together").is_none());
}

#[test]
fn the_text_fits_into_a_terminal_and_says_what_to_do() {
    let output = scan(&["--exit-zero", &desk()]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80 && !line.contains("http") && !line.contains("│")).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    for part in ["Together: 5 servers", "not seen", "chat, tides", "no server has all three", "search: mail, web"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[test]
fn mistakes_in_a_configuration_are_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("claude_desktop_config.json");
    let run = |text: &str| {
        fs::write(&file, text).expect("a file");
        let output = scan(&[file.to_str().expect("a path")]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout))
    };
    let (status, said) = run(r#"{"mcpServers": {}}"#);
    assert_eq!(status, Some(3));
    assert!(said.contains("claude_desktop_config.json") && said.contains("without servers"), "{said}");
    let (status, said) = run(r#"{"mcpServers": {"notes": {"command": "node", "args": ["dist/index.js"]}}}"#);
    assert_eq!(status, Some(4), "nothing of it could be read");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("notes") && said.contains("there is no `dist/index.js`") && said.contains("build the server first"), "{said}");
}

#[test]
fn configurations_do_not_reach_for_data() {
    // What a server is given to work on is not the server.
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("letters")).expect("a folder");
    fs::write(folder.path().join("letters/server.py"), "from mcp.server.fastmcp import FastMCP\n").expect("a file");
    let file = folder.path().join("mcp.json");
    fs::write(&file, r#"{"mcpServers": {"files": {"command": "npx", "args": ["-y", "@x/files", "letters"]}}}"#).expect("a file");
    let report = json(&[file.to_str().expect("a path")]);
    assert_eq!(report["target"]["kind"], "config");
    assert!(Path::new(folder.path()).join("letters").exists());
}
