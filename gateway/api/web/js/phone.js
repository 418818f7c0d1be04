// A telephone in the page: the microphone and the loudspeaker of this browser, over WebRTC.
import { ask } from "./api.js";

const GATHERED_WITHIN_MS = 500;

/**
 * Ring `{ number }`, or speak with the caller of `{ take_over: CALL }` in its agent's place. `on` is told
 * { answered: SIP Call-ID } and { ended: why }. Returns what presses keys and hangs up.
 */
export async function ring(whom, on) {
  if (!navigator.mediaDevices) throw new Error("A browser gives its microphone to this machine's own pages and to https alone: open the page as http://127.0.0.1 or http://localhost.");
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const peer = new RTCPeerConnection();
  const speaker = new Audio();
  let over = false;
  let leaving = false; // of the page's own will: whatever the gateway calls that
  const end = (why) => {
    if (over) return;
    over = true;
    for (const track of microphone.getTracks()) track.stop();
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
    if (told.ended) end(leaving ? "hung up" : told.ended);
    else on(told);
  };
  channel.onclose = () => end("the gateway hung up");
  for (const track of microphone.getTracks()) peer.addTrack(track, microphone);
  try {
    await peer.setLocalDescription();
    await gathered(peer);
    const { answer } = await ask("/v1/browser-calls", { method: "POST", body: { offer: peer.localDescription.sdp, ...whom } });
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
  } catch (error) {
    end(error.message);
    throw error;
  }
  const say = (about) => channel.readyState === "open" && channel.send(JSON.stringify(about));
  return {
    press: (keys) => say({ keys }),
    hangUp: () => {
      leaving = true;
      say({ end: true });
      setTimeout(() => end("hung up"), 200);
    },
  };
}

function gathered(peer) {
  if (peer.iceGatheringState === "complete") return null;
  return new Promise((resolve) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve();
    setTimeout(resolve, GATHERED_WITHIN_MS);
  });
}
