"""A folder is read file by file; each plan's name is its file's."""

from __future__ import annotations

from pathlib import Path

from gateway.dialplan.reading import read
from tests.dialplan.folder import write

AGENT = "agent: {}\n"


def test_plans_are_named_after_their_files(tmp_path: Path) -> None:
    """Hidden files, other files and folders are not plans."""
    write(tmp_path, a=AGENT, b_c=AGENT, defaults=AGENT)
    (tmp_path / "d.yml").write_text(AGENT)
    for name in (".a.yaml", "a.yaml~", "notes.txt", "schema.json"):
        (tmp_path / name).write_text("nonsense")
    (tmp_path / "sub").mkdir()
    reading = read(tmp_path)
    assert sorted(reading.plans) == ["a", "b-c", "d"]
    assert reading.problems == ()


def test_two_files_cannot_have_one_name(tmp_path: Path) -> None:
    """a.yaml and a.yml."""
    write(tmp_path, a=AGENT)
    (tmp_path / "a.yml").write_text(AGENT)
    assert "has the same name" in str(read(tmp_path).problems[0])


def test_a_name_must_be_one_that_plans_can_say(tmp_path: Path) -> None:
    """Not with spaces, and not `next`, which means something else."""
    (tmp_path / "my plan.yaml").write_text(AGENT)
    write(tmp_path, next=AGENT)
    assert ["rename it" in str(problem) for problem in read(tmp_path).problems] == [True, True]


def test_an_unknown_region_is_told(tmp_path: Path) -> None:
    """National numbers would not be understood, and nobody would know why."""
    write(tmp_path, a=AGENT)
    (problem,) = read(tmp_path, "XX").problems
    assert (problem.key, problem.value) == ("region", "XX")


def test_an_empty_folder_is_a_warning_a_missing_one_an_error(tmp_path: Path) -> None:
    """The first refuses calls, the second is a typing mistake."""
    assert [p.warning for p in read(tmp_path).problems] == [True]
    (problem,) = read(tmp_path / "nowhere").problems
    assert not problem.warning
    assert "not a folder" in problem.cure


def test_a_mistake_in_the_defaults_is_told_once(tmp_path: Path) -> None:
    """Not once for every plan."""
    write(tmp_path, defaults="agent: {voicee: x}\n", a=AGENT, b=AGENT)
    assert [str(p.mark) for p in read(tmp_path).problems] == [f"{tmp_path}/defaults.yaml:1:9"]


def test_broken_defaults_do_not_make_every_plan_wrong(tmp_path: Path) -> None:
    """What is inherited is not known, so nothing is said about it."""
    write(tmp_path, defaults="agent: [\n", a="numbers: ['100']\n")
    assert ["defaults.yaml" in str(p) for p in read(tmp_path).problems] == [True]


def test_a_plan_with_mistakes_is_known_without_them(tmp_path: Path) -> None:
    """So that what plans do together can be looked at all the same."""
    write(tmp_path, a="numbers: ['100']\nagent: {voicee: x, voice: heart}\nhours: {open: [x], closed: b}\n")
    reading = read(tmp_path)
    assert not reading.sound
    plan = reading.plans["a"]
    assert plan.agent is not None
    assert (plan.numbers, plan.agent.voice, plan.hours) == (("100",), "heart", None)


def test_paths_start_at_the_folder_of_the_plan(tmp_path: Path) -> None:
    """Also for what is inherited."""
    write(tmp_path, defaults="on_failure: {play: sorry.wav}\n", a=AGENT)
    assert read(tmp_path).plans["a"].on_failure.play == tmp_path / "sorry.wav"
