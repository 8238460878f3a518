use super::{body, lower, shown};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found = body(text);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let inner = found.join("\n");
    for line in expected {
        assert!(inner.contains(line), "`{line}` is not in\n{inner}\n");
    }
}

#[test]
fn results_are_taken_apart() {
    check("a, err := g()\n_ = a\n_ = err", &["let <a, err> = g()"]);
    check("var err error\na, err := g()\na, err = g()", &["<a, err> = g()"]);
    check("v, ok := m[k]", &["let v = m[k]", "let ok = "]);
    check("a, b = b, a", &["<a, b> = <b, a>"]);
}

#[test]
fn a_failed_return_has_no_value() {
    let (module, names) = lower("package m\nfunc f() (string, error) {\n if x() { return \"\", err() }\n return \"a\", nil\n}\n");
    let found = shown(&module, &names);
    assert!(found.contains("return <undefined, err()>"), "{found}");
    assert!(found.contains("return <\"a\", null>"), "{found}");
}

#[test]
fn a_name_is_declared_after_its_value() {
    // The argument is the outer `x`, which nothing inside declares.
    check("for {\n x := g(x)\n h(x)\n}", &["let x = g(x)", "h(x)"]);
    check("x := 1\nif true {\n x := x\n _ = x\n}", &["let x = 1", "let x = x"]);
}

#[test]
fn loops_and_switches() {
    check("for i, v := range x { g(i, v) }", &["for [i, v] of range.entries(x)"]);
    check("for _, v := range x { g(v) }", &["for v of range.values(x)"]);
    check("for i := 0; i < 3; i++ { g(i) }", &["let i = 0", "while"]);
    check("switch x {\ncase 1, 2:\n g()\n fallthrough\ndefault:\n h()\n}", &["switch x", "case 1, 2 falls", "g()"]);
    check("switch { case a(): b() }", &["if a()", "b()"]);
    check("switch v := x.(type) {\ncase string:\n g(v)\n}", &["let v = ", "g(v)"]);
    check("select {\ncase v := <-c:\n g(v)\ncase c <- 1:\n}", &["let v = chan.receive(c)", "chan.send(c, 1)"]);
}

#[test]
fn pointers_are_what_they_point_at() {
    check("p := &T{A: 1}\n*p = x", &["let p = new T(1)", "p(x)"]);
    check("var s string\nflag.StringVar(&s, \"a\", \"b\", \"\")", &["flag.StringVar(Plain(t0) { s^1 = t0 }, \"a\", \"b\", \"\")"]);
}

#[test]
fn constants_count() {
    let (module, names) = lower("package m\nconst (\n A = iota\n B\n C = \"x\"\n D\n)\n");
    let found = shown(&module, &names);
    for line in ["A = 0", "B = 1", "C = \"x\"", "D = \"x\""] {
        assert!(found.contains(line), "{found}");
    }
}

#[test]
fn variables_come_after_what_they_need() {
    let (module, names) = lower("package m\nvar a = f(b)\nvar b = c\nvar c = 1\nfunc f(x int) int { return x }\n");
    let found = shown(&module, &names);
    let at = |name: &str| found.lines().position(|line| line.starts_with(&format!("let {name} = "))).unwrap();
    assert!(at("f") < at("c") && at("c") < at("b") && at("b") < at("a"), "{found}");
}

#[test]
fn tags_are_noted() {
    let (module, names) = lower("package m\ntype A struct {\n Base\n Path string `json:\"path,omitempty\" jsonschema:\"the \\\"path\\\"\"`\n}\n");
    let mut notes: Vec<_> = module.notes.iter().map(|((_, at), notes)| (*at, notes.clone())).collect();
    notes.sort_by_key(|(at, _)| *at);
    assert!(notes[0].1.delegates);
    let tags: Vec<_> = notes[1].1.tags.iter().map(|(key, value)| (names.text(*key).to_string(), value.to_string())).collect();
    assert_eq!(tags, [("json".to_owned(), "path,omitempty".to_owned()), ("jsonschema".to_owned(), "the \"path\"".to_owned())]);
}
