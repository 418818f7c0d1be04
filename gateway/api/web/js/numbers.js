// What each number does, the lines to the telephone network, and the process itself.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ask, every } from "./api.js";
import { clock, words } from "./format.js";
import { Cards, html, Table, Trouble } from "./parts.js";

const plans = signal(null);
const trunks = signal([]);
const about = signal(null);
const trouble = signal("");
const LEVELS = ["debug", "info", "warning", "error"];

async function refresh() {
  try {
    const [found, lines, process] = await Promise.all([ask("/v1/plans"), ask("/v1/trunks"), ask("/v1/process")]);
    [plans.value, trunks.value, about.value, trouble.value] = [found, lines.trunks, process, ""];
  } catch (error) {
    trouble.value = error.message;
  }
}

async function order(path, method, body) {
  try {
    await ask(path, { method, body });
    await refresh();
  } catch (error) {
    trouble.value = error.message;
  }
}

export function Numbers() {
  useEffect(() => every(5000, refresh), []);
  return html`<h1>Numbers</h1>
    <${Trouble} said=${trouble.value} />
    ${plans.value ? html`<${Plans} of=${plans.value} />` : null}
    <${WhatIf} />
    <h2>Trunks</h2>
    ${trunks.value.length ? html`<${Trunks} of=${trunks.value} />` : html`<p class="soft">None: calls come from this machine alone, or from anybody (the setting <code>guests</code>). <code>trunks</code> of the settings names carriers.</p>`}
    ${about.value ? html`<${Process} of=${about.value} />` : null}`;
}

const Plans = ({ of }) => html`<h2>Plans in force</h2>
  ${of.as_written ? null : html`<p class="note bad">The folder holds mistakes: older plans are in force.</p>`}
  ${of.problems.map((one) => html`<p class="note ${one.kind === "warning" ? "warn" : "bad"}"><code>${one.where}</code> ${one.key}: ${one.cure}</p>`)}
  <${Table} name="Plans" heads=${[["Plan"], ["Numbers"], ["Does"], ["Calls", "number"], ["At most", "number"]]}>${of.plans
    .filter((one) => !one.template)
    .map((one) => html`<tr key=${one.name}><td>${one.name}</td><td class="wide">${one.numbers.join(", ")}</td><td>${one.action}</td><td class="number">${one.calls}</td><td class="number">${one.max_calls}</td></tr>`)}<//>
  <div class="buttons"><button onClick=${() => order("/v1/process/reload", "POST")}>Read the plans again</button></div>`;

function WhatIf() {
  const [told, setTold] = useState(null);
  const [why, setWhy] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const { number, caller, at, headers } = Object.fromEntries(new FormData(event.target));
    const given = headers.split("\n").filter((line) => line.includes(":")).map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]);
    try {
      setTold(await ask("/v1/route", { method: "POST", body: { number, caller, at, headers: Object.fromEntries(given) } }));
      setWhy("");
    } catch (error) {
      setWhy(error.message);
    }
  };
  return html`<h2>What would a call get?</h2>
    <form onSubmit=${submit}>
      <label>Number dialled<input name="number" required maxlength="200" /></label>
      <label>Caller<input name="caller" maxlength="200" /></label>
      <label>At, by the plan's clock<input name="at" placeholder="18:00" size="16" /></label>
      <label class="grow">Headers, one a line<textarea name="headers" placeholder="X-Customer: 42"></textarea></label>
      <button class="main">Ask</button>
    </form>
    <${Trouble} said=${why} />
    ${told ? html`<${Told} of=${told} />` : null}`;
}

const Told = ({ of }) => html`<div aria-live="polite">
  <p><strong>${of.plan ?? "No plan: 404"}</strong>${of.action ? ` (${of.action})` : ""}: ${of.why}</p>
  <p class="soft">Understood as ${of.number} from ${of.caller || "nobody known"}, ${of.time}.</p>
  ${of.not_taken.length ? html`<ul>${of.not_taken.map((one) => html`<li>${one.plan}: ${one.why}</li>`)}</ul>` : null}
  ${of.effective ? html`<details><summary>The whole plan</summary><pre>${of.effective}</pre></details>` : null}
</div>`;

const GOOD = ["registered", "reachable", "elsewhere"];
const Trunks = ({ of }) => html`<${Table} name="Trunks" heads=${[["Trunk"], ["State"], ["Where"], ["Calls", "number"], ["Encryption"]]}>${of.map(
  (one) => html`<tr key=${one.name}><td>${one.name}</td><td class=${GOOD.includes(one.state) ? "good" : one.state === "failed" ? "bad" : ""}>${one.state} ${one.detail}</td><td>${one.place} ${one.transport}</td><td class="number">${one.calls}</td><td>${one.encryption}</td></tr>`,
)}<//>`;

const Process = ({ of }) => html`<h2>The gateway</h2>
  <${Cards} of=${{
    Answers: of.sip,
    Calls: `${of.calls} of ${of.max_calls}`,
    "Taken so far": of.taken,
    Up: clock(of.seconds),
    Media: of.media,
    "Embedded agent": words(of.embedded),
    "Late ticks": of.late_ticks,
    Version: of.version,
  }} />
  <form onSubmit=${(event) => event.preventDefault()}>
    <label>Log from<select onChange=${(event) => order("/v1/process/log-level", "PUT", { level: event.target.value })}>${LEVELS.map((level) => html`<option selected=${level === of.log_level}>${level}</option>`)}</select></label>
  </form>
  <p class="soft">Settings are read at a start: <a href="/docs">the API</a> has all else.</p>`;
