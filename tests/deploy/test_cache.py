import os
import shutil
from pathlib import Path

import pytest

from deploy.pjsip import cache

BOOKWORM = {"ID": "debian", "VERSION_ID": "12"}
TRIXIE = {"ID": "debian", "VERSION_ID": "13"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A copy of the recipe that may be changed."""
    for name in cache.RECIPE:
        shutil.copy(cache.HERE / name, tmp_path / name)
    shutil.copytree(cache.HERE / "patches", tmp_path / "patches")
    return tmp_path


def test_recipe_is_the_same_twice(here: Path) -> None:
    """Where the checkout lies does not matter."""
    assert cache.recipe(here) == cache.recipe()


@pytest.mark.parametrize("name", cache.RECIPE)
def test_change_in_any_part_is_another_recipe(here: Path, name: str) -> None:
    """config_site.h, flags, makefile: each decides what comes out."""
    before = cache.recipe(here)
    (here / name).write_text((here / name).read_text() + "\n")
    assert cache.recipe(here) != before


def test_change_in_any_patch_is_another_recipe(here: Path) -> None:
    """So is one patch more, one less, or another order."""
    found = {cache.recipe(here)}
    first = min((here / "patches").iterdir())
    first.write_text(first.read_text() + "\n")
    found.add(cache.recipe(here))
    first.rename(first.with_name("9999-late.patch"))
    found.add(cache.recipe(here))
    first.with_name("9999-late.patch").unlink()
    found.add(cache.recipe(here))
    assert len(found) == 4


def test_watched_build_is_another_recipe(here: Path) -> None:
    """What a proof builds with AddressSanitizer is never taken for what serves calls."""
    assert cache.recipe(here, watched=True) != cache.recipe(here)


def test_every_fact_of_a_request_counts() -> None:
    """Another recipe, another source or another system is another wheel."""
    names = {
        cache.request("r", "debian", BOOKWORM),
        cache.request("s", "debian", BOOKWORM),
        cache.request("r", "https://x/pjproject.tar.gz", BOOKWORM),
        cache.request("r", "debian", TRIXIE),
    }
    assert len(names) == 4


def test_version_says_release_fixes_and_recipe() -> None:
    """The local part follows the recipe and the source's bytes, and starts with a letter."""
    one = cache.version("2.17", 30, "recipe", "bytes")
    assert one.startswith("2.17+gateway.p30.h")
    others = {cache.version("2.17", 30, "recipe2", "bytes"), cache.version("2.17", 30, "recipe", "bytes2")}
    assert len({one, *others}) == 3


def test_newest_wheel_of_a_request_is_found(tmp_path: Path) -> None:
    """Nothing before one is kept; then the youngest."""
    assert cache.find(tmp_path, "key") is None
    for age, name in enumerate(["pjsua2-2.18-x.whl", "pjsua2-2.17-x.whl"]):
        (tmp_path / name).write_text(name)
        kept = cache.keep(tmp_path, "key", tmp_path / name)
        os.utime(kept, (1000 - age, 1000 - age))
    assert cache.find(tmp_path, "key") == tmp_path / "key/pjsua2-2.18-x.whl"
    assert cache.find(tmp_path, "other") is None


def test_half_written_wheel_is_not_found(tmp_path: Path) -> None:
    """A build that was killed while it kept its wheel leaves nothing that looks like one."""
    (tmp_path / "key").mkdir()
    (tmp_path / "key/pjsua2-2.17-x.whl.4711").touch()
    assert cache.find(tmp_path, "key") is None


def test_cache_follows_the_desktop_specification() -> None:
    """An absolute XDG_CACHE_HOME is used, a relative one is not."""
    assert cache.folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/sip-voice-gateway/pjsip")
    assert cache.folder({"XDG_CACHE_HOME": "c"}) == cache.folder({})
