// What was said and done in a live call, made of its events. Pure: events in, lists out.

export const KINDS = [
  "CallerSaid", "AgentSaid", "AgentWrote", "Flushed", "CallerStartedSpeaking", "CallerStoppedSpeaking", "PlaybackStarted", "Played",
  "ToolCalled", "ToolReturned", "Digit", "Held", "Resumed", "SessionReady", "SessionInterrupted", "SessionLost", "SessionFault",
  "ResponseOverdue", "TransferBegan", "TransferEnded", "RecordingChanged", "OutsideOrder", "AddText", "Instruct", "Answered", "CallOver", "Lost",
];

/** Nothing was said yet. `floor`: who speaks. */
export const nothing = () => ({ lines: [], doings: [], floor: "", over: null });

/** What somebody orders from outside, in words; what another line tells already is not told twice. */
const ORDERS = {
  ListenIn: "listens in", Mute: "mutes the caller, or no more", Hold: "puts the call on hold", Resume: "takes it back from hold",
  SendDigits: "presses keys", CollectDigits: "asks for keys", Goodbye: "hangs up", AddText: "whispers to the agent",
  Instruct: "instructs the agent anew", Respond: null, Flush: null, Join: null, PlayMusic: null,
};

function ordered(is) {
  const words = is.order in ORDERS ? ORDERS[is.order] : is.order.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words && `${is.by}: ${words}`;
}

const DOINGS = {
  Answered: () => "answered",
  ToolCalled: (is) => `function ${is.name}(${is.arguments})`,
  ToolReturned: (is) => `function returned ${is.output}`,
  Digit: (is) => `key ${is.digit}`,
  Held: (is) => (is.ours ? "on hold" : "put us on hold"),
  Resumed: () => "back from hold",
  SessionReady: (is) => `model ${is.model} of ${is.provider} is ready`,
  SessionInterrupted: (is) => `the model is lost: ${is.code}`,
  SessionLost: (is) => `no model can be had: ${is.code}`,
  SessionFault: (is) => `the model complains: ${is.code} ${is.message}`,
  ResponseOverdue: () => "the answer is overdue",
  TransferBegan: (is) => `transfer to ${is.target}`,
  TransferEnded: (is) => `transfer to ${is.target}: ${is.outcome}`,
  RecordingChanged: (is) => `recording ${is.to}`,
  OutsideOrder: ordered,
  AddText: (is) => `the agent is told: ${is.text}`,
  Instruct: (is) => `new instructions: ${is.instructions}`,
  Lost: (is) => `${is.lines ?? "some"} events are missing here`,
};

/** Return what is known after one more event. */
export function after(talk, kind, event) {
  const is = event.is ?? event;
  const next = { ...talk };
  const text = DOINGS[kind]?.(is);
  if (text) next.doings = [...talk.doings, { at: event.at, text }];
  if (kind === "CallerSaid" || kind === "AgentSaid" || kind === "AgentWrote") {
    const who = kind === "CallerSaid" ? "caller" : "agent";
    next.lines = [...talk.lines, { who, item: is.item_id, text: is.text, at: event.at, cut: false }];
  }
  if (kind === "Flushed") next.lines = talk.lines.map((line) => cut(line, is));
  if (kind === "CallerStartedSpeaking") next.floor = "caller";
  if (kind === "PlaybackStarted") next.floor = "agent";
  if (kind === "CallerStoppedSpeaking" || kind === "Played" || kind === "Flushed") next.floor = talk.floor === (kind === "CallerStoppedSpeaking" ? "caller" : "agent") ? "" : talk.floor;
  if (kind === "CallOver") next.over = is.ending;
  return next;
}

function cut(line, flushed) {
  if (line.who !== "agent") return line;
  if (flushed.unheard?.includes(line.item)) return { ...line, cut: true, heard: 0 };
  if (line.item === flushed.item_id && flushed.remaining_ms > 0) return { ...line, cut: true, heard: flushed.heard_ms };
  return line;
}
