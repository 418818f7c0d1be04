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

/** Hear events of these kinds until the function that is returned is called; a break is mended by itself. */
export function hear(path, kinds, on) {
  const source = new EventSource(path);
  for (const kind of kinds) source.addEventListener(kind, (event) => on(kind, JSON.parse(event.data)));
  return () => source.close();
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
