// How figures are written.

/** 75 as 1:15; an hour as 1:00:00. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** A day and time in this browser's own zone. */
export const moment = (iso) => (iso ? new Date(iso).toLocaleString([], { dateStyle: "short", timeStyle: "medium" }) : "");

/** Dollars; nothing where it is not known. */
export const dollars = (usd) => (usd === null || usd === undefined ? "" : `$${usd.toFixed(usd < 1 ? 4 : 2)}`);

/** Milliseconds; nothing where there are none. */
export const ms = (value) => (value === null || value === undefined ? "" : `${Math.round(value)} ms`);

/** Words of a closed set for people: caller_hung_up as "caller hung up". */
export const words = (text) => (text ?? "").replaceAll("_", " ");

/** Somebody who withheld their number. */
export const party = (number) => number || "withheld";
