"""The console in a real browser: `python -m tests.proofs.console [FOLDER]`, screenshots to FOLDER.

A headless Chromium (Debian: chromium) opens the one-time address, a phone calls, and the page is used as by
a person: watched, listened, spoken, held, muted, hung up; then the call is looked for again. axe-core judges
each page in light and dark, wide and narrow (npm brings it).
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.dialplan.model import OnFailure
from gateway.node.api_tokens import TokenFile
from tests.equipment import chromium, ports, tone
from tests.equipment.elsewhere import as_elsewhere
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.proofs import NOT_HERE

AXE = "axe-core@4.14.1"
CACHE = Path.home() / ".cache/sip-voice-gateway"
PAINT_MS, MOST_BYTES, LONGEST_MS = 1000, 300 * 1024, 50
LEFT_WITHIN_S = 5
WATCHED_S, UPDATES_A_S = 10, 2
RECORD = {"consent": "announce", "say": OnFailure().hold}

LOADED = """(() => {
  const all = [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')];
  return {
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    page: performance.getEntriesByType('navigation')[0].responseEnd,
    bytes: all.reduce((sum, one) => sum + one.decodedBodySize, 0),
  };
})()"""
WATCH_FRAMES = """(() => {
  window.longest = 0;
  const note = (list) =>
    list.getEntries().forEach((one) => (window.longest = Math.max(longest, one.duration)));
  new PerformanceObserver(note).observe({type: 'longtask'});
})()"""
HEARD = """(async () => {
  const one = [...(await window.peer.getStats()).values()].find((one) => one.type === 'inbound-rtp');
  return {energy: one?.totalAudioEnergy ?? 0, lost: one?.packetsLost ?? -1, packets: one?.packetsReceived};
})()"""
DOINGS = "document.querySelectorAll('[aria-label=\"What happens\"] li').length"
TEXT = "document.body.innerText"
SEEN = """Object.defineProperty(document, 'visibilityState', {{value: '{}', configurable: true}}),
  document.dispatchEvent(new Event('visibilitychange'))"""
KEEP_PEER = """(() => {
  const made = window.RTCPeerConnection;
  window.RTCPeerConnection = function (...about) { return (window.peer = new made(...about)); };
})()"""
JUDGE = """axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}).then(
  (found) => found.violations.map((one) =>
    `${one.impact} ${one.id}: ${one.help} (${one.nodes.map((node) => node.html).slice(0, 3)})`))"""


class Proof:
    """One run: what is judged, what was found wrong, where pictures go."""

    def __init__(self, page: chromium.Page, folder: Path, axe: str) -> None:
        self.page = page
        self._folder = folder
        self._axe = axe
        self.wrong: list[str] = []

    def holds(self, true: object, what: str) -> None:
        """Say whether it does."""
        sys.stdout.write(f"{'ok   ' if true else 'WRONG'} {what}\n")
        sys.stdout.flush()
        if not true:
            self.wrong.append(what)

    async def judged(self, name: str) -> None:
        """Take pictures, and have the page judged."""
        for width, dark in ((1200, False), (1200, True), (390, False)):
            await self.page.look(width=width, dark=dark)
            kind = f"{name}-{width}{'-dark' if dark else ''}"
            await asyncio.sleep(0.2)
            await self.page.screenshot(self._folder / f"{kind}.png")
            if not await self.page.run("Boolean(window.axe)"):
                await self.page.run(self._axe + "\n;true")
            found: list[str] = await self.page.run(JUDGE)
            serious = [one for one in found if one.startswith(("serious", "critical"))]
            self.holds(not serious, f"{kind}: nothing serious for axe-core {serious or ''}")
            for one in found:
                if one not in serious:
                    sys.stdout.write(f"      {one}\n")
        await self.page.look()


async def prove(folder: Path) -> bool:
    """Use the console; return whether all held."""
    axe = await asyncio.to_thread(_axe)
    async with _running(folder) as (gateway, link), chromium.browser() as page:
        proof = Proof(page, folder, axe)
        await page.look()
        await page.open(link)
        await page.text("Nobody calls at the moment")
        loaded: dict[str, Any] = await page.run(LOADED)
        proof.holds(
            loaded["paint"] <= PAINT_MS,
            f"first paint after {loaded['paint']:.0f} ms ({loaded['page']:.0f} of them the server's)",
        )
        proof.holds(0 < loaded["bytes"] <= MOST_BYTES, f"{loaded['bytes'] / 1024:.0f} KB in all")
        await proof.judged("first")
        await _talk(proof)
        await _left(proof, gateway)
        with as_elsewhere(), Pump() as pump:
            async with Phone(gateway.sip, pump) as phone:
                await _one_call(proof, phone.call("100"))
        await _afterwards(proof)
        gone = f"/v1/calls/{await page.run('window.looked')}"  # a look at a call as it ended: 404
        said = [one for one in page.said if not one.endswith(gone)]
        proof.holds(not said, f"no errors in the browser {said or ''}")
        return not proof.wrong


async def _talk(proof: Proof) -> None:
    """Ring from the page, with the browser's own fake microphone."""
    page = proof.page
    await page.run(KEEP_PEER)
    await page.fill("Number", "100")
    await page.text("You are talking.")
    await page.until("document.querySelector('td a') !== null")
    await page.until(f"{HEARD}.then((one) => one.energy > 0.01)", 20)
    told = await page.run(HEARD)
    proof.holds(told["lost"] == 0, f"the agent is heard in the browser: {told}")
    await page.press("5")
    await page.text("browser")
    await proof.judged("talk")
    await page.press("Hang up")
    await page.text("Over:")
    await page.text("Nobody calls at the moment")


