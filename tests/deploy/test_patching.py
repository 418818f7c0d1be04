import importlib.metadata
import io
import shutil
from pathlib import Path

import pytest

from deploy.pjsip import CannotBuildError, patching
from deploy.pjsip.patching import WRITTEN_FOR, Patch
from deploy.pjsip.progress import Progress

BEFORE = "int room = 4;\nint used = 0;\nint free_rooms(void);\n"
AFTER = "int room = 4;\nint used = 1;\nint free_rooms(void);\n"
HEADER = """\
Mends: one room was counted
  as free that is not.
Upstream: pjsip/pjproject 0123abc (#4711)
Author: X, 2026-05-28

"""
HUNK = """\
--- a/{name}
+++ b/{name}
@@ -1,3 +1,3 @@
 int room = 4;
-int used = 0;
+int used = 1;
 int free_rooms(void);
"""

pytestmark = pytest.mark.skipif(not shutil.which("patch"), reason="patch: the build installs it")


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(tmp_path: Path, said: io.StringIO) -> Progress:
    return Progress("pjsip", 1, tmp_path / "log", said)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree of two files."""
    (tmp_path / "tree").mkdir()
    for name in ("one.c", "two.c"):
        (tmp_path / "tree" / name).write_text(BEFORE)
    return tmp_path / "tree"


def patch_of(folder: Path, *names: str) -> Patch:
    path = folder / "0001-rooms.patch"
    path.write_text(HEADER + "".join(HUNK.format(name=name) for name in names))
    return patching.listed(folder)[0]


def test_header_says_what_is_mended_and_where_it_comes_from(tmp_path: Path) -> None:
    """A header's field may go on in the next line."""
    patch = patch_of(tmp_path, "one.c")
    assert str(patch) == (
        "0001-rooms: one room was counted as free that is not. [pjsip/pjproject 0123abc (#4711)]"
    )


def test_patch_without_a_header_is_refused(tmp_path: Path) -> None:
    """Nobody could tell later whether it is still needed."""
    (tmp_path / "0001-rooms.patch").write_text(HUNK.format(name="one.c"))
    with pytest.raises(CannotBuildError, match=r"0001-rooms\.patch has no Mends and no Upstream"):
        patching.listed(tmp_path)


def test_patch_is_applied(tmp_path: Path, tree: Path, progress: Progress, said: io.StringIO) -> None:
    """The file is changed, the patch is listed, and nothing else lies in the tree afterwards."""
    patch = patch_of(tmp_path, "one.c")
    assert patching.apply([patch], tree, WRITTEN_FOR, progress) == ([patch], [])
    assert (tree / "one.c").read_text() == AFTER
    assert "0001-rooms: applied" in said.getvalue()
    assert sorted(path.name for path in tree.iterdir()) == ["one.c", "two.c"]


def test_release_that_has_it_is_left_alone(
    tmp_path: Path, tree: Path, progress: Progress, said: io.StringIO
) -> None:
    """A release made after the fix is not mended twice, and counts as mended."""
    patch = patch_of(tmp_path, "one.c")
    (tree / "one.c").write_text(AFTER)
    assert patching.apply([patch], tree, "2.18", progress) == ([patch], [])
    assert (tree / "one.c").read_text() == AFTER
    assert "0001-rooms: already in this release" in said.getvalue()


def test_lines_may_have_moved(tmp_path: Path, tree: Path, progress: Progress) -> None:
    """Only the lines themselves count, not their numbers."""
    (tree / "one.c").write_text("/* */\n" * 40 + BEFORE)
    patching.apply([patch_of(tmp_path, "one.c")], tree, WRITTEN_FOR, progress)
    assert (tree / "one.c").read_text() == "/* */\n" * 40 + AFTER


def test_newer_release_with_other_code_is_built_without_it(
    tmp_path: Path, tree: Path, progress: Progress, said: io.StringIO
) -> None:
    """The build goes on, and says in plain words what it left out."""
    patch = patch_of(tmp_path, "one.c")
    (tree / "one.c").write_text("int rooms[4];\n")
    assert patching.apply([patch], tree, "2.18", progress) == ([], [patch])
    assert "0001-rooms: left out, in PJSIP 2.18" in said.getvalue()


def test_source_that_is_not_what_it_says_is_refused(tmp_path: Path, tree: Path, progress: Progress) -> None:
    """Every patch fits the release it was written for: where one does not, somebody changed the source."""
    (tree / "one.c").write_text("int rooms[4];\n")
    with pytest.raises(CannotBuildError, match=r"0001-rooms\.patch does not fit: this is not"):
        patching.apply([patch_of(tmp_path, "one.c")], tree, WRITTEN_FOR, progress)


def test_patch_is_applied_whole_or_not_at_all(tmp_path: Path, tree: Path, progress: Progress) -> None:
    """Half a fix is worse than none."""
    (tree / "two.c").write_text("int rooms[4];\n")
    patch = patch_of(tmp_path, "one.c", "two.c")
    assert patching.apply([patch], tree, "2.18", progress) == ([], [patch])
    assert (tree / "one.c").read_text() == BEFORE


def test_ours_are_numbered_and_hold_what_was_asked_for() -> None:
    """The order of the files is the order upstream; the faults known to reach us are among them."""
    ours = patching.listed()
    assert [patch.path.name[:5] for patch in ours] == [f"{n:04}-" for n in range(1, len(ours) + 1)]
    discussed = " ".join(patch.upstream for patch in ours)
    for number in (4998, 5001, 5005, 5039, 5040, 5082, 5101, 5145, 5164):
        assert f"#{number}" in discussed


def test_pjsip_in_use_has_every_fix() -> None:
    """What calls run on was built with all of them, and says so."""
    try:
        used = importlib.metadata.distribution("pjsua2")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("no pjsua2 here")
    if not used.version.startswith(f"{WRITTEN_FOR}+gateway"):
        pytest.skip(f"{used.version}: not our build of {WRITTEN_FOR}")
    about = used.metadata.get_payload()
    assert [patch.path.stem for patch in patching.listed() if str(patch) not in about] == []
