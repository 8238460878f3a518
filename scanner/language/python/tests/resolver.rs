use super::super::resolve::Roots;
use crate::input::Tree;
use crate::language::{Resolution, Resolver};

fn tree(paths: &[&str]) -> Roots {
    let mut tree = Tree::default();
    for path in paths {
        tree.insert(*path, Vec::new());
    }
    Roots::of(&tree)
}

fn file(path: &str) -> Resolution {
    Resolution::File(path.into())
}

fn external(name: &str) -> Resolution {
    Resolution::External(name.into())
}

#[test]
fn packages_in_src() {
    let roots = tree(&["pyproject.toml", "src/srv/__init__.py", "src/srv/main.py", "src/srv/tools/__init__.py", "src/srv/tools/git.py"]);
    assert_eq!(roots.resolve("src/srv/main.py", "srv.tools.git"), file("src/srv/tools/git.py"));
    assert_eq!(roots.resolve("src/srv/main.py", ".tools"), file("src/srv/tools/__init__.py"));
    assert_eq!(roots.resolve("src/srv/tools/git.py", "..main"), file("src/srv/main.py"));
    assert_eq!(roots.resolve("src/srv/main.py", "."), file("src/srv/__init__.py"));
    assert_eq!(roots.resolve("src/srv/main.py", "....x"), external("....x"));
    assert_eq!(roots.resolve("src/srv/main.py", "requests.adapters"), external("requests.adapters"));
    assert_eq!(roots.submodule("src/srv/tools/__init__.py", "git"), Some("src/srv/tools/git.py".into()));
    assert_eq!(roots.submodule("src/srv/main.py", "git"), None);
}

#[test]
fn scripts_and_namespaces() {
    let roots = tree(&["server.py", "utils.py", "os.py", "logging/__init__.py", "a/b.py", "code/helpers.py"]);
    assert_eq!(roots.resolve("server.py", "utils"), file("utils.py"));
    assert_eq!(roots.resolve("server.py", "os"), external("os"));
    assert_eq!(roots.resolve("server.py", "os.path"), external("os.path"));
    assert_eq!(roots.resolve("server.py", "logging"), external("logging"));
    assert_eq!(roots.resolve("server.py", ".os"), file("os.py"));
    assert_eq!(roots.resolve("server.py", "a.b"), file("a/b.py"));
    assert_eq!(roots.resolve("server.py", "a"), external("a"));
    assert_eq!(roots.resolve("server.py", "code.helpers"), file("code/helpers.py"));
}

#[test]
fn nearest_of_several_projects() {
    let roots =
        tree(&["x/pyproject.toml", "x/src/lib/__init__.py", "x/src/app.py", "y/pyproject.toml", "y/lib/__init__.py", "y/deep/run.py", "tool.py"]);
    assert_eq!(roots.resolve("x/src/app.py", "lib"), file("x/src/lib/__init__.py"));
    assert_eq!(roots.resolve("y/deep/run.py", "lib"), file("y/lib/__init__.py"));
    assert_eq!(roots.resolve("tool.py", "lib"), file("x/src/lib/__init__.py"));
}
