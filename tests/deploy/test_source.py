import hashlib
import shutil
import tarfile
from pathlib import Path

import pytest

from deploy.pjsip import CannotBuildError, source
from deploy.pjsip.progress import Progress
from tests.deploy.archives import archive, pjproject, version_mak

DSC = """\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Format: 3.0 (quilt)
Source: asterisk
Checksums-Sha1:
 9cbc54943839c75a8d626e84d3562074bc766222 6775552 asterisk_22.orig-Xpjproject.tar.xz
Checksums-Sha256:
 33cdfabac457e18580c63bb4707e16a991ea3d772229d0dd37e134f494d8d70f 11276 asterisk_22.orig-Xamr.tar.xz
 {sha256} 6775552 asterisk_22.orig-Xpjproject.tar.xz
Files:
 139b4b3c4c2e55d8071f8b010392803e 6775552 asterisk_22.orig-Xpjproject.tar.xz
"""
BOOKWORM = {"VERSION_CODENAME": "bookworm"}


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress("pjsip", 1, tmp_path / "build.log")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({}, "2.17"),
        ({"minor": "15", "rev": "1"}, "2.15.1"),
        ({"minor": "18", "suffix": "-dev"}, "2.18-dev"),
    ],
)
def test_release_is_read_from_version_mak(parts: dict[str, str], text: str) -> None:
    """The version is what PJSIP's own makefile says, also without a revision."""
    assert source.release(version_mak(**parts)) == text


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("2.9", True),
        ("2.16.1", True),
        ("2.17", False),
        ("2.17.1", False),
        ("2.17-dev", False),
        ("3.0", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, old: bool) -> None:
    """2.9 is older than 2.17."""
    assert (source.numbers(version) < source.OLDEST) is old


def test_too_old_release_is_refused(tmp_path: Path) -> None:
    """The line names what was found and what is needed."""
    with pytest.raises(CannotBuildError, match=r"PJSIP 2\.16\.1 is too old: at least 2\.17"):
        source.inspected(pjproject(tmp_path / "a.tar.xz", minor="16", rev="1"))


def test_other_archive_is_refused(tmp_path: Path) -> None:
    """An archive of something else is named as such."""
    with pytest.raises(CannotBuildError, match="holds no pjproject"):
        source.inspected(archive(tmp_path / "a.tar.xz", {"x/README": "hello"}))


def test_half_an_archive_is_refused(tmp_path: Path) -> None:
    """A download that broke off does not pass for a source."""
    whole = pjproject(tmp_path / "a.tar.xz")
    whole.write_bytes(whole.read_bytes()[:150])
    with pytest.raises(CannotBuildError, match="not a readable tar archive"):
        source.inspected(whole)


def test_digest_comes_from_the_sha256_section() -> None:
    """Of the three lists in a .dsc the SHA-256 one counts."""
    wanted = source.checksums(DSC.format(sha256="ab" * 32))
    assert source.component(wanted, "asterisk_22.orig-Xpjproject.tar.xz") == "ab" * 32


@pytest.mark.parametrize("name", ["asterisk_23.orig-Xpjproject.tar.xz", "asterisk_22.orig-Xamr.tar.xz"])
def test_archive_that_the_dsc_does_not_promise_is_refused(name: str) -> None:
    """Neither another version nor another component will do."""
    with pytest.raises(CannotBuildError, match="is not in the signed description"):
        source.component(source.checksums(DSC.format(sha256="ab" * 32)), name)


def test_tampered_archive_is_refused(tmp_path: Path) -> None:
    """One flipped bit is enough."""
    path = pjproject(tmp_path / "asterisk_22.orig-Xpjproject.tar.xz")
    promised = hashlib.sha256(path.read_bytes()).hexdigest()
    source.verify(path, promised)
    changed = bytearray(path.read_bytes())
    changed[100] ^= 1
    path.write_bytes(changed)
    with pytest.raises(CannotBuildError, match="was changed on its way"):
        source.verify(path, promised)


def test_users_own_archive_is_taken(tmp_path: Path, progress: Progress) -> None:
    """A path and a URL give the same source."""
    path = pjproject(tmp_path / "pjproject.tar.xz")
    (tmp_path / "work").mkdir()
    by_path = source.given(str(path), tmp_path / "work", progress)
    by_url = source.given(path.as_uri(), tmp_path / "work", progress)
    assert (by_path.version, by_path.sha256) == (by_url.version, by_url.sha256)
    assert by_path.version == "2.17"


def test_users_digest_is_held(tmp_path: Path, progress: Progress) -> None:
    """Whoever names a digest gets that archive or none."""
    path = pjproject(tmp_path / "pjproject.tar.xz")
    with pytest.raises(CannotBuildError, match="promised 00"):
        source.given(str(path), tmp_path, progress, "00" * 32)


def test_missing_archive_is_named(tmp_path: Path, progress: Progress) -> None:
    with pytest.raises(CannotBuildError, match=r"nowhere\.tar: no such file"):
        source.given(str(tmp_path / "nowhere.tar"), tmp_path, progress)


@pytest.mark.parametrize("old_python", [False, True])
def test_archive_unpacks_with_the_file_that_debian_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old_python: bool
) -> None:
    """The tree is the archive's one folder, and the makefiles find every file they list."""
    if old_python:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    tree = source.unpack(source.inspected(pjproject(tmp_path / "a.tar.xz")), tmp_path / "tree")
    assert (tree / "version.mak").is_file()
    assert (tree / "pjmedia/src/pjmedia-audiodev/bdimad_dev.c").read_bytes() == b""


@pytest.mark.parametrize("old_python", [False, True])
def test_archive_cannot_write_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old_python: bool
) -> None:
    """A name that climbs out of the folder is refused, also by a Python without the filter."""
    if old_python:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    evil = archive(tmp_path / "a.tar.xz", {"p/version.mak": version_mak(), "p/../../evil": "x"})
    with pytest.raises((CannotBuildError, tarfile.TarError)):
        source.unpack(source.inspected(evil), tmp_path / "tree")
    assert not (tmp_path / "evil").exists()


def test_machine_without_a_debian_mirror_is_told_what_helps(tmp_path: Path, progress: Progress) -> None:
    """The line names the way out."""
    with pytest.raises(CannotBuildError, match="PJPROJECT="):
        source.from_debian(tmp_path, tmp_path, BOOKWORM, progress)


@pytest.mark.skipif(not shutil.which("apt-get"), reason="apt-get: only on Debian and its kin")
def test_archive_without_debians_signature_is_refused(tmp_path: Path, progress: Progress) -> None:
    """A mirror that serves what Debian did not sign gives nothing, however well it is formed."""
    apt = unsigned_mirror(tmp_path)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(CannotBuildError, match=r"not signed|E: "):
        source.from_debian(work, apt, BOOKWORM, progress)
    assert not list(work.glob("*.dsc"))


def unsigned_mirror(tmp_path: Path) -> Path:
    """Lay out an archive with right digests and no signature, and sources that point at it."""
    suite = tmp_path / "mirror/dists/sid"
    (suite / "main/source").mkdir(parents=True)
    (suite / "main/source/Sources").write_text("Package: asterisk\nVersion: 99\n")
    index = (suite / "main/source/Sources").read_bytes()
    (suite / "Release").write_text(
        f"Suite: unstable\nCodename: sid\nComponents: main\n"
        f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} main/source/Sources\n"
    )
    apt = tmp_path / "apt"
    apt.mkdir()
    (apt / "sources.list").write_text(f"deb {(tmp_path / 'mirror').as_uri()} bookworm main\n")
    return apt
