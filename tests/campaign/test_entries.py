"""The list of a campaign, read before anybody is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.campaign.entries import read_list, read_numbers
from gateway.errors import BadInput, NumberBarred


def written(folder: Path, text: str) -> Path:
    """Write a list."""
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_line_is_a_person(tmp_path: Path) -> None:
    """With a number, perhaps a time zone, and variables of the plan."""
    file = written(
        tmp_path, 'number,name,timezone\n+15551230001,"Ann, Lee",Europe/Berlin\n+15551230002,Bob,\n'
    )
    people = read_list(file)
    ann, bob = people.entries
    assert (ann.line, ann.number, ann.zone, dict(ann.variables)) == (
        2,
        "+15551230001",
        "Europe/Berlin",
        {"name": "Ann, Lee"},
    )
    assert (bob.line, bob.zone) == (3, "")
    assert people.variables == {"name"}


def test_who_is_not_called_is_known_before(tmp_path: Path) -> None:
    """Whoever does not want to be, is there twice however it is written, or is barred."""

    def check(number: str) -> None:
        if number == "112":
            raise NumberBarred(number, "it leads to an emergency service")

    text = "number\n+4930123456\n030 123456\n+15551230001\n112\n"
    people = read_list(written(tmp_path, text), never=["+1 555 123-0001"], region="DE", check=check)
    assert [one.left_out for one in people.entries] == ["", "duplicate", "do_not_call", "barred"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name\nAnn\n", ":1: header"),
        ("number,number\n1,2\n", ":1: header"),
        ("number,name\n+15551230001\n", ":2: line"),
        ("number\n+15551230001,Ann\n", ":2: line"),
        ("number,timezone\n+15551230001,Berlin\n", ":2: timezone"),
        ("number\n", "nobody in it"),
        ('number\n"open\n', "not CSV"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, text: str, where: str) -> None:
    """And nobody is called."""
    with pytest.raises(BadInput, match=where):
        read_list(written(tmp_path, text))


def test_a_list_that_cannot_be_called_is_refused(tmp_path: Path) -> None:
    """With the line, in the words of whoever knows why."""

    def check(number: str) -> None:
        raise BadInput("dial", "number", number, "write digits")

    with pytest.raises(BadInput, match=":2: number: 'ann': write digits"):
        read_list(written(tmp_path, "number\nann\n"), check=check)


def test_a_list_has_a_digest(tmp_path: Path) -> None:
    """By which it is known again."""
    first = read_list(written(tmp_path, "number\n1\n")).digest
    assert first == read_list(written(tmp_path, "number\n1\n")).digest
    assert first != read_list(written(tmp_path, "number\n2\n")).digest


def test_numbers_that_are_never_called(tmp_path: Path) -> None:
    """A line each, with comments."""
    file = tmp_path / "never.txt"
    file.write_text("# do not call\n+15551230001, Ann\n\n+15551230002 # Bob\n", encoding="utf-8")
    assert read_numbers(file) == ("+15551230001", "+15551230002")
    with pytest.raises(BadInput, match="--do-not-call"):
        read_numbers(tmp_path / "none.txt")
