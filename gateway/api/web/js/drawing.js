// What is drawn: both waveforms of a live call, and how its line is.
import { useEffect, useRef } from "preact/hooks";
import { html } from "./parts.js";

const SHOWN = 300; // peaks: fifteen seconds
const TALL = 160; // pixels of the chart
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Two rows of bars, the caller above; `peaks` is a list that grows, `changed` anything that changes with it. */
export function Waveforms({ peaks, changed }) {
  const canvas = useRef(null);
  useEffect(() => {
    const { width, height } = canvas.current.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    canvas.current.width = width * scale;
    canvas.current.height = height * scale;
    const pen = canvas.current.getContext("2d");
    pen.scale(scale, scale);
    const step = width / SHOWN;
    const shown = peaks.slice(-SHOWN);
    const first = SHOWN - shown.length;
    for (const [side, name] of [[0, "--caller"], [1, "--agent"]]) {
      pen.fillStyle = color(name);
      const middle = (height * (2 * side + 1)) / 4;
      shown.forEach((one, index) => {
        const tall = Math.max(1, one[side] * (height / 2 - 4));
        pen.fillRect((first + index) * step, middle - tall / 2, Math.max(1, step - 0.5), tall);
      });
    }
  }, [changed]);
  return html`<canvas ref=${canvas} role="img" aria-label="Loudness of the caller (above) and of what they are sent (below)"></canvas>`;
}

let library = null;

function loaded() {
  library ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "/web/vendor/uplot-1.6.32/uPlot.min.css";
    const script = document.createElement("script");
    script.src = "/web/vendor/uplot-1.6.32/uPlot.iife.min.js";
    script.onload = () => resolve(window.uPlot);
    script.onerror = () => reject(new Error("the chart cannot be loaded"));
    document.head.append(style, script);
  });
  return library;
}

/** Jitter and MOS over time; `rows` is [seconds], [ms], [MOS]. */
export function LineChart({ rows, changed }) {
  const box = useRef(null);
  const plot = useRef(null);
  useEffect(() => {
    let gone = false;
    const fit = () => box.current && plot.current?.setSize({ width: box.current.clientWidth, height: TALL });
    const watching = new ResizeObserver(fit);
    watching.observe(box.current);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => plot.current?.redraw(false);
    scheme.addEventListener("change", repaint);
    loaded().then((UPlot) => {
      if (gone) return;
      const drawn = (name) => () => color(name); // anew each time: light and dark may change
      const grid = { stroke: drawn("--line"), width: 1 };
      const axis = { stroke: drawn("--soft"), grid, ticks: grid };
      plot.current = new UPlot(
        {
          width: box.current.clientWidth,
          height: TALL,
          cursor: { show: false },
          legend: { live: false },
          scales: { x: { time: false }, y: { range: (_plot, _least, most) => [0, Math.max(20, most)] }, mos: { range: [1, 5] } },
          axes: [axis, { ...axis, size: 45 }, { ...axis, side: 1, scale: "mos", size: 30, grid: { show: false } }],
          series: [{ label: "s" }, { label: "jitter, ms", stroke: drawn("--caller"), points: { show: false } }, { label: "MOS", scale: "mos", stroke: drawn("--agent"), points: { show: false } }],
        },
        rows,
        box.current,
      );
    });
    return () => {
      gone = true;
      watching.disconnect();
      scheme.removeEventListener("change", repaint);
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(rows), [changed]);
  return html`<div ref=${box} class="chart" role="img" aria-label="Jitter and MOS over time"></div>`;
}
