"""Rehearsals out of files: every mistake at its place, and nothing is rung before all are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.dialplan import Plan, faults, loader, source
from gateway.dialplan.checks import sound_fault
from gateway.dialplan.problems import BadFiles, Mark, Problem, did_you_mean
from gateway.dialplan.schema import schema_of
from gateway.errors import BadInput
from gateway.local.engines.script import read_script
from gateway.realtime.providers import LOCAL
from gateway.rehearsal.script import ModelThatJudges, Rehearsal, RehearsalFile, WhoRings

FOLDER = "rehearsals"
"""Beside the plans, where the plans' loader does not look."""
ENDINGS = (".yaml", ".yml")


class BadRehearsals(BadFiles):
    """Files of rehearsals cannot be used."""


@dataclass(frozen=True, slots=True)
class NamedRehearsal:
    """One call to be rehearsed, and where it stands."""

    file: Path
    name: str
    rehearsal: Rehearsal

    @property
    def title(self) -> str:
        """How it is called in a report."""
        return f"{self.file.stem}: {self.name}"


@dataclass(frozen=True, slots=True)
class Playbill:
    """The rehearsals of one file, with what they share."""

    file: Path
    plans: Path
    script: RehearsalFile

    @property
    def calls(self) -> tuple[NamedRehearsal, ...]:
        """Its calls, in the order in which they are written."""
        return tuple(NamedRehearsal(self.file, name, one) for name, one in self.script.rehearsals.items())


def read(*places: Path, providers: Collection[str] | None = None) -> list[Playbill]:
    """Read files, or all files of folders: of the folders `rehearsals` in them, if there are such.

    `providers`: those that there are, by name; None: not looked at. Raises BadRehearsals with every mistake
    of every file.
    """
    problems: list[Problem] = []
    files = {file.resolve(): file for place in places for file in _files(place, problems)}
    bills = [bill for file in files.values() if (bill := _read(file, problems, providers)) is not None]
    if problems:
        raise BadRehearsals(problems)
    return bills


def mistakes(plans: Path, providers: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with the rehearsals beside plans; nothing where there are none."""
    try:
        if (plans / FOLDER).is_dir():
            read(plans / FOLDER, providers=providers)
    except BadRehearsals as bad:
        return bad.problems
    return ()


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of rehearsals, for editors."""
    return schema_of(RehearsalFile, "Rehearsals")


def _files(place: Path, problems: list[Problem]) -> Iterator[Path]:
    if place.is_dir():
        below = sorted(folder for folder in place.rglob(FOLDER) if folder.is_dir())
        files = sorted(
            file for folder in below or [place] for file in folder.iterdir() if file.suffix in ENDINGS
        )
        if not files:
            problems.append(Problem(Mark(place), "", None, "holds no rehearsals (*.yaml)"))
        yield from files
    else:
        yield place


def _read(file: Path, problems: list[Problem], providers: Collection[str] | None) -> Playbill | None:
    written = source.read(file, "a file of rehearsals")
    if written.problems:
        problems += written.problems
        return None
    try:
        script = RehearsalFile.model_validate(written.data, context={"folder": file.parent})
    except ValidationError as error:
        problems += faults.explain(error, written, RehearsalFile)
        return None
    plans = script.plans or _beside(file)
    problems += _unusable_files(script, written, plans)
    if isinstance(script.judge, ModelThatJudges) and providers is not None:
        problems += _wrong_judge(script.judge.provider, written, providers)
    if plans.is_dir():
        problems += _unknown_names(script, written, plans)
    return Playbill(file, plans, script)


def _unusable_files(script: RehearsalFile, written: source.Source, plans: Path) -> Iterator[Problem]:
    """Yield what is wrong with the files that a file of rehearsals names, and with its folder of plans."""
    if not plans.is_dir():
        fault = "is a file: name the folder" if plans.exists() else "there is nothing at this place"
        yield Problem(written.mark(("plans",)), "plans", str(plans), fault)
    if isinstance(script.model, Path) and (fault := _script_fault(script.model)):
        yield Problem(written.mark(("model",)), "model", str(script.model), fault)
    for name, one in script.rehearsals.items():
        for number, step in enumerate(one.steps):
            if step.play is not None and (fault := sound_fault(step.play)):
                at = ("rehearsals", name, "steps", number, "play")
                cure = fault.partition(";")[0]  # the rest is about plans
                yield Problem(written.mark(at), ".".join(map(str, at)), str(step.play), cure)


def _script_fault(file: Path) -> str:
    """Return why a file is no script for the scripted model; "" if it is."""
    if not file.exists():
        return "there is nothing at this place; write embedded, or the name of a script (docs/script.md)"
    try:
        read_script(file)
    except BadInput as bad:
        return str(bad).removeprefix(f"{file}: ")
    return ""


def _wrong_judge(name: str, written: source.Source, providers: Collection[str]) -> Iterator[Problem]:
    """Yield what is wrong with who is to judge: nobody knows it, or it understands no sentence."""
    models = sorted(set(providers) - {LOCAL.name})
    cure = f"unknown provider; {did_you_mean(name, models)}"
    if name == LOCAL.name:
        cure = "the embedded agent understands no sentence; write words, or another provider"
    elif name in models:
        return
    at = ("judge", "provider") if isinstance(written.data["judge"], dict) else ("judge",)
    yield Problem(written.mark(at), ".".join(at), name, cure)


def _unknown_names(script: RehearsalFile, written: source.Source, folder: Path) -> Iterator[Problem]:
    """Yield plans and targets that are expected and are not there; nothing where the plans cannot be read."""
    there = loader.check(folder).dialplan
    if there is None or not there.plans:
        return
    targets = {name for plan in there.plans.values() for name in plan.targets}
    for name in sorted(script.targets.keys() - targets):
        yield _unknown(written, ("targets", name), name, targets)
    for title, one in script.rehearsals.items():
        yield from _not_of_the_call(written, ("rehearsals", title, "call"), one.call, there.plans)
        at = ("rehearsals", title, "expect")
        for plan in one.expect.plans:
            if plan not in there.plans:
                yield _unknown(written, (*at, "plans"), plan, set(there.plans))
        for target in one.expect.transferred_to:
            if target not in targets:
                yield _unknown(written, (*at, "transferred_to"), target, targets)


def _not_of_the_call(
    written: source.Source, at: tuple[str, ...], call: WhoRings, plans: Mapping[str, Plan]
) -> Iterator[Problem]:
    """Yield what is not there of the plan by which the gateway is to call."""
    if call.plan is None:
        return
    if (plan := plans.get(call.plan)) is None:
        yield _unknown(written, (*at, "plan"), call.plan, set(plans))
        return
    for name in call.variables.keys() - plan.variables.keys():
        yield _unknown(written, (*at, "variables", name), name, set(plan.variables))


def _unknown(written: source.Source, at: tuple[str, ...], name: str, known: set[str]) -> Problem:
    cure = did_you_mean(name, known) if known else "these plans have none"
    return Problem(written.mark(at), ".".join(at), name, cure)


def _beside(file: Path) -> Path:
    """Return the folder of plans that a file belongs to."""
    folder = file.absolute().parent
    return folder.parent if folder.name == FOLDER else folder
