// Calls that are over: found, and taken along.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "./api.js";
import { clock, dollars, moment, ms, party, words } from "./format.js";
import { html, Table, Trouble } from "./parts.js";

const HEADS = [["Began"], ["Caller"], ["Called"], ["Plan"], ["Result"], ["Reason"], ["Talk", "number"], ["Answers", "number"], ["Cost", "number"]];
const RESULTS = ["", "completed", "rejected", "cancelled", "failed", "lost"];
const asked = signal({});
const found = signal(null);
const trouble = signal("");

async function search(fields) {
  asked.value = fields;
  const given = Object.entries(fields).filter(([, value]) => value);
  const query = new URLSearchParams(given.map(([key, value]) => [key, key === "since" || key === "until" ? new Date(value).toISOString() : value]));
  try {
    found.value = (await ask(`/v1/records?${query}`)).records;
    trouble.value = "";
  } catch (error) {
    trouble.value = error.message;
  }
}

export function Before() {
  useEffect(() => {
    search(asked.value);
  }, []);
  const submit = (event) => {
    event.preventDefault();
    search(Object.fromEntries(new FormData(event.target)));
  };
  const was = asked.value;
  return html`<h1>Before</h1>
    <form onSubmit=${submit} role="search">
      <label>Number, or its end<input name="number" value=${was.number} size="12" /></label>
      <label>Plan<input name="plan" value=${was.plan} size="10" /></label>
      <label>Result<select name="result">${RESULTS.map((one) => html`<option value=${one} selected=${one === was.result}>${one || "any"}</option>`)}</select></label>
      <label>Since<input name="since" type="datetime-local" value=${was.since} /></label>
      <label>Until<input name="until" type="datetime-local" value=${was.until} /></label>
      <label>At most<input name="most" type="number" min="1" max="1000" value=${was.most ?? "50"} /></label>
      <button class="main">Search</button>
      <button type="button" disabled=${!found.value?.length} onClick=${() => save(found.value)}>Save as CSV</button>
    </form>
    <${Trouble} said=${trouble.value} />
    ${found.value === null ? null : found.value.length ? html`<${List} records=${found.value} />` : html`<p class="empty">No such call is kept.</p>`}`;
}

const List = ({ records }) => html`<${Table} name="Calls that are over" heads=${HEADS}>${records.map(
  (one) => html`<tr key=${one.call}>
    <td><a href="#/before/${one.call}">${moment(one.began)}</a></td>
    <td>${party(one.caller)}</td>
    <td>${one.called}</td>
    <td>${one.plan}</td>
    <td class=${one.result === "failed" || one.result === "lost" ? "bad" : ""}>${one.result ?? "goes on"}</td>
    <td>${words(one.reason)}</td>
    <td class="number">${clock(one.talk_seconds)}</td>
    <td class="number">${ms(one.turn_ms_median)}</td>
    <td class="number">${dollars(one.cost_usd)}</td>
  </tr>`,
)}<//>`;

const COLUMNS = ["call", "began", "caller", "called", "plan", "last_plan", "result", "reason", "status", "seconds", "talk_seconds", "turns", "barge_ins", "turn_ms_median", "mos", "cost_usd", "sip_call_id"];

function save(records) {
  // A cell that a spreadsheet would take for a formula is made a text.
  const cell = (value) => `"${String(value ?? "").replace(/^(?=[=+\-@])/, typeof value === "string" ? "'" : "").replaceAll('"', '""')}"`;
  const lines = [COLUMNS.join(","), ...records.map((one) => COLUMNS.map((name) => cell(one[name])).join(","))];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  link.download = "calls.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}
