"""What holds of the project as a whole: the lock, the documents, the docstrings, the wheel's data."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from openline.formats.geojson import read_operations

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "openline"
LOCK = ROOT / "requirements.lock"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]
ADRS = sorted(ROOT.glob("docs/adr/[0-9]*.md"))
MODULES = sorted(SOURCE.rglob("*.py"))

# Put together here, so that this file does not name them either.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
]
BINARY = {".gz", ".zz", ".png", ".woff2", ".ico"}


def tracked_files() -> list[Path]:
    """What git would hand to a stranger; where this is no checkout, everything but what tools have left."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        hidden = {".venv", ".git", "__pycache__", "demo-output", "build", "dist"}
        return [it for it in ROOT.rglob("*") if it.is_file() and not hidden & set(it.parts)]
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# The lock


def requirements() -> list[str]:
    """Each requirement with its hashes, as one line."""
    text = "\n".join(
        line for line in LOCK.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    return [it for it in text.replace("\\\n", " ").splitlines() if it.strip()]


def test_every_locked_requirement_has_one_version_and_its_hashes() -> None:
    assert len(requirements()) > 20
    for requirement in requirements():
        assert re.match(r"[a-z0-9._-]+==\S+", requirement.strip()), requirement
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_the_lock_names_no_host_and_no_url() -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_every_dependency_is_in_the_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=!~\[; ]", it)[0].lower().replace("_", "-") for it in wanted}
    locked = {it.strip().split("==")[0].split("[")[0] for it in requirements()}
    assert names <= locked


def test_no_file_names_a_package_registry() -> None:
    for path in tracked_files():
        if path.suffix not in BINARY:
            text = path.read_text(encoding="utf-8", errors="replace").lower()
            assert not [host for host in REGISTRY_HOSTS if host in text], name_of(path)


# The documents


@pytest.mark.parametrize("path", ADRS, ids=name_of)
def test_every_adr_says_status_context_decision_and_consequences(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [it for it in headings if it in ("Status", "Context", "Decision", "Consequences")] == [
        "Status",
        "Context",
        "Decision",
        "Consequences",
    ]


def test_adrs_are_numbered_without_gap_or_repetition() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


def anchors_of(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors_of(target), f"{link}: no such heading"


@pytest.mark.parametrize("folder", ["adr", "spec", "tutorial", "how-to", "explanation", "reference"])
def test_every_document_is_in_the_index(folder: str) -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    missing = [
        it.name
        for it in sorted((ROOT / "docs" / folder).glob("*.md"))
        if f"({folder}/{it.name})" not in index
    ]
    assert not missing


def test_every_example_in_the_geojson_reference_can_be_filed() -> None:
    examples = re.findall(
        r"```json\n(.*?)```", (ROOT / "docs/reference/geojson.md").read_text("utf-8"), re.DOTALL
    )
    assert len(examples) == 2
    for example in examples:
        assert len(read_operations(example.encode())) == 1


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_document_that_the_code_sends_its_reader_to_is_there(path: Path) -> None:
    for name in re.findall(r"\bdocs/[a-z0-9/-]+\.md\b", path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name


def test_every_incident_that_is_told_is_replayed_and_the_other_way_round() -> None:
    page = ROOT / "docs" / "explanation" / "incidents.md"
    told = re.findall(r"^`(test_\w+\.py)`$", page.read_text(encoding="utf-8"), re.MULTILINE)
    replayed = (ROOT / "tests" / "simulation" / "incidents").glob("test_*.py")
    assert sorted(told) == sorted(path.name for path in replayed)


# The code


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring) > 20


def test_every_folder_of_the_package_is_a_package_or_data() -> None:
    """A folder without __init__.py would be a namespace that import-linter does not see."""
    with_code = {it.parent for it in MODULES}
    assert not [
        name_of(it) for it in with_code if not (it / "__init__.py").exists() and "migrations" not in it.parts
    ]


def test_the_architecture_names_every_room_and_only_files_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {it.stem for it in SOURCE.iterdir() if (it / "__init__.py").exists() or it.suffix == ".py"}
    assert not [it for it in rooms if not it.startswith("__") and not re.search(rf"\b{it}\b", text)]
    there = {it.name for it in MODULES}
    assert not sorted(set(re.findall(r"\b[a-z_]+\.py\b", text)) - there)
