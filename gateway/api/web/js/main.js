// The console: three pages, each at an address of its own behind #, so that "back" and bookmarks work.
import { render } from "preact";
import { signal } from "@preact/signals";
import { html } from "./parts.js";
import { Now } from "./now.js";
import { LiveCall } from "./call.js";
import { Before } from "./before.js";
import { Record } from "./record.js";
import { Numbers } from "./numbers.js";

const PAGES = [
  ["now", "Now"],
  ["before", "Before"],
  ["numbers", "Numbers"],
];
const place = signal(read());

function read() {
  const [page, id] = location.hash.replace(/^#\/?/, "").split("/");
  return { page: PAGES.some(([name]) => name === page) ? page : "now", id: id || "" };
}

function Page({ page, id }) {
  if (page === "before") return id ? html`<${Record} id=${id} key=${id} />` : html`<${Before} />`;
  if (page === "numbers") return html`<${Numbers} />`;
  return id ? html`<${LiveCall} id=${id} key=${id} />` : html`<${Now} />`;
}

const Console = () => html`
  <a class="skip" href="#main" onClick=${(event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  }}>To the page</a>
  <header>
    <strong>Voice gateway</strong>
    <nav aria-label="Pages">${PAGES.map(
      ([name, title]) => html`<a href="#/${name}" aria-current=${place.value.page === name ? "page" : null}>${title}</a>`,
    )}</nav>
    <a href="/docs">API</a>
  </header>
  <main id="main" tabindex="-1"><${Page} ...${place.value} /></main>`;

addEventListener("hashchange", () => {
  place.value = read();
  document.title = PAGES.find(([name]) => name === place.value.page)[1];
});
const root = document.getElementById("console");
root.replaceChildren();
render(html`<${Console} />`, root);