async def _left(proof: Proof, gateway: Gateway) -> None:
    """Lose the microphone in the middle of a call, then load the page again."""
    page = proof.page
    await page.run(KEEP_PEER)
    await page.fill("Number", "100")
    await page.text("You are talking.")
    sends = "window.peer.getSenders()[0].track"
    before = await page.run(f"{sends}.id")
    await page.run(f"{sends}.stop(), {sends}.dispatchEvent(new Event('ended'))")  # as if it were unplugged
    await page.until(f"{sends}.readyState === 'live' && {sends}.id !== '{before}'")
    proof.holds(True, "another microphone takes the place of one that is gone")
    call = await page.run("fetch('/v1/calls').then((one) => one.json()).then((one) => one.calls[0].id)")
    await page.run("location.reload()")
    began = asyncio.get_running_loop().time()
    await gateway.said("call.ended", call=call, reason="caller_hung_up")
    took = asyncio.get_running_loop().time() - began
    proof.holds(took < LEFT_WITHIN_S, f"a page that is loaded again has hung up, after {took:.1f} s")
    await page.text("Nobody calls at the moment")
    await page.run(KEEP_PEER)


async def _one_call(proof: Proof, call: Call) -> None:
    page = proof.page
    await call.answered()
    await page.text("answered")
    await proof.judged("now")
    await page.run("document.querySelector('td a').click()")
    await page.text("Hang up")
    await page.press("Listen in")
    await page.until("document.querySelector('canvas') !== null")
    await page.fill("Say to the caller", "One moment please.")
    await page.text("listens in")
    await page.fill("Whisper to the agent", "They are a good customer.")
    await page.text("They are a good customer.")
    await page.press("Mute the caller")
    await page.text("muted")
    await page.press("Mute the caller")
    await page.press("Hold")
    await page.text("held")
    await page.press("Hold")
    await page.text("answered")
    await _behind_another_tab(proof, call)
    await _taken_over(proof, call)
    await _frames(proof, call)
    await page.press("Show the messages")
    await page.text("INVITE")
    await proof.judged("call")
    await page.run("window.looked = location.hash.split('/').pop()")
    await page.press("Hang up")
    await call.ended(10)
    await page.text("This call is over")
    proof.holds(tone.sound_ms(call.media.heard()) > 0, "the phone has heard the agent")


async def _behind_another_tab(proof: Proof, call: Call) -> None:
    """Leave the page open where nobody sees it; what happened meanwhile is told when somebody does."""
    page = proof.page
    await page.run(SEEN.format("hidden"))
    await call.said(call.media.press("7"))
    proof.holds(not await page.run(f"({TEXT}).includes('key 7')"), "a page that nobody sees hears nothing")
    await page.run(SEEN.format("visible"))
    await page.text("key 7")


