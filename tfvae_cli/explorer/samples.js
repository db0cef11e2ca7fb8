/** Random samples at a temperature. */

import { between } from "./geometry.js";
import { drawFrom, middleOf, priorOf } from "./random.js";
import { makeStrip } from "./strip.js";

const COUNT = 8;

/**
 * Makes the samples and their controls.
 * @param {Object} about explorer.json.
 * @param {Object} state
 * @param {function(): Object} decoder Gives the present one.
 * @returns {{refresh: function(): Promise<void>, renew: function(): Promise<void>}}
 */
export function makeSamples(about, state, decoder) {
  const temperature = document.getElementById("temperature");
  const output = document.getElementById("temperature-value");
  const strip = makeStrip(document.getElementById("samples"), "Random sample", about, choose);
  let draws = [];
  let chosen = -1;

  const latent = ({ center, draw }) => between(center, draw, temperature.valueAsNumber);

  function choose(index) {
    chosen = index;
    state.show({ z: latent(draws[index]), by: "samples" });
  }

  function refresh() {
    return strip.fill(draws.map(latent), state.label, decoder());
  }

  function renew() {
    draws = Array.from({ length: COUNT }, () => drawFrom(priorOf(about, state.label)));
    return refresh();
  }

  document.getElementById("random").addEventListener("click", () => {
    renew();
    choose(0);
  });
  document.getElementById("reset").addEventListener("click", () => {
    state.show({ z: middleOf(priorOf(about, state.label)), by: "reset" });
  });
  temperature.addEventListener("input", () => {
    output.textContent = temperature.valueAsNumber.toFixed(2);
    refresh();
    if (chosen >= 0) choose(chosen); // the same draw, nearer to the middle or farther from it
  });
  state.follow(({ by }) => {
    if (by !== "samples") chosen = -1;
    strip.mark(chosen);
  });
  return { refresh, renew };
}
