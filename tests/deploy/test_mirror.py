from pathlib import Path

import pytest

from deploy.pjsip.mirror import Entry, deb822, debian_mirrors, one_line


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("deb http://m/debian bookworm main", Entry("http://m/debian", ("bookworm",), ("main",))),
        ("deb-src http://m/d sid main contrib", Entry("http://m/d", ("sid",), ("main", "contrib"))),
        (
            "deb [arch=amd64 signed-by=/k.gpg] https://m/d bookworm main # ours",
            Entry("https://m/d", ("bookworm",), ("main",)),
        ),
        ("deb [ signed-by=/k.gpg ] https://m/d ./", Entry("https://m/d", ("./",), ())),
    ],
)
def test_one_line_source_is_read(line: str, entry: Entry) -> None:
    """A line gives its address, suite and components; options in brackets are passed over."""
    assert list(one_line(line)) == [entry]


@pytest.mark.parametrize(
    "line", ["", "# deb http://m/debian bookworm main", "rpm http://m/x y z", "deb http://m"]
)
def test_line_that_is_no_source_gives_nothing(line: str) -> None:
    """Comments, other words and unfinished lines are no sources."""
    assert list(one_line(line)) == []


def test_stanza_is_read() -> None:
    """A stanza may name several archives and suites, have comments inside and go on in the next line."""
    text = (
        "Types: deb\n"
        "# http://snapshot/archive/debian\n"
        "URIs: http://a/debian\n  http://b/debian\n"
        "Suites: bookworm bookworm-updates\n"
        "Components: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n"
        "\n"
        "types: deb\nuris: http://c/debian-security\nsuites: bookworm-security\ncomponents: main\n"
    )
    assert list(deb822(text)) == [
        Entry("http://a/debian", ("bookworm", "bookworm-updates"), ("main",)),
        Entry("http://b/debian", ("bookworm", "bookworm-updates"), ("main",)),
        Entry("http://c/debian-security", ("bookworm-security",), ("main",)),
    ]


def test_disabled_stanza_gives_nothing() -> None:
    """What apt does not use, is not used here."""
    assert (
        list(deb822("Enabled: no\nTypes: deb\nURIs: http://a/debian\nSuites: sid\nComponents: main\n")) == []
    )


def test_mirror_is_the_machines_own(tmp_path: Path) -> None:
    """Security archives and strangers' archives are passed over; both formats count, one address once."""
    (tmp_path / "sources.list").write_text(
        "deb http://security/debian-security bookworm-security main\n"
        "deb http://near/debian/ bookworm main\n"
        "deb http://near/debian bookworm-updates main\n"
    )
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (parts / "docker.list").write_text("deb [arch=amd64] https://docker/linux/debian bookworm stable\n")
    (parts / "node.sources").write_text(
        "Types: deb\nURIs: https://node\nSuites: nodistro\nComponents: main\n"
    )
    (parts / "old.sources.disabled").write_text("Types: deb\nURIs: http://x\nSuites: sid\nComponents: main\n")
    (parts / "debian.sources").write_text(
        "Types: deb\nURIs: http://near/debian http://far/debian\nSuites: bookworm\nComponents: main\n"
    )
    assert debian_mirrors(tmp_path, "bookworm") == ["http://near/debian", "http://far/debian"]


def test_machine_without_sources_has_no_mirror(tmp_path: Path) -> None:
    """No apt, no guess."""
    assert debian_mirrors(tmp_path, "bookworm") == []
