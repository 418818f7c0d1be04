// A live call's sound: the API's endless WAV file, played as it comes, and drawn.

const HEAD = 44;
const LEAD_S = 0.25; // what waits to be played: networks are uneven
const PEAKS_A_SECOND = 20;

/** Listen in; `onPeaks([[caller, agent], ...])` is told how loud both are, 0 to 1. Returns what ends it. */
export function listen(call, onPeaks, onEnd) {
  const stop = new AbortController();
  play(call, stop, onPeaks).then(
    () => onEnd(""),
    (error) => onEnd(stop.signal.aborted ? "" : error.message),
  );
  return () => stop.abort();
}

async function play(call, stop, onPeaks) {
  const answer = await fetch(`/v1/calls/${call}/audio`, { signal: stop.signal });
  if (!answer.ok) throw new Error((await answer.json()).error);
  const audio = new AudioContext();
  const close = () => audio.state !== "closed" && audio.close();
  stop.signal.addEventListener("abort", close);
  const reader = answer.body.getReader();
  let left = new Uint8Array(0);
  let rate = 0;
  let next = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    left = joined(left, value);
    if (!rate) {
      if (left.length < HEAD) continue;
      rate = new DataView(left.buffer, left.byteOffset).getUint32(24, true);
      left = left.slice(HEAD);
    }
    const whole = left.length - (left.length % 4);
    if (!whole) continue;
    const [caller, agent] = sides(left.slice(0, whole));
    left = left.slice(whole);
    next = queue(audio, rate, caller, agent, next);
    onPeaks(peaks(rate, caller, agent));
  }
  await close();
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function sides(bytes) {
  const samples = new Int16Array(bytes.buffer);
  const caller = new Float32Array(samples.length / 2);
  const agent = new Float32Array(samples.length / 2);
  for (let i = 0; i < caller.length; i++) {
    caller[i] = samples[2 * i] / 32768;
    agent[i] = samples[2 * i + 1] / 32768;
  }
  return [caller, agent];
}

function queue(audio, rate, caller, agent, next) {
  const buffer = audio.createBuffer(2, caller.length, rate);
  buffer.copyToChannel(caller, 0);
  buffer.copyToChannel(agent, 1);
  const source = audio.createBufferSource();
  source.buffer = buffer;
  source.connect(audio.destination);
  const at = next > audio.currentTime ? next : audio.currentTime + LEAD_S;
  source.start(at);
  return at + buffer.duration;
}

function peaks(rate, caller, agent) {
  const found = [];
  const step = Math.round(rate / PEAKS_A_SECOND);
  const loudest = (side, from) => side.subarray(from, from + step).reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  for (let from = 0; from < caller.length; from += step) found.push([loudest(caller, from), loudest(agent, from)]);
  return found;
}
