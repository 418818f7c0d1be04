"""What a caller is told before anything else: what the law wants told, and that the call is recorded."""

from __future__ import annotations

from gateway.call import Announcement, PlayMusic, Ring
from gateway.calls.actions.prompter import Prompter
from gateway.calls.call import Call
from gateway.dialplan import Agent, Plan
from gateway.dialplan.model import Record

ASK = (
    "This call may be recorded, but only if the caller agrees. Ask for that at the beginning of the call."
    " Call the function start_recording as soon as the caller has clearly said yes, and never without it."
)
"""What an agent is told that has to ask."""
TOOL = "start_recording"


def with_spoken_consent(plan: Plan, agent: Agent) -> Agent:
    """Return an agent that asks for consent, where its plan wants it so."""
    if plan.record is None or plan.record.consent != "spoken":
        return agent
    tools = agent.tools if TOOL in agent.tools else (*agent.tools, TOOL)
    return agent.model_copy(update={"tools": tools, "instructions": f"{agent.instructions}\n\n{ASK}"})


async def disclose(line: Prompter, words: Announcement) -> None:
    """Answer, and tell it to its end. Raises LegGone when the caller hangs up before."""
    await line.answer()
    await line.play(words)


async def ring(call: Call, line: Prompter, tone: Announcement, words: Announcement) -> None:
    """Let the caller hear words, if there are any, and a phone that rings, until the call is answered (183).

    Raises LegGone when the caller hangs up before.
    """
    call.execute(Ring(early=True))
    call.execute(PlayMusic(tone.pcm, rings=True))
    if words:
        await line.play(words)


async def agrees(line: Prompter, record: Record, words: Announcement) -> bool:
    """Ask whether the call may be recorded, and return the answer. Raises LegGone when the caller hangs up.

    Whoever was not told agrees to nothing.
    """
    await line.answer()
    if not words:
        return False
    if record.consent == "announce":
        await line.play(words)
        return True
    keys = "0123456789*#"
    key = await line.play(words, keys) or await line.key(record.wait.total_seconds())
    return key == record.key
