/** A slider for each latent dimension, the most active first; the less active are folded away. */

import { mostActiveFirst } from "./exported.js";

const SHOWN = 8;

/**
 * Gives the ends of a dimension's slider: what the data and the prior reach, on whole steps.
 * @param {Object} about explorer.json.
 * @param {number} d
 * @returns {{low: number, high: number, step: number}}
 */
export function rangeOf(about, d) {
  const ends = [about.mean[d] - 4 * about.stddev[d], about.mean[d] + 4 * about.stddev[d]];
  for (const prior of about.prior) {
    if (prior.mean) ends.push(prior.mean[d] - 3 * prior.stddev[d], prior.mean[d] + 3 * prior.stddev[d]);
    else for (const draw of prior.draws) ends.push(draw[d]);
  }
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const step = 10 ** Math.floor(Math.log10((high - low || 1) / 100));
  const whole = (steps) => Number((steps * step).toPrecision(12));
  return { low: whole(Math.floor(low / step)), high: whole(Math.ceil(high / step)), step };
}

/**
 * Makes the sliders.
 * @param {Object} about explorer.json.
 * @param {Object} state
 */
export function makeSliders(about, state) {
  const parent = document.getElementById("sliders");
  const activity = about.kl ?? about.mean_variance;
  const order = mostActiveFirst(about);
  const greatest = activity[order[0]] || 1;
  const rows = order.map((d) => {
    const { low, high, step } = rangeOf(about, d);
    const row = document.createElement("label");
    row.className = "dimension";
    const name = document.createElement("span");
    name.textContent = `z ${d + 1}`;
    const share = document.createElement("div");
    share.className = "share";
    share.style.setProperty("--share", `${Math.round((100 * activity[d]) / greatest)}%`);
    share.title = about.kl ? `${activity[d].toFixed(2)} nats` : `variance ${activity[d].toPrecision(2)}`;
    name.append(share);
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: low, max: high, step, value: state.z[d], id: `z-${d}` });
    input.setAttribute("aria-label", `Dimension ${d + 1}`);
    const output = document.createElement("output");
    output.htmlFor = input.id;
    input.addEventListener("input", () => {
      const z = Float32Array.from(state.z);
      z[d] = input.valueAsNumber;
      state.show({ z, by: input.id });
    });
    row.append(name, input, output);
    return { d, row, input, output };
  });
  parent.append(...rows.map(({ row }) => row));
  foldAway(rows);

  function follow({ z, by }) {
    for (const { d, input, output } of rows) {
      if (by !== input.id) input.value = z[d];
      output.textContent = z[d].toFixed(2);
      input.setAttribute("aria-valuetext", z[d].toFixed(2));
    }
  }
  state.follow(follow);
  follow(state);
  document.getElementById("dimensions-order").textContent = about.kl
    ? "Ordered by mean KL, what each tells of a picture."
    : "Ordered by the variance of the encoder's mean.";
}

function foldAway(rows) {
  const more = document.getElementById("more");
  const show = (all) => {
    rows.slice(SHOWN).forEach(({ row }) => (row.hidden = !all));
    more.setAttribute("aria-expanded", String(all));
    more.textContent = all ? `Show the ${SHOWN} most active` : `Show all ${rows.length}`;
  };
  more.hidden = rows.length <= SHOWN + 1;
  if (!more.hidden) show(false);
  more.addEventListener("click", () => show(more.getAttribute("aria-expanded") === "false"));
}
