// Calls that are up; for a newcomer, how to have one.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, every, hear } from "./api.js";
import { taken } from "./call.js";
import { clock, dollars, ms, party } from "./format.js";
import { html, Table, Trouble } from "./parts.js";
import { ring } from "./phone.js";

const CHANGES = ["CallBegan", "CallOver", "Answered", "Held", "Resumed", "GatewayAway", "GatewayBack"];
const HEADS = [["Caller"], ["Called"], ["Plan"], ["State"], ["Talk", "number"], ["Turns", "number"], ["Last answer", "number"], ["MOS", "number"], ["Cost", "number"]];

const calls = signal(null);
const about = signal(null);
const trouble = signal("");

async function refresh() {
  try {
    [calls.value, about.value] = [(await ask("/v1/calls")).calls, await ask("/v1/process")];
    trouble.value = "";
  } catch (error) {
    trouble.value = error.message;
  }
}

export function Now() {
  useEffect(() => {
    let soon = 0;
    const leave = hear(`/v1/events?what=${CHANGES.join(",")}`, CHANGES, () => {
      clearTimeout(soon);
      soon = setTimeout(refresh, 200);
    });
    const rest = every(2000, refresh);
    return () => (leave(), rest(), clearTimeout(soon));
  }, []);
  const process = about.value;
  return html`<h1>Now</h1>
    <${Trouble} said=${trouble.value} />
    ${process?.draining ? html`<p class="note warn">The gateway drains: it takes no more calls.</p>` : null}
    ${process ? html`<p class="soft">${process.calls} of ${process.max_calls} calls, ${process.taken} so far</p>` : null}
    ${taken.value.phone ? html`<p class="note">You speak with <a href="#/now/${taken.value.id}">a caller</a> in the agent's place.</p>` : null}
    <${Phone} />
    ${calls.value === null ? null : calls.value.length ? html`<${List} calls=${calls.value} />` : html`<${Nobody} about=${process} />`}`;
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const own = signal(null); // the call of this page, which goes on while another page of it is looked at
const told = signal("");
const number = signal("assistant");

async function talk(event) {
  event.preventDefault();
  told.value = "Ringing ...";
  own.value = {};
  try {
    own.value = await ring({ number: number.value.trim() }, (news) => {
      if (news.answered) told.value = "You are talking.";
      if (news.ended) {
        told.value = `Over: ${news.ended.replaceAll("_", " ")}.`;
        own.value = null;
      }
    });
  } catch (error) {
    told.value = error.message;
    own.value = null;
  }
}

const Phone = () => html`<section aria-label="Telephone">
  <form onSubmit=${talk}>
    <label>Number<input name="number" required maxlength="64" pattern="[A-Za-z0-9+*#._\\-]+" value=${number.value} onInput=${(event) => (number.value = event.target.value)} size="12" /></label>
    ${own.value ? html`<button type="button" class="hard" onClick=${() => own.value.hangUp?.()}>Hang up</button>` : html`<button class="main">Talk to it here</button>`}
    <span aria-live="polite">${told.value}</span>
  </form>
  ${own.value?.press ? html`<div class="buttons">${KEYS.map((key) => html`<button onClick=${() => own.value.press(key)}>${key}</button>`)}</div>` : null}
</section>`;

const List = ({ calls }) => html`<${Table} name="Calls" heads=${HEADS}>${calls.map((call) => html`<${Row} key=${call.id} call=${call} />`)}<//>`;

const Row = ({ call }) => html`<tr>
  <td><a href="#/now/${call.id}">${party(call.caller)}</a></td>
  <td>${call.called}</td>
  <td>${call.plan}</td>
  <td>${call.state}${call.muted ? ", muted" : ""}${call.recording ? ` (recording ${call.recording})` : ""}</td>
  <td class="number">${clock(call.talk_seconds)}</td>
  <td class="number">${call.turns}</td>
  <td class="number">${ms(call.turn_ms)}</td>
  <td class="number">${call.media?.mos?.toFixed(1)}</td>
  <td class="number">${dollars(call.cost_usd)}</td>
</tr>`;

const Nobody = ({ about }) => html`<div class="empty">
  <h2>Nobody calls at the moment</h2>
  <p>Ring <code>sip:assistant@${about?.sip ?? "127.0.0.1:5060"}</code> with any softphone on this machine, no account needed; or press the button above, with a headset; or from a second terminal:</p>
  <pre>make call</pre>
  <p>The call appears here by itself. Which numbers there are, and what each does, is under <a href="#/numbers">Numbers</a>; what became of calls under <a href="#/before">Before</a>.</p>
</div>`;
