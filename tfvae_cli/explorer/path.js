/** The straight path between two latents: its steps as pictures, and a slider along it. */

import { between } from "./geometry.js";
import { makeStrip } from "./strip.js";

const STEPS = 9;

/**
 * Makes the path, of which there is none at first.
 * @param {Object} about explorer.json.
 * @param {Object} state
 * @param {function(): Object} decoder Gives the present one.
 * @returns {{ends: Array<Float32Array>|null, set: function, stretch: function, clear: function, refresh: function}}
 */
export function makePath(about, state, decoder) {
  const panel = document.getElementById("path");
  const along = document.getElementById("along");
  const output = document.getElementById("along-value");
  const strip = makeStrip(document.getElementById("steps"), "Step", about, (step) => go(step / (STEPS - 1)));

  function go(t) {
    along.value = t;
    state.show({ z: between(...path.ends, t), by: "along" });
  }

  along.addEventListener("input", () => go(along.valueAsNumber));
  state.follow(({ by }) => {
    if (by === "along") output.textContent = along.valueAsNumber.toFixed(2);
    const step = along.valueAsNumber * (STEPS - 1);
    strip.mark(by === "along" && Math.abs(step - Math.round(step)) < 1e-6 ? Math.round(step) : -1);
  });

  const path = {
    ends: null,
    /** Has the path end there while a drag goes on. */
    stretch(from, to) {
      path.ends = [from, to];
    },
    /** Sets the path and shows its pictures. */
    set(from, to) {
      path.ends = [from, to];
      panel.hidden = false;
      along.value = 1;
      output.textContent = "1.00";
      path.refresh();
    },
    clear() {
      path.ends = null;
      panel.hidden = true;
    },
    /** Decodes the steps again, by another decoder or for another label. */
    refresh() {
      if (!path.ends || panel.hidden) return Promise.resolve();
      const steps = Array.from({ length: STEPS }, (_, step) => between(...path.ends, step / (STEPS - 1)));
      return strip.fill(steps, state.label, decoder());
    },
  };
  return path;
}
