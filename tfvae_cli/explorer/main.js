/** The page: what is exported, its decoder, and the controls around one state. */

import { hasWebGpu, openDecoder, rateOf } from "./decoder.js";
import { loadExport, nameOf } from "./exported.js";
import { makeMap } from "./map.js";
import { makePath } from "./path.js";
import { draw } from "./picture.js";
import { middleOf, priorOf } from "./random.js";
import { makeSamples } from "./samples.js";
import { makeSliders } from "./sliders.js";
import { makeState } from "./state.js";

const get = (id) => document.getElementById(id);

/** Shows what went wrong, in one line. */
function problem(error) {
  get("problem").textContent = error ? (error.message ?? String(error)) : "";
  get("problem").hidden = !error;
}

/** Tells a screen reader, once the hand rests. */
let saying;
function say(text) {
  clearTimeout(saying);
  saying = setTimeout(() => (get("status").textContent = text), 300);
}

/** Redraws the picture after each change; while one is decoded, of further changes only the last one counts. */
function makePicture(about, state, decoder) {
  let wanted = false;
  let working = false;
  return async function redraw() {
    wanted = true;
    get("picture").setAttribute("aria-busy", "true");
    if (working) return;
    working = true;
    try {
      while (wanted) {
        wanted = false;
        const { z, label } = state;
        draw(get("picture"), await decoder().decode(z, label), about);
        get("picture").dataset.latent = z.join(" ");
      }
    } catch (error) {
      problem(error);
    } finally {
      working = false;
      get("picture").setAttribute("aria-busy", "false");
    }
  };
}

function fill(select, values, names) {
  select.replaceChildren(...values.map((value, index) => new Option(names[index], value)));
}

async function start() {
  const { about, decoders } = await loadExport();
  document.title = `${about.name || "Latent"} explorer`;
  if (about.name) get("name").textContent = about.name;
  fill(get("variant"), decoders, decoders);
  get("variant-field").hidden = decoders.length < 2;
  get("engine-field").hidden = !(await hasWebGpu());

  let decoder;
  const present = () => decoder;
  const state = makeState(middleOf(priorOf(about, 0)), 0);
  const open = async () => {
    get("main").setAttribute("aria-busy", "true");
    const opened = await openDecoder(`/export/${get("variant").value}`, get("engine").value, state.z.length);
    decoder?.close();
    decoder = opened;
    if (opened.accelerator !== get("engine").value) {
      get("engine").value = opened.accelerator;
      problem("WebGPU lacks an operation of this decoder, which runs as WebAssembly.");
    }
    const rate = await rateOf(decoder, state.z, state.label);
    get("rate").textContent = `${Number(rate.toPrecision(2)).toLocaleString("en")} decodes a second`;
    get("main").setAttribute("aria-busy", "false");
  };
  await open();

  const redraw = makePicture(about, state, present);
  const path = makePath(about, state, present);
  const map = makeMap(about, state, path, say);
  const samples = makeSamples(about, state, present);
  makeSliders(about, state);
  state.follow(redraw);

  let inUse = [get("variant").value, get("engine").value];
  const reopen = async () => {
    try {
      problem(null);
      await open();
      inUse = [get("variant").value, get("engine").value];
    } catch (error) {
      [get("variant").value, get("engine").value] = inUse;
      get("main").setAttribute("aria-busy", "false");
      problem(error);
    }
    await Promise.all([redraw(), samples.refresh(), path.refresh()]);
  };
  get("variant").addEventListener("change", reopen);
  get("engine").addEventListener("change", reopen);

  if (about.classes) {
    const labels = [...Array(about.classes).keys()];
    fill(get("label"), labels, labels.map((label) => nameOf(about, label)));
    get("label-field").hidden = false;
    get("label").addEventListener("change", () => state.show({ label: Number(get("label").value), by: "label" }));
    state.follow(({ label }) => {
      if (Number(get("label").value) === label && get("label").dataset.shown === String(label)) return;
      get("label").value = label;
      get("label").dataset.shown = label;
      samples.refresh();
      path.refresh();
    });
  }
  map.draw();
  await Promise.all([redraw(), samples.renew()]);
}

start().catch((error) => {
  get("main").setAttribute("aria-busy", "false");
  problem(error);
});
