"""Gets the pjproject release: the user's own, or the one that Debian's `asterisk` carries.

PJSIP publishes its releases at one host only. Debian's archive holds the same release as a component
of the source package `asterisk`, on every mirror, signed: the way apt already trusts on this machine.
"""

import hashlib
import re
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from . import CannotBuildError
from .mirror import debian_mirrors
from .progress import Progress

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SUITE = "sid"
PACKAGE = "asterisk"
COMPONENT = re.compile(r"\.orig-Xpjproject\.tar\.\w+$")
# The oldest that the patches fit (patching.py).
OLDEST = (2, 17)
PJ_VERSION = re.compile(r"^export PJ_VERSION_(MAJOR|MINOR|REV|SUFFIX)[ \t]*:=[ \t]*(\S*)", re.MULTILINE)
URL = re.compile(r"^(https?|file)://")


@dataclass(frozen=True)
class Source:
    """An archive that was checked: where it lies, which release it holds, what its bytes hash to."""

    archive: Path
    version: str
    sha256: str


def given(where: str, work: Path, progress: Progress, sha256: str = "") -> Source:
    """Return the user's own archive, from a path or a URL; `sha256`, if given, must match it."""
    with progress.step(f"getting {where}"):
        archive = _download(where, work) if URL.match(where) else Path(where).expanduser().resolve()
        if not archive.is_file():
            raise CannotBuildError(f"{where}: no such file")
        if sha256:
            verify(archive, sha256)
        return inspected(archive)


def from_debian(work: Path, apt: Path, os_release: dict[str, str], progress: Progress) -> Source:
    """Return the archive out of Debian's source package, in apt directories of our own under `work`."""
    mirrors = debian_mirrors(apt, os_release.get("VERSION_CODENAME", ""))
    if not mirrors:
        raise CannotBuildError(
            f"no Debian mirror in {apt}: name pjproject's release with PJPROJECT=<path or URL>"
        )
    if not KEYRING.is_file():
        raise CannotBuildError(f"{KEYRING} is missing: apt-get install debian-archive-keyring")
    with progress.step(f"getting PJSIP's source from {mirrors[0]} ({SUITE}, {PACKAGE})"):
        _apt_source(mirrors, work, progress)
        dsc = _only(work, f"{PACKAGE}_*.dsc")
        wanted = checksums(dsc.read_text(errors="replace"))
        archive = _only(work, f"{PACKAGE}_*.orig-Xpjproject.tar.*")
        verify(archive, component(wanted, archive.name))
        return inspected(archive)


def checksums(dsc: str) -> dict[str, str]:
    """Return file name -> SHA-256 of a .dsc (Debian policy 5.6.24); apt has checked the .dsc itself."""
    section = re.search(r"^Checksums-Sha256:\s*\n((?:[ \t].*\n?)+)", dsc, re.MULTILINE)
    rows = [line.split() for line in section.group(1).splitlines()] if section else []
    return {row[2]: row[0] for row in rows if len(row) == 3}


def component(wanted: dict[str, str], name: str) -> str:
    """Return the digest that the .dsc gives for the pjproject archive called `name`."""
    if not COMPONENT.search(name) or name not in wanted:
        raise CannotBuildError(f"{name} is not in the signed description of its source package")
    return wanted[name]


def verify(archive: Path, sha256: str) -> None:
    """Refuse an archive that is not, byte for byte, what was promised."""
    found = digest(archive)
    if found != sha256.lower():
        raise CannotBuildError(f"{archive.name} was changed on its way: SHA-256 {found}, promised {sha256}")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def inspected(archive: Path) -> Source:
    """Read the release out of an archive's version.mak; refuse one that is too old or no pjproject."""
    try:
        with tarfile.open(archive) as tar:
            member = next((m for m in tar if re.fullmatch(r"[^/]+/version\.mak", m.name)), None)
            file = tar.extractfile(member) if member else None
            text = file.read().decode() if file else ""
    except (tarfile.TarError, OSError, EOFError) as error:
        raise CannotBuildError(f"{archive.name} is not a readable tar archive: {error}") from error
    found = release(text)
    if not found:
        raise CannotBuildError(f"{archive.name} holds no pjproject: version.mak is not in it")
    if numbers(found) < OLDEST:
        raise CannotBuildError(f"PJSIP {found} is too old: at least {OLDEST[0]}.{OLDEST[1]} is needed")
    return Source(archive, found, digest(archive))


def release(version_mak: str) -> str:
    """Return major.minor[.rev][suffix] as version.mak says it, or nothing."""
    parts = dict(PJ_VERSION.findall(version_mak))
    if not parts.get("MAJOR") or not parts.get("MINOR"):
        return ""
    revision = f".{parts['REV']}" if parts.get("REV") else ""
    return f"{parts['MAJOR']}.{parts['MINOR']}{revision}{parts.get('SUFFIX', '')}"


def numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: 2.15.1-dev -> (2, 15, 1)."""
    dotted = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in dotted.group().split(".")) if dotted else ()


def unpack(source: Source, target: Path) -> Path:
    """Unpack the archive below `target` and return its one top folder."""
    with tarfile.open(source.archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(target, filter="data")
        else:  # Debian 12's own Python is older than the filter
            tar.extractall(target, [member for member in tar if _plain(member)])  # noqa: S202 - each was looked at
    tree = _only(target, "*/version.mak").parent
    # Debian takes this file out, being without a free licence; the makefiles still list it.
    (tree / "pjmedia/src/pjmedia-audiodev/bdimad_dev.c").touch()
    return tree


def _plain(member: tarfile.TarInfo) -> bool:
    """Tell files and folders from links, which the build needs none of; refuse a way out of the folder."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise CannotBuildError(f"{member.name}: not a place inside a source archive")
    return member.isfile() or member.isdir()


def _apt_source(mirrors: list[str], work: Path, progress: Progress) -> None:
    """Fetch the source package with apt, which checks it against the archive's signature."""
    (work / "lists/partial").mkdir(parents=True)
    (work / "cache/archives/partial").mkdir(parents=True)
    options = [
        f"-oDir::Etc::sourcelist={work / 'sources.list'}",
        "-oDir::Etc::sourceparts=-",
        f"-oDir::State::Lists={work / 'lists'}",
        f"-oDir::Cache={work / 'cache'}",
        "-oAcquire::Languages=none",
        "-oAcquire::Retries=2",
        "-oAPT::Update::Error-Mode=any",
    ]
    for mirror in mirrors:
        (work / "sources.list").write_text(f"deb-src [signed-by={KEYRING}] {mirror} {SUITE} main\n")
        try:
            progress.run(["apt-get", *options, "update"], cwd=work)
        except CannotBuildError:
            if mirror == mirrors[-1]:
                raise
        else:
            progress.run(["apt-get", *options, "source", "--download-only", PACKAGE], cwd=work)
            return


def _download(url: str, work: Path) -> Path:
    target = work / Path(url).name
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, target.open("wb") as file:  # noqa: S310 - see URL
            while block := answer.read(1 << 20):
                file.write(block)
    except (urllib.error.URLError, OSError) as error:
        raise CannotBuildError(f"{url}: {error}") from error
    return target


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise CannotBuildError(f"one {pattern} was expected, {len(found)} are there")
    return found[0]
