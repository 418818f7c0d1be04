// A telephone in the page: the microphone and the loudspeaker of this browser, over WebRTC.
import { ask } from "./api.js";

const GATHERED_WITHIN_MS = 500;

/**
 * Ring `{ number }`, or speak with the caller of `{ take_over: CALL }` in its agent's place. `on` is told
 * { answered: SIP Call-ID } and { ended: why }. Returns what presses keys and hangs up.
 */
export async function ring(whom, on) {
  if (!navigator.mediaDevices) throw new Error("A browser gives its microphone to this machine's own pages and to https alone: open the page as http://127.0.0.1 or http://localhost.");
  let microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const peer = new RTCPeerConnection();
  const speaker = new Audio();
  let over = false;
  let leaving = ""; // of the page's own will, and why: whatever the gateway calls that
  const silence = () => microphone.getTracks().forEach((track) => track.stop());
  const end = (why) => {
    if (over) return;
    over = true;
    removeEventListener("pagehide", leave);
    silence();
    speaker.pause();
    peer.close();
    on({ ended: why });
  };
  peer.ontrack = ({ streams, track }) => {
    speaker.srcObject = streams[0] ?? new MediaStream([track]);
    speaker.play();
  };
  peer.onconnectionstatechange = () => peer.connectionState === "failed" && end("the connection failed");
  const channel = peer.createDataChannel("gateway");
  channel.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    if (told.ended) end(leaving || told.ended);
    else on(told);
  };
  channel.onclose = () => end("the gateway hung up");
  const say = (about) => channel.readyState === "open" && channel.send(JSON.stringify(about));
  const hangUp = (why) => {
    leaving = why;
    say({ end: true });
    setTimeout(() => end(why), 200);
  };
  const leave = () => hangUp("hung up");
  const another = async () => {
    try {
      microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
      await sender.replaceTrack(track());
    } catch {
      silence();
      hangUp("the microphone is gone");
    }
  };
  const track = () => {
    const [one] = microphone.getAudioTracks();
    one.onended = another; // it was unplugged, or taken from the page
    return one;
  };
  const sender = peer.addTrack(track(), microphone);
  addEventListener("pagehide", leave); // the page is left or loaded again: nobody is here any more
  try {
    await peer.setLocalDescription();
    await gathered(peer);
    const { answer } = await ask("/v1/browser-calls", { method: "POST", body: { offer: peer.localDescription.sdp, ...whom } });
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
  } catch (error) {
    end(error.message);
    throw error;
  }
  return { press: (keys) => say({ keys }), hangUp: leave };
}

function gathered(peer) {
  if (peer.iceGatheringState === "complete") return null;
  return new Promise((resolve) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
    setTimeout(resolve, GATHERED_WITHIN_MS);
  });
}
