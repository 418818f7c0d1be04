// One call that is up: what is said, how its line is, and what may be ordered of it.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ask, every, hear, order } from "./api.js";
import { LineChart, Waveforms } from "./drawing.js";
import { clock, dollars, ms, party, words } from "./format.js";
import { Ladder } from "./ladder.js";
import { Cards, html, Lines, Sending, Trouble } from "./parts.js";
import { ring } from "./phone.js";
import { listen } from "./sound.js";
import { after, KINDS, nothing } from "./talk.js";

const POINTS = 300;

export function LiveCall({ id }) {
  const [view, setView] = useState(null);
  const [talk, setTalk] = useState(nothing());
  const [rows] = useState([[], [], []]);
  const [trouble, setTrouble] = useState("");

  useEffect(() => {
    let leave = () => {};
    let rest = () => {};
    let left = false; // before the answer came
    ask("/v1/calls").then(({ last_event_id: last }) => {
      if (left) return;
      const first = last.replace(/-\d+$/, "-0"); // all that is still kept of this call
      leave = hear(`/v1/calls/${id}/events?after=${first}&what=${KINDS.join(",")}`, KINDS, (kind, event) => {
        setTalk((before) => after(before, kind, event));
        if (kind === "CallOver") {
          leave();
          rest();
        }
      });
    }, (error) => setTrouble(error.message));
    const look = async () => {
      try {
        const found = await ask(`/v1/calls/${id}`);
        note(rows, found);
        setView(found);
      } catch (error) {
        if (error.status === 404) setTalk((before) => ({ ...before, over: before.over ?? {} }));
        else setTrouble(error.message);
      }
    };
    rest = every(2000, look);
    return () => {
      left = true;
      leave();
      rest();
    };
  }, [id]);

  const give = async (what, body) => {
    try {
      await order(id, what, body);
      setTrouble("");
      if (what !== "end") setView(await ask(`/v1/calls/${id}`));
    } catch (error) {
      setTrouble(error.message);
    }
  };
  const over = talk.over !== null;
  return html`<p><a href="#/now">All calls</a></p>
    <h1>${view ? `${party(view.caller)} to ${view.called}` : `Call ${id}`}</h1>
    <${Trouble} said=${trouble} />
    ${over ? html`<p class="note warn">This call is over${talk.over.reason ? `: ${words(talk.over.reason)}` : ""}. <a href="#/before/${id}">What is kept of it</a></p>` : null}
    ${view ? html`<${Figures} view=${over ? { ...view, state: "over" } : view} floor=${over ? "" : talk.floor} />` : null}
    <${Orders} view=${view} over=${over} give=${give} />
    <div class="columns">
      <section><h2>What is said</h2><${Words} lines=${talk.lines} /></section>
      <section>
        <h2>What happens</h2>
        <${Lines} name="What happens" grows=${true}>${talk.doings.map((one) => html`<li><small>${new Date(one.at ?? Date.now()).toLocaleTimeString()}</small> ${one.text}</li>`)}<//>
        <h2>The line</h2>
        <${LineChart} rows=${rows} changed=${view} />
        <${Ladder} id=${id} />
      </section>
    </div>`;
}

function note(rows, view) {
  if (view.media?.jitter_ms === null || view.media?.jitter_ms === undefined) return;
  rows[0].push(view.seconds);
  rows[1].push(view.media.jitter_ms);
  rows[2].push(view.media.mos);
  for (const row of rows) row.splice(0, row.length - POINTS);
}

const Figures = ({ view, floor }) => html`<${Cards} of=${{
  Plan: view.plan,
  State: view.state + (view.muted ? ", muted" : ""),
  Speaks: floor || "nobody",
  Talk: clock(view.talk_seconds),
  "Last answer": ms(view.turn_ms),
  Turns: view.turns,
  Interruptions: view.barge_ins,
  Cost: dollars(view.cost_usd),
  MOS: view.media?.mos?.toFixed(1),
  Jitter: ms(view.media?.jitter_ms),
  "Packets lost": view.media?.packets_lost,
  Encryption: view.media?.encryption,
}} />`;

