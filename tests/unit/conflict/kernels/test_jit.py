"""Where compiled kernels are kept, and what happens where nothing can be kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openline.conflict.kernels import jit

THRICE = """
from openline.conflict.kernels.jit import kernel

@kernel
def thrice(number):
    return 3 * number
"""


def twice(number: int) -> int:
    return 2 * number


def test_a_missing_cache_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = tmp_path / "not" / "there"
    monkeypatch.setenv(jit.CACHE_VARIABLE, str(wanted))
    assert jit._folder() == str(wanted / "kernels")
    assert (wanted / "kernels").is_dir()


def test_a_folder_that_cannot_be_written_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("no folder")
    monkeypatch.setenv(jit.CACHE_VARIABLE, str(in_the_way))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert jit._folder() == str(tmp_path / "openline" / "kernels")


def test_without_any_folder_kernels_compile_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "_writable", lambda folder: False)
    assert jit._folder() is None
    monkeypatch.setattr(jit, "CACHE_DIR", None)
    assert jit.kernel(twice)(21) == 42


def test_a_folder_of_another_user_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in it is code that would be run."""
    monkeypatch.setattr(jit.os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    assert not jit._writable(str(tmp_path))


def test_what_is_kept_of_a_kernel_is_known_by_all_that_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numba itself looks at the one file that holds a function."""
    monkeypatch.setattr(jit, "_ROOT", tmp_path)
    below, above = tmp_path / "airspace" / "below.py", tmp_path / "above.py"
    below.parent.mkdir()
    above.write_text("from openline.airspace.below import something\n")
    below.write_text("something = 1\n")
    before = jit._version(above)
    jit._version.cache_clear()
    assert jit._version(above) == before
    jit._version.cache_clear()
    below.write_text("something = 2\n")
    assert jit._version(above) != before
    jit._version.cache_clear()


def test_processes_that_compile_at_once_lose_nothing_and_mix_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each opens the lock for itself, as threads do here. Unlocked, two take the same free number."""
    monkeypatch.setattr(jit, "CACHE_DIR", str(tmp_path))
    keys = [f"{writer}/{number}" for number in range(25) for writer in range(8)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda key: jit._File(str(tmp_path), "twice", "1").save(key, [key] * 50), keys))
    assert [jit._File(str(tmp_path), "twice", "1").load(key) for key in keys] == [[key] * 50 for key in keys]


def test_a_kernel_is_found_by_every_copy_of_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jit, "CACHE_DIR", str(tmp_path / "kernels"))
    found = []
    for copy in ("one", "other"):
        source = tmp_path / copy / "thrice.py"
        source.parent.mkdir()
        source.write_text(THRICE)
        module = {"__file__": str(source), "__name__": "thrice"}
        exec(compile(THRICE, source, "exec"), module)
        assert module["thrice"](14) == 42  # type: ignore[operator]
        found.append(sum(module["thrice"].stats.cache_hits.values()))  # type: ignore[attr-defined]
    assert found == [0, 1]


def test_a_folder_without_some_file_of_kernels_does_not_hold_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jit, "CACHE_DIR", str(tmp_path))
    assert not jit.is_kept()
    sources = [it for it in Path(jit.__file__).parent.glob("*.py") if "\n@kernel\n" in it.read_text()]
    for source in sources:
        Path(jit._folder_of(source)).mkdir()
    assert jit.is_kept()
    Path(jit._folder_of(sources[0])).rmdir()
    assert not jit.is_kept()
