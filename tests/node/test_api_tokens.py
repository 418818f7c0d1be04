"""Tokens: shown once, kept as what proves them, worthless when revoked; codes hold once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.errors import BadInput
from gateway.node import api_tokens
from gateway.node.api_tokens import Role, TokenFile


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    """A file that is not there yet."""
    return TokenFile(tmp_path / "var" / "tokens.json")


def test_a_token_is_known_again(file: TokenFile) -> None:
    """By its holder alone; the file does not hold it, and only its owner may read it."""
    token = file.add("ops", Role.OPERATE)
    assert token.startswith("gw_")
    assert token not in file._path.read_text(encoding="utf-8")
    assert stat.S_IMODE(file._path.stat().st_mode) == 0o600
    found = file.read().find(token)
    assert found is not None
    assert (found.name, found.role) == ("ops", Role.OPERATE)
    for other in ("", token[:-1], token + "x", "gw_", "\udcff"):
        assert file.read().find(other) is None


def test_a_revoked_token(file: TokenFile) -> None:
    """Is worthless, also for who has read the file before; others stay."""
    reader = TokenFile(file._path)
    one, other = file.add("one", Role.READ), file.add("other", Role.ADMIN)
    assert reader.read().find(one)
    file.revoke("one")
    assert reader.read().find(one) is None
    assert reader.read().find(other)
    with pytest.raises(BadInput, match="there are: other"):
        file.revoke("one")


@pytest.mark.parametrize("name", ["", "1st", "a b", "a" * 41, "é"])
def test_a_name_that_is_none(file: TokenFile, name: str) -> None:
    """It stands in logs and in orders."""
    with pytest.raises(BadInput, match="a letter"):
        file.add(name, Role.READ)


def test_a_name_is_given_once(file: TokenFile) -> None:
    """Two of one name could not be told apart."""
    file.add("ops", Role.READ)
    with pytest.raises(BadInput, match="revoke ops"):
        file.add("ops", Role.ADMIN)


def test_a_code_holds_once_and_not_for_long(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes; tokens stay what they are."""
    token = file.add("ops", Role.READ)
    code = file.add_code()
    assert not file.use_code(code + "x")
    assert file.use_code(code)
    assert not file.use_code(code)
    late = file.add_code()
    monkeypatch.setattr(api_tokens.time, "time", lambda: 4e9)
    assert not file.use_code(late)
    assert file.read().find(token)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"tokens": {"a": {"role": "king", "sha256": "x"}}}', '{"tokens": [1]}']
)
def test_a_file_that_is_none(file: TokenFile, text: str) -> None:
    """It is named, with what to do; nothing is written over it."""
    file._path.parent.mkdir()
    file._path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"tokens\.json.*move it away"):
        file.read()
    with pytest.raises(BadInput, match="move it away"):
        file.add("ops", Role.READ)
    assert file._path.read_text(encoding="utf-8") == text
