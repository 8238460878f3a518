use std::time::{Duration, Instant};

use super::lower;

const MANY: usize = 100_000;

fn survives(what: &str, text: &str) {
    let start = Instant::now();
    let (module, _) = lower(text);
    assert_eq!(module.exprs.len(), module.spans.len());
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{what}: {took:?}");
    drop(module);
}

#[test]
fn deep_nesting() {
    for (open, close) in
        [("(", ")"), ("[]int{", "}"), ("f(", ")"), ("!", ""), ("-", ""), ("&", ""), ("*", ""), ("<-", ""), ("a[", "]"), ("func() {", "}")]
    {
        survives(open, &format!("package m\nvar x = {}1{}\n", open.repeat(MANY), close.repeat(MANY)));
        survives(open, &format!("package m\nvar x = {}", open.repeat(MANY)));
    }
    for (open, close) in [("[]", ""), ("*", ""), ("map[string]", ""), ("chan ", ""), ("func(", ")"), ("struct { x ", " }"), ("(", ")")] {
        survives(open, &format!("package m\nvar x {}int{}\n", open.repeat(MANY), close.repeat(MANY)));
        survives(open, &format!("package m\ntype T {}int{}\n", open.repeat(MANY), close.repeat(MANY)));
    }
    for open in ["{", "if x {", "for {", "switch {\ncase x:\n", "select {\ncase <-x:\n", "func() {", "l:\n"] {
        survives(open, &format!("package m\nfunc f() {{ {}", open.repeat(20_000)));
    }
    survives("literal", &format!("package m\nvar x = T{}{}\n", "{".repeat(MANY), "}".repeat(MANY)));
}

#[test]
fn long_chains() {
    survives("sum", &format!("package m\nvar x = 1{}\n", " + 1".repeat(MANY)));
    survives("and", &format!("package m\nvar x = a{}\n", " && a".repeat(MANY)));
    survives("members", &format!("package m\nvar x = a{}\n", ".b".repeat(MANY)));
    survives("calls", &format!("package m\nvar x = a{}\n", ".b(1)".repeat(MANY)));
    survives("else if", &format!("package m\nfunc f() {{ if a {{ }}{} }}\n", " else if b { c() }".repeat(20_000)));
    survives("else if", &format!("package m\nfunc f() {{ if a {{ }}{} }}", " else if b := c(); b { d() }".repeat(20_000)));
    survives("conditions", &format!("package m\nfunc f() {{ switch {{\n{} }} }}", "case a: b()\n".repeat(20_000)));
    survives("list", &format!("package m\nvar x = []int{{{}}}\n", "1,".repeat(MANY)));
    survives("shadows", &format!("package m\nfunc f() {{\n{}}}\n", "x := g(x)\n".repeat(MANY)));
    survives("variables", &(0..20_000).fold("package m\n".to_owned(), |text, i| format!("{text}var a{i} = a{}\n", i + 1)));
    survives("constants", &format!("package m\nconst (\nA = iota\n{})\n", (0..20_000).map(|i| format!("B{i}\n")).collect::<String>()));
    survives("imports", &format!("package m\nimport (\n{})\n", (0..2_000).map(|i| format!("\"example.com/a{i}\"\n")).collect::<String>()));
}

#[test]
fn odd_files() {
    for text in
        ["", "\n", "\0", "package", "package m\nfunc", "func (", "type", "import \"", "var x = `", "package m\nvar x = \"\\x", "'\\", "const ("]
    {
        survives(text, text);
    }
}