function Words({ lines }) {
  if (!lines.length) return html`<p class="soft">Nothing yet: words appear when a turn is over.</p>`;
  return html`<${Lines} name="What is said" grows=${true}>${lines.map(
    (line) => html`<li class=${line.who} key=${line.item}><small>${line.who}</small> <span class=${line.cut ? "cut" : ""}>${line.text}</span>
      ${line.cut ? html` <small>(${line.heard ? `${(line.heard / 1000).toFixed(1)} s of it heard` : "nothing of it heard"})</small>` : null}</li>`,
  )}<//>`;
}

function Orders({ view, over, give }) {
  const off = over || !view;
  const held = view?.state === "held";
  const recording = view?.recording;
  return html`<div class="buttons">
      <button disabled=${off} aria-pressed=${held} onClick=${() => give(held ? "resume" : "hold")}>Hold</button>
      <button disabled=${off} aria-pressed=${Boolean(view?.muted)} onClick=${() => give("mute", { on: !view.muted })}>Mute the caller</button>
      <button disabled=${off || !recording} aria-pressed=${recording === "on"} onClick=${() => give("record", { on: recording !== "on" })}>Recording</button>
      <button class="hard" disabled=${off} onClick=${() => give("end")}>Hang up</button>
    </div>
    <${Listening} id=${view?.id} off=${off} />
    <${TakingOver} id=${view?.id} off=${off} />
    <div class="columns">
      <div>
        <${Sending} label="Say to the caller, in the gateway's voice" button="Say" disabled=${off} onSend=${(text) => give("say", { text })} />
        <${Sending} label="Whisper to the agent; the caller does not hear it" button="Whisper" disabled=${off} onSend=${(text) => give("tell", { text })} />
      </div>
      <div>
        <${Sending} label="Transfer to, a name of the plan's targets" button="Transfer" disabled=${off} onSend=${(target) => give("transfer", { target })} />
        <${Sending} label="New instructions for the agent" button="Instruct" disabled=${off} onSend=${(text) => give("instruct", { text })} />
      </div>
    </div>`;
}

// Goes on while another page is looked at: the microphone is open until the caller is handed back.
const NOBODY = { id: "", phone: null, state: "" };
export const taken = signal(NOBODY);

async function takeOver(id) {
  const become = (change) => (taken.value = { ...taken.value, ...change });
  taken.value = { id, phone: null, state: "connecting" };
  try {
    const phone = await ring({ take_over: id }, (told) => {
      if (told.answered) become({ state: "you speak with the caller; the agent rests" });
      if (!told.ended) return;
      become({ phone: null, state: told.ended === "hung up" ? "the agent has the caller again" : told.ended.replaceAll("_", " ") });
    });
    become({ phone });
  } catch (error) {
    become({ state: error.message });
  }
}

function TakingOver({ id, off }) {
  const { phone, state } = taken.value.id === id ? taken.value : NOBODY;
  const busy = taken.value.id !== id && (taken.value.phone || taken.value.state === "connecting");
  return html`<div class="piece">
    <button disabled=${(off && !phone) || busy} aria-pressed=${Boolean(phone)} onClick=${phone ? () => phone.hangUp() : () => takeOver(id)}>${phone ? "Hand back to the agent" : "Take over"}</button>
    <small role="status"> ${busy ? html`you speak with <a href="#/now/${taken.value.id}">another caller</a>` : state}</small>
  </div>`;
}

function Listening({ id, off }) {
  const [leave, setLeave] = useState(null);
  const [peaks, setPeaks] = useState([]);
  const [trouble, setTrouble] = useState("");
  useEffect(() => () => leave?.(), [leave]);
  const toggle = () => {
    if (leave) {
      setLeave(null); // the effect's end stops it
      return;
    }
    setTrouble("");
    const stop = listen(id, (more) => setPeaks((before) => [...before.slice(-600), ...more]), (why) => {
      setTrouble(why);
      setLeave(null);
    });
    setLeave(() => stop);
  };
  return html`<div class="piece">
    <button class="main" disabled=${off && !leave} aria-pressed=${Boolean(leave)} onClick=${toggle}>${leave ? "Stop listening" : "Listen in"}</button>
    <${Trouble} said=${trouble} />
    ${peaks.length ? html`<${Waveforms} peaks=${peaks} changed=${peaks} />` : null}
  </div>`;
}