async def _taken_over(proof: Proof, call: Call) -> None:
    """Speak with the caller in the agent's place, with the browser's fake microphone, and give them back."""
    page = proof.page
    await page.press("Take over")
    await page.text("you speak with the caller")
    said = call.media.say(tone.sine(1000, 1500, fade_ms=5))
    await page.until(f"{HEARD}.then((one) => one.energy > 0.01)", 20)
    await call.hears_sound((await call.said(said)).ended_at)
    proof.holds(True, "caller and operator hear each other")
    await proof.judged("takeover")
    await page.press("Now")
    await page.text("in the agent's place")
    await page.run("history.back()")
    await page.press("Hand back to the agent")
    await page.text("the agent has the caller again")
    await page.text("answered")


async def _frames(proof: Proof, call: Call) -> None:
    """Watch a call in which something happens twice a second, while it is listened to and drawn."""
    page = proof.page
    before = await page.run(DOINGS)
    await page.run(WATCH_FRAMES)
    for _ in range(WATCHED_S * UPDATES_A_S):
        call.media.press("5", ms=80)
        await asyncio.sleep(1 / UPDATES_A_S)
    longest, updates = await page.run("window.longest"), await page.run(DOINGS) - before
    proof.holds(updates >= WATCHED_S, f"{updates} events of the call shown in {WATCHED_S} s")
    proof.holds(
        longest <= LONGEST_MS,
        f"no frame over {LONGEST_MS} ms in {WATCHED_S} s of a call, {longest:.0f} at most",
    )


async def _afterwards(proof: Proof) -> None:
    page = proof.page
    await page.press("Before")
    await page.text("completed")
    await proof.judged("before")
    await page.run("document.querySelector('td a').click()")
    await page.text("Where the time went")
    await page.until("document.querySelector('audio')?.duration > 1")
    await page.run("document.querySelector('.words button').click()")
    await page.until("document.querySelector('audio').currentTime > 0.1")
    proof.holds(True, "a turn is heard")
    await proof.judged("record")
    await page.press("Numbers")
    await page.text("Plans in force")
    await page.fill("Number dialled", "100")
    await page.text("Understood as")
    await proof.judged("numbers")
    for _ in range(3):
        await page.key("Tab")
    seen = await page.run("getComputedStyle(document.activeElement).outlineStyle")
    proof.holds(seen != "none", "where a key's focus is, is seen")


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[tuple[Gateway, str]]:
    listen = f"127.0.0.1:{ports.free_port()}"
    with tempfile.TemporaryDirectory() as kept, LocalServer() as local:
        tokens = Path(kept, "tokens.json")
        env = {
            "GATEWAY_API__LISTEN": listen,
            "GATEWAY_API__TOKENS": str(tokens),
            "GATEWAY_RECORDS__TRANSCRIPT": "true",
            "GATEWAY_RECORDING__FOLDER": str(Path(kept, "recordings")),
            "GATEWAY_SIP_MESSAGES": str(Path(kept, "sip")),
        }
        plan = agent("100", local.url, voice="tone-440-2s", record=RECORD)
        listens = f"{local.address[0]}:{local.address[1]}"
        with Gateway({"reception": plan}, "--no-local", "--local-listen", listens, env=env) as gateway:
            await gateway.said("api.listening")
            yield gateway, f"http://{listen}/enter?code={TokenFile(tokens).add_code()}"


def _axe() -> str:
    """Return axe-core, as it is published; it is kept beside our wheel of PJSIP."""
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / f"{AXE.replace('@', '-')}.tgz"
    if not archive.exists():
        command = ["npm", "pack", "--silent", AXE, "--pack-destination", str(CACHE)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(archive) as opened:
        member = opened.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


if __name__ == "__main__":
    if chromium.found() is None:
        sys.stdout.write("Chromium is not installed: sudo apt-get install chromium\n")
        sys.exit(NOT_HERE)
    to = Path(sys.argv[1]) if sys.argv[1:] else Path(tempfile.mkdtemp(prefix="console-"))
    to.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"screenshots in {to}\n")
    sys.exit(0 if asyncio.run(prove(to)) else 1)
