// The control API, as any other program would ask it: the page has no way of its own.

/** Ask for something; resolves to the answer, null where there is none. Rejects with the API's own words. */
export async function ask(path, { method = "GET", body } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The gateway's API does not answer.");
  }
  const text = await answer.text();
  if (answer.ok) return text ? JSON.parse(text) : null;
  let why = `${answer.status}`;
  try {
    why = JSON.parse(text).error;
  } catch {
    // not the API's own answer: a proxy's
  }
  const error = new Error(answer.status === 401 ? "This browser is not let in any more: open a new address, from gateway token link." : why);
  error.status = answer.status;
  throw error;
}

/** Order something of a call. */
export const order = (call, what, body) => ask(`/v1/calls/${call}/${what}`, { method: "POST", body });

/**
 * Hear events of these kinds until the function that is returned is called; a break is mended by itself. While
 * nobody looks at the page they wait: a browser has six connections to one address, for all its tabs.
 */
export function hear(path, kinds, on) {
  let source = null;
  let last = "";
  const leave = () => {
    source?.close();
    source = null;
  };
  const look = () => {
    if (document.visibilityState !== "visible") return leave();
    if (source) return null;
    const from = new URL(path, location);
    if (last) from.searchParams.set("after", last);
    source = new EventSource(from);
    const told = (kind) => (event) => {
      last = event.lastEventId;
      on(kind, JSON.parse(event.data));
    };
    for (const kind of kinds) source.addEventListener(kind, told(kind));
    return null;
  };
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    leave();
  };
}

/** Do something now and every so many milliseconds while the page is looked at; returns what ends it. */
export function every(ms, work) {
  const look = () => document.visibilityState === "visible" && work();
  look();
  const timer = setInterval(look, ms);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
