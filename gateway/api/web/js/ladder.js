// A call's SIP messages, where they are kept.
import { useState } from "preact/hooks";
import { ask } from "./api.js";
import { html, Table, Trouble } from "./parts.js";

/** What a message says in a few words: INVITE, or 200 OK (INVITE). */
function said(message) {
  const [first, ...headers] = message.split("\r\n");
  if (!first.startsWith("SIP/2.0 ")) return first.split(" ")[0];
  const cseq = headers.find((line) => /^cseq\s*:/i.test(line)) ?? "";
  return `${first.slice(8)} (${cseq.split(/\s+/).pop()})`;
}

export function Ladder({ id }) {
  const [messages, setMessages] = useState(null);
  const [trouble, setTrouble] = useState("");
  const look = () =>
    ask(`/v1/records/${id}/ladder`).then(
      (found) => (setMessages(found.messages), setTrouble("")),
      (error) => setTrouble(error.message),
    );
  return html`<h2>SIP</h2>
    <button onClick=${look}>Show the messages</button>
    <${Trouble} said=${trouble} />
    ${messages === null ? null : messages.length ? html`<${Messages} messages=${messages} />` : html`<p class="soft">None are kept: the setting <code>sip_messages</code> names a folder for them.</p>`}`;
}

const Messages = ({ messages }) => html`<${Table} name="SIP messages" heads=${[["Time"], ["From the peer"], ["From us"], ["Peer"]]}>${messages.map(
  (one) => html`<tr>
    <td>${one.at.slice(11, 23)}</td>
    <td>${one.in ? html`${said(one.message)} →` : ""}</td>
    <td>${one.in ? "" : html`← ${said(one.message)}`}</td>
    <td>${one.peer} ${one.transport}</td>
  </tr>`,
)}<//>`;
