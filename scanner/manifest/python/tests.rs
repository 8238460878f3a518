use crate::input::Tree;
use crate::manifest::{self, EntryPoint, Manifests, Package};

fn read(files: &[(&str, &str)]) -> Manifests {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.insert(*path, text.as_bytes());
    }
    manifest::read(&tree)
}

fn one(files: &[(&str, &str)]) -> Package {
    let manifests = read(files);
    assert_eq!(manifests.packages.len(), 1, "{:?}", manifests.packages);
    manifests.packages.into_iter().next().unwrap()
}

fn function(file: &str, function: &str) -> EntryPoint {
    EntryPoint::Function { file: file.to_owned(), function: function.to_owned() }
}

#[test]
fn pyproject() {
    let text = r#"
[project]
name = "harbour-mcp"
version = "0.3.1"
dependencies = ["mcp[cli]>=1.0", "httpx ; python_version > '3.9'", "pydantic~=2"]
[project.scripts]
harbour = "harbour_mcp.server:main"
other = "elsewhere.cli:run"
[project.entry-points."harbour.plugins"]
quay = "harbour_mcp.quay"
[build-system]
build-backend = "backend"
backend-path = ["."]
"#;
    let package = one(&[("pyproject.toml", text), ("src/harbour_mcp/server.py", ""), ("src/harbour_mcp/quay/__init__.py", "")]);
    assert_eq!((package.ecosystem.as_str(), package.name.as_deref(), package.version.as_deref()), ("pypi", Some("harbour-mcp"), Some("0.3.1")));
    assert_eq!(package.dependencies, ["mcp", "httpx", "pydantic"]);
    assert_eq!(
        package.entry_points,
        [
            function("src/harbour_mcp/server.py", "main"),
            EntryPoint::Package("elsewhere".into()),
            EntryPoint::File("src/harbour_mcp/quay/__init__.py".into())
        ]
    );
    assert_eq!((package.install_hooks[0].name.as_str(), package.install_hooks[0].location.line), ("build-backend", 12));
}

#[test]
fn poetry() {
    let text = "[tool.poetry]\nname = 'quay'\nversion = '1'\n[tool.poetry.scripts]\nq = 'quay:main'\n[tool.poetry.dependencies]\npython = '^3.9'\nhttpx = '*'\n";
    let package = one(&[("a/pyproject.toml", text), ("a/quay/__init__.py", "")]);
    assert_eq!((package.directory.as_str(), package.name.as_deref()), ("a", Some("quay")));
    assert_eq!(package.entry_points, [function("a/quay/__init__.py", "main")]);
    assert_eq!(package.dependencies, ["httpx"]);
}

#[test]
fn settings_alone_are_no_package() {
    assert!(read(&[("pyproject.toml", "[tool.ruff]\nline-length = 100\n"), ("setup.cfg", "[flake8]\nmax=1\n")]).packages.is_empty());
}

#[test]
fn setup_files_join_the_package() {
    let cfg = "[metadata]\nname = quay\nversion = attr: quay.__version__\n\n[options]\ninstall_requires =\n    mcp>=1\n    # why\n    httpx\n\n[options.entry_points]\nconsole_scripts =\n    quay = quay.cli:main\n";
    let script = "from setuptools import setup\nsetup(entry_points={'console_scripts': ['berth=quay.cli:berth', 'x = y:z']})\n";
    let package =
        one(&[("setup.cfg", cfg), ("setup.py", script), ("quay/__init__.py", ""), ("quay/cli.py", ""), ("requirements.txt", "rich==1\n-r x\n")]);
    assert_eq!(package.name.as_deref(), Some("quay"));
    assert_eq!(package.version, None);
    assert_eq!(package.entry_points, [function("quay/cli.py", "main"), function("quay/cli.py", "berth")]);
    assert_eq!(package.dependencies, ["rich", "mcp", "httpx"]);
    assert_eq!((package.install_hooks[0].name.as_str(), package.install_hooks[0].location.line), ("setup.py", 1));
}

#[test]
fn a_module_called_setup_is_no_hook() {
    let manifests = read(&[("quay/__init__.py", ""), ("quay/setup.py", ""), ("quay/x.py", "")]);
    assert!(manifests.packages.is_empty());
}

#[test]
fn wheels() {
    let metadata =
        "Metadata-Version: 2.1\nName: harbour-mcp\nVersion: 2.0\nRequires-Dist: mcp>=1\nRequires-Dist: pytest; extra == 'dev'\n\nName: not this\n";
    let scripts = "[console_scripts]\nharbour = harbour_mcp.server:main [cli]\n\n[pytest11]\nx = harbour_mcp\n";
    let package = one(&[
        ("harbour_mcp-2.0.dist-info/METADATA", metadata),
        ("harbour_mcp-2.0.dist-info/entry_points.txt", scripts),
        ("harbour_mcp/__init__.py", ""),
        ("harbour_mcp/server.py", ""),
    ]);
    assert_eq!((package.name.as_deref(), package.version.as_deref(), package.directory.as_str()), (Some("harbour-mcp"), Some("2.0"), ""));
    assert_eq!(package.entry_points, [function("harbour_mcp/server.py", "main")]);
    assert_eq!(package.dependencies, ["mcp"]);
}

#[test]
fn source_distributions_are_one_package() {
    let package = one(&[
        ("PKG-INFO", "Name: quay\nVersion: 1\n"),
        ("pyproject.toml", "[project]\nname = 'quay'\n"),
        ("src/quay.egg-info/PKG-INFO", "Name: quay\nVersion: 1\n"),
        ("src/quay.egg-info/entry_points.txt", "[console_scripts]\nquay = quay.cli:main\n"),
        ("src/quay/cli.py", ""),
    ]);
    assert_eq!(package.directory, "");
    assert_eq!(package.entry_points, [function("src/quay/cli.py", "main")]);
}

#[test]
fn without_scripts_the_main_module_starts() {
    let package = one(&[("pyproject.toml", "[project]\nname = 'harbour-mcp'\n"), ("harbour_mcp/__main__.py", "")]);
    assert_eq!(package.entry_points, [EntryPoint::File("harbour_mcp/__main__.py".into())]);
}

#[test]
fn broken_files_are_problems() {
    let manifests = read(&[
        ("pyproject.toml", "[project]\nname = \"x\"\nversion = = 2\ndependencies = \"mcp\"\n[project.scripts]\nx = 7\n"),
        ("a.dist-info/METADATA", "nothing"),
    ]);
    let problems: Vec<_> = manifests.problems.iter().map(|(place, text)| (&*place.file, place.line, text.as_str())).collect();
    assert!(problems.len() >= 4, "{problems:?}");
    assert!(problems.iter().any(|(file, line, _)| *file == "pyproject.toml" && *line == 3), "{problems:?}");
    assert_eq!(manifests.packages[0].name.as_deref(), Some("x"));
}
