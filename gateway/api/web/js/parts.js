// Small pieces that several pages have.
import { h } from "preact";
import { useEffect, useRef } from "preact/hooks";
import htm from "htm";

export const html = htm.bind(h);

/** Figures with their names, a card each; those without a value are left out. */
export const Cards = ({ of }) =>
  html`<dl class="cards">${Object.entries(of)
    .filter(([, value]) => value !== "" && value !== null && value !== undefined)
    .map(([name, value]) => html`<div class="card"><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

/** Why something could not be done; nothing where all is well. */
export const Trouble = ({ said }) => html`<div role="alert">${said ? html`<p class="note bad">${said}</p>` : null}</div>`;

/** A table that a narrow screen scrolls. `heads`: names of columns, with a class for figures. */
export const Table = ({ name, heads, children }) =>
  html`<div class="scroll" role="region" aria-label=${name} tabindex="0">
    <table>
      <thead><tr>${heads.map(([head, kind]) => html`<th scope="col" class=${kind ?? ""}>${head}</th>`)}</tr></thead>
      <tbody>${children}</tbody>
    </table>
  </div>`;

/** Lines that can be scrolled, by keys, too; `grows`: the newest are in sight, unless somebody has scrolled up. */
export function Lines({ name, grows, children }) {
  const list = useRef(null);
  const at = useRef({ end: true, top: 0 });
  useEffect(() => {
    if (grows && at.current.end) list.current.scrollTop = list.current.scrollHeight;
  }, [children.length]);
  const scrolled = ({ target: { scrollTop: top, clientHeight, scrollHeight } }) => {
    const end = top + clientHeight > scrollHeight - 20 || (at.current.end && top >= at.current.top);
    at.current = { end, top };
  };
  return html`<ol class="words" ref=${list} tabindex="0" aria-label=${name} aria-live=${grows ? "polite" : "off"} onScroll=${scrolled}>${children}</ol>`;
}

/** A field and a button that send a text. */
export function Sending({ label, button, disabled, onSend }) {
  const send = (event) => {
    event.preventDefault();
    const field = event.target.elements.text;
    if (field.value.trim()) {
      onSend(field.value.trim());
      field.value = "";
    }
  };
  return html`<form onSubmit=${send}>
    <label class="grow">${label}<input name="text" maxlength="4000" autocomplete="off" disabled=${disabled} /></label>
    <button disabled=${disabled}>${button}</button>
  </form>`;
}
