"""The naming rules of the house: one word for address, endpoint, view and template; small files; nothing inline."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes
from jinja2.ext import i18n, loopcontrols

from promo.app import FEATURES
from promo.config import ROOT

TEMPLATES = ROOT / "templates"
LONGEST = 500  # lines; around 300 a Python file wants a noun of its own already
FEATURE_FILES = {
    *("__init__", "models", "queries", "permissions", "measures", "forms", "actions", "views", "kind", "cli", "jobs"),
    *("wiring", "security"),
}
OWN_FILES = frozenset(
    {"procedures", "accounts", "reference", "reports", "work", "drafts", "conformance"}
)  # these have a few more of their own
EXEMPT = ("home.index", "home.healthz", "home.readyz", "accounts.login", "accounts.logout", "reference.table", "static")
EXEMPT_FEATURES = ("security", "outbox", "web", "files")
INLINE = re.compile(r"<[a-z][^>]*\s(style|on[a-z]+)\s*=", re.I)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style\b", re.I)
MACHINE = re.compile(r"/(tmp|work)/\b")


def _tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    found = [ROOT / name for name in names.stdout.splitlines()] or list(ROOT.rglob("*"))
    return [path for path in found if path.is_file()]


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def _features() -> list[str]:
    return [feature for feature in FEATURES if (ROOT / "promo" / feature).exists()]


def _environment() -> Environment:
    return Environment(extensions=[i18n, loopcontrols], autoescape=True)


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_stay_short() -> None:
    ends = (".py", ".html", ".js", ".css")
    written = [p for p in _tracked() if p.suffix in ends and p.parent.name != "versions"]
    sizes = {_named(p): len(p.read_text().splitlines()) for p in written}
    assert not {name: lines for name, lines in sizes.items() if lines > LONGEST}


def test_nothing_points_to_a_folder_of_one_machine() -> None:
    ends = (".py", ".html", ".js", ".css", ".md", ".toml", ".yaml", ".sh", ".in", ".txt", "")
    files = [p for p in _tracked() if p.suffix in ends and p != Path(__file__).resolve()]
    assert not [_named(p) for p in files if MACHINE.search(p.read_text(errors="replace"))]


@pytest.mark.parametrize("feature", _features())
def test_feature_has_the_usual_files(feature: str) -> None:
    folder = ROOT / "promo" / feature
    files = {path.stem for path in folder.glob("*.py")}
    if feature not in OWN_FILES:
        assert files <= FEATURE_FILES
    tree = ast.parse((folder / "__init__.py").read_text())
    assert ast.get_docstring(tree), "a package says what it is"
    assert len(tree.body) == 1, "and holds no code"


def _ruled(app: Flask) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rule, feature and view of each route that the naming rules cover."""
    for rule in app.url_map.iter_rules():
        feature, _, view = rule.endpoint.partition(".")
        if rule.endpoint not in EXEMPT and feature not in EXEMPT_FEATURES:
            yield rule.rule, rule.endpoint, feature, view


def test_view_bears_the_name_of_its_endpoint(app: Flask) -> None:
    names = {endpoint: app.view_functions[endpoint].__name__ for _, endpoint, _, _ in _ruled(app)}
    assert not {e: name for e, name in names.items() if not re.fullmatch(rf"{e.split('.')[1]}(_\w+)?", name)}


def test_view_stands_in_its_features_views(app: Flask) -> None:
    modules = {endpoint: app.view_functions[endpoint].__module__ for _, endpoint, _, _ in _ruled(app)}
    assert not {e: m for e, m in modules.items() if not re.fullmatch(rf"promo\.{e.split('.')[0]}\.\w*views", m)}


def test_address_bears_the_names_of_feature_and_view(app: Flask) -> None:
    wrong = []
    for rule, endpoint, feature, view in _ruled(app):
        parts = [part for part in rule.split("/") if part]
        words = [part.replace("-", "_") for part in parts if not part.startswith("<")]
        if feature == "home":
            right = words[-1:] == [view]
        elif view == "show":
            right = words[:1] == [feature] and parts[-1].startswith("<")
        elif view == "index":
            right = words == [feature] == parts
        else:
            right = words[:1] == [feature] and view.rstrip("_") in (words[-1], "_".join(words[1:]))
        if not right:
            wrong.append(f"{rule} → {endpoint}")
    assert not wrong


def _drawn(path: Path) -> Iterator[str]:
    """Yield the templates that a file of views names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w/]+\.html", node.value):
            yield node.value


@pytest.mark.parametrize("feature", _features())
def test_template_bears_the_name_of_its_view(feature: str) -> None:
    files = sorted((ROOT / "promo" / feature).glob("*views.py"))
    views = {n.name for f in files for n in ast.walk(ast.parse(f.read_text())) if isinstance(n, ast.FunctionDef)}
    drawn = {name for file in files for name in _drawn(file)}
    assert not {n for n in drawn if not (TEMPLATES / n).exists()}, "templates that are not there"
    own = {n for n in drawn if n.startswith(f"{feature}/")}
    assert not {n for n in own if not Path(n).stem.startswith("_") and Path(n).stem not in views}
    there = {p.stem for p in (TEMPLATES / feature).glob("*.html")}
    assert not {name for name in there if not name.startswith("_") and name not in views}, (
        "templates that no view draws"
    )


@pytest.mark.parametrize("path", _templates(), ids=_named)
def test_template_is_whole_and_holds_nothing_inline(path: Path) -> None:
    source = path.read_text()
    tree = _environment().parse(source)
    assert not INLINE.search(source)
    assert not INLINE_SCRIPT.search(source)
    used = {node.name for node in tree.find_all(nodes.Name)}
    for imported in tree.find_all(nodes.FromImport):
        names = {name if isinstance(name, str) else name[1] for name in imported.names}
        assert names <= used, f"imported and not used: {names - used}"
    for named in tree.find_all((nodes.FromImport, nodes.Extends, nodes.Include)):
        name = getattr(named, "template", None)
        if isinstance(name, nodes.Const):
            assert (TEMPLATES / name.value).exists(), name.value


@pytest.mark.parametrize("path", sorted((TEMPLATES / "components").glob("*.html")), ids=_named)
def test_component_bears_the_name_of_its_file(path: Path) -> None:
    macros = [node.name for node in _environment().parse(path.read_text()).body if isinstance(node, nodes.Macro)]
    assert path.stem in macros


def test_every_fragment_is_included_or_drawn() -> None:
    sources = "".join(p.read_text() for p in [*_templates(), *(ROOT / "promo").rglob("*.py")])
    fragments = [str(p.relative_to(TEMPLATES)) for p in _templates() if p.name.startswith("_")]
    assert not [name for name in fragments if name not in sources]
