// One call that is over: heard again, read again, and where its time went.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./api.js";
import { clock, dollars, moment, ms, party, words } from "./format.js";
import { Ladder } from "./ladder.js";
import { Cards, html, Lines, Trouble } from "./parts.js";

export function Record({ id }) {
  const [record, setRecord] = useState(null);
  const [trouble, setTrouble] = useState("");
  const player = useRef(null);
  useEffect(() => {
    ask(`/v1/records/${id}`).then(setRecord, (error) => setTrouble(error.message));
  }, [id]);
  const hearFrom = record?.recording
    ? (at) => {
        player.current.currentTime = Math.max(0, (at - (record.recording.began_ms ?? 0)) / 1000);
        player.current.play();
      }
    : null;
  return html`<p><a href="#/before">All calls</a></p>
    <h1>${record ? `${party(record.caller)} to ${record.called}, ${moment(record.began)}` : `Call ${id}`}</h1>
    <${Trouble} said=${trouble} />
    ${record ? html`<${Whole} record=${record} player=${player} hearFrom=${hearFrom} />` : null}`;
}

const Whole = ({ record, player, hearFrom }) => html`
  <${Cards} of=${{
    Result: record.result ?? "goes on",
    Reason: words(record.reason),
    Plan: record.plan === record.last_plan ? record.plan : `${record.plan} → ${record.last_plan}`,
    Model: record.model,
    Talk: clock(record.talk_seconds),
    "Median answer": ms(record.turn_ms_median),
    Interruptions: record.barge_ins,
    MOS: record.mos?.toFixed(1),
    Lost: record.packets_lost,
    Cost: dollars(record.cost_usd),
  }} />
  ${record.cause ? html`<p class="note bad">${record.cause}</p>` : null}
  ${record.summary ? html`<p>${record.summary}</p>` : null}
  <p><a href="/v1/records/${record.call}" download="${record.call}.json">Save as JSON</a></p>
  <h2>Recording</h2>
  ${hearFrom ? html`<audio ref=${player} controls preload="metadata" src="/v1/records/${record.call}/audio"></audio><p class="soft">The caller is on the left, what they were sent on the right.</p>` : html`<p class="soft">It was not recorded: <code>record</code> in its plan.</p>`}
  <div class="columns">
    <section><h2>What was said</h2><${Words} lines=${record.transcript} hearFrom=${hearFrom} /></section>
    <section><h2>Where the time went</h2><${Waterfall} record=${record} /><${Ladder} id=${record.call} /></section>
  </div>`;

function Words({ lines, hearFrom }) {
  if (!lines) return html`<p class="soft">Words are not kept: <code>records.transcript</code> of the settings.</p>`;
  if (!lines.length) return html`<p class="soft">Nothing was said.</p>`;
  const text = (line) => html`<small>${clock(line.at_ms / 1000)} ${line.who}</small> <span class=${line.cut ? "cut" : ""}>${line.text}</span>`;
  return html`<${Lines} name="What was said">${lines.map(
    (line) => html`<li class=${line.who}>${hearFrom ? html`<button onClick=${() => hearFrom(line.at_ms)}>${text(line)}</button>` : text(line)}</li>`,
  )}<//>`;
}

/** What took time, as [name, from, to] in ms of the call; what took none has no length. */
function stretches(record) {
  const found = [];
  if (record.answer_ms !== null) found.push(["to the answer", 0, record.answer_ms]);
  if (record.session_ms !== null) found.push(["to the model", 0, record.session_ms]);
  if (record.first_word_ms !== null) found.push(["to the first word", 0, record.first_word_ms]);
  for (const one of record.moments) {
    if (one.what === "answer") found.push(["answer", one.at_ms - one.waited_ms, one.at_ms]);
    else if (one.what === "tool_returned") found.push([one.name ?? "function", one.at_ms - one.ms, one.at_ms]);
    else if (!["answered", "tool_called"].includes(one.what)) found.push([words(one.what), one.at_ms, one.at_ms]);
  }
  return found.filter(([, from]) => from !== undefined).sort((a, b) => a[1] - b[1]);
}

function Waterfall({ record }) {
  const all = stretches(record);
  const whole = Math.max(1, (record.seconds ?? 0) * 1000, ...all.map(([, , to]) => to));
  const part = (value) => `${(100 * Math.max(0, value)) / whole}%`;
  if (!all.length) return html`<p class="soft">Nothing took any time.</p>`;
  return html`<div class="bars" role="list" aria-label="Where the time went">${all.map(
    ([name, from, to]) => html`<div class="bar" role="listitem">
      <span>${name}</span>
      <div><i style=${{ left: part(from), width: part(to - from) }}></i></div>
      <span class="number">${to > from ? ms(to - from) : clock(from / 1000)}</span>
    </div>`,
  )}</div>`;
}
