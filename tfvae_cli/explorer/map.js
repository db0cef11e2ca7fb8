/** The map: a click decodes, a drag makes a path, and keys do the same. */

import { fillLegend } from "./colours.js";
import { nameOf } from "./exported.js";
import { makePlane, nearest } from "./geometry.js";
import { makeView, written } from "./mapview.js";

/** CSS pixels: as near as this to an example means the example, and as far as this is a drag. */
const NEAR = 10;
const MOVED = 5;

/**
 * Makes the map.
 * @param {Object} about explorer.json.
 * @param {Object} state
 * @param {Object} path What a drag sets.
 * @param {function(string): void} say Tells a screen reader.
 * @returns {{draw: function(): void}}
 */
export function makeMap(about, state, path, say) {
  const canvas = document.getElementById("map");
  const plane = makePlane(about.map);
  const places = about.latents.map(plane.toMap);
  const name = (label) => nameOf(about, label);
  const view = makeView(canvas, places, about.labels, name);
  describe(about, name);

  const draw = () => view.draw(plane.toMap(state.z), path.ends?.map(plane.toMap) ?? null);

  /** What a place means: an example where there is one, else the plane's own latent. */
  function pick(place) {
    const { index, distance } = nearest(places, place);
    if (distance > view.distance(NEAR)) return { z: plane.toLatent(place) };
    return { z: about.latents[index], label: about.classes ? about.labels[index] : undefined };
  }

  function show(change) {
    state.show({ ...change, by: "map" });
    const place = plane.toMap(state.z);
    const { index } = nearest(places, place);
    const near = about.labels ? `, nearest example: ${name(about.labels[index])}` : "";
    say(`At ${place.map((entry) => entry.toFixed(2)).join(", ")}${near}`);
  }

  listenToPointer(canvas, {
    begin(place) {
      path.clear();
      show(pick(place));
      return state.z;
    },
    move(from, place) {
      const to = plane.toLatent(place);
      path.stretch(from, to);
      show({ z: to });
    },
    end(from, place) {
      const { z } = pick(place);
      path.set(from, z);
      show({ z });
    },
    toPlace: view.toPlace,
  });
  listenToKeys(canvas, {
    place: () => plane.toMap(state.z),
    move(place, from) {
      const z = plane.toLatent(place);
      if (from) path.stretch(from, z);
      else path.clear();
      show({ z });
    },
    begin: () => state.z,
    end: (from) => path.set(from, state.z),
    drop() {
      path.clear();
      draw();
    },
    half: view.half,
    say,
  });
  state.follow(draw);
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return { draw };
}

function describe(about, name) {
  const { kind, explained } = about.map;
  const share = explained && Math.round(100 * (explained[0] + explained[1]));
  const plane =
    kind === "latents" ? "the latents themselves" : `two principal components, ${share} % of the variance`;
  document.getElementById("map-kind").textContent = `${about.latents.length} encoded examples; ${plane}.`;
  const labels = [...new Set(about.labels ?? [])].sort((a, b) => a - b);
  const names = new Map(labels.map((label) => [label, name(label)]));
  if (!written([...names.values()])) fillLegend(document.getElementById("legend"), names);
}

function listenToPointer(canvas, { begin, move, end, toPlace }) {
  let start = null;
  const placeOf = (event) => toPlace(event.offsetX, event.offsetY);
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    start = { x: event.offsetX, y: event.offsetY, from: begin(placeOf(event)), dragged: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!start || !event.isPrimary) return;
    start.dragged ||= Math.hypot(event.offsetX - start.x, event.offsetY - start.y) > MOVED;
    if (start.dragged) move(start.from, placeOf(event));
  });
  canvas.addEventListener("pointerup", (event) => {
    if (start?.dragged) end(start.from, placeOf(event));
    start = null;
  });
  canvas.addEventListener("pointercancel", () => (start = null));
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function listenToKeys(canvas, { place, move, begin, end, drop, half, say }) {
  let from = null;
  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = half * (event.shiftKey ? 0.2 : 0.04);
      const [u, v] = place();
      move([u + step * arrow[0], v + step * arrow[1]], from);
    } else if (event.key === "Enter" || event.key === " ") {
      if (from) end(from);
      say(from ? "The path ends here." : "A path begins here.");
      from = from ? null : begin();
    } else if (event.key === "Escape") {
      from = null;
      drop();
    } else {
      return;
    }
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => (from = null));
}
