"""docs/reference/settings.md names every setting of openline.toml, with its default, and no other."""

import re
from pathlib import Path

import msgspec

from openline.bootstrap import F3548, Listener, Partner, Settings
from openline.phrases.reader import Preferences

TEXT = (Path(__file__).parents[3] / "docs" / "reference" / "settings.md").read_text()
TABLES = {
    "": Settings,
    "line.": Listener,
    "console.": Listener,
    "f3548.": F3548,
    "partners.": Partner,
    "reader.": Preferences,
}


def settings() -> dict[str, object]:
    found: dict[str, object] = {}
    for prefix, table in TABLES.items():
        for field in msgspec.structs.fields(table):
            if not (prefix == "" and field.name in ("line", "console", "f3548", "partners", "reader")):
                found[prefix + field.name] = field.default
    for name in ("line", "console"):
        default = next(it.default for it in msgspec.structs.fields(Settings) if it.name == name)
        found |= {f"{name}.{key}": value for key, value in msgspec.structs.asdict(default).items()}
    return found


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| ([^|]*) \|", TEXT, re.MULTILINE))
    assert set(documented) == set(settings())
    for name, default in settings().items():
        said = documented[name].strip().strip("`")
        if default is msgspec.NODEFAULT:
            assert said == "required", name
        else:
            assert said == written(default), name


def written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "none" if default in (None, ()) else str(default)
