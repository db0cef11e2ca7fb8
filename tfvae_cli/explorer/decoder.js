/** The exported decoder, run by LiteRT.js. */

import { Tensor, loadAndCompile, loadLiteRt } from "@litertjs/core";

let runtime;

/** The runtime tells all that it does on stderr, which a browser would show as errors. */
function log(line) {
  if (/^(VERBOSE|DEBUG|INFO)\b/.test(line)) console.debug(line);
  else if (/^WARNING\b/.test(line)) console.warn(line);
  else console.error(line);
}

function load() {
  self.Module = { printErr: log }; // which LiteRT.js hands to the WebAssembly's own loader
  return loadLiteRt("/packages/@litertjs/core/wasm/");
}

/** One after another: LiteRT.js has one WebAssembly memory, and a model in it one set of buffers. */
let last = Promise.resolve();
function inTurn(work) {
  const result = last.then(work);
  last = result.catch(() => {});
  return result;
}

/**
 * Whether this browser has a GPU for WebGPU.
 * @returns {Promise<boolean>}
 */
export async function hasWebGpu() {
  return Boolean(await navigator.gpu?.requestAdapter().catch(() => null));
}

/**
 * @typedef {{values: ArrayLike<number>, dtype: string}} Decoded The mean of p(x|z), [H * W * C].
 */

/**
 * Compiles a decoder.
 * @param {string} url Of the .tflite file.
 * @param {"wasm"|"webgpu"} accelerator
 * @param {number} size Numbers of one latent, D.
 * @returns {Promise<{accelerator: string, decode: function(ArrayLike<number>, number): Promise<Decoded>,
 *   close: function(): void}>}
 */
export async function openDecoder(url, accelerator, size) {
  runtime ??= load();
  await runtime;
  const model = await inTurn(() => loadAndCompile(url, { accelerator }));
  const inputs = model.getInputDetails();
  const latent = inputs.find((input) => input.name === "latent") ?? inputs[0];
  const condition = inputs.find((input) => input !== latent);
  const count = latent.shape.reduce((product, side) => product * side, 1);
  if (count % size) {
    model.delete();
    throw new Error(`${url} takes ${count} numbers, and explorer.json is of ${size} dimensions. Export again.`);
  }

  /** Decodes one latent; of a batch of several, the first row is used. */
  async function decode(z, label) {
    const values = new Float32Array(count);
    values.set(z);
    const given = { [latent.name]: new Tensor(values, latent.shape) };
    if (condition) {
      const kind = condition.dtype === "int32" ? Int32Array : Float32Array;
      const labels = new kind(condition.shape.reduce((product, side) => product * side, 1)).fill(label);
      given[condition.name] = new Tensor(labels, condition.shape);
    }
    const results = await model.run(given);
    try {
      const mean = results.mean ?? Object.values(results)[0];
      const all = await mean.data();
      return { values: all.slice(0, (all.length * size) / count), dtype: mean.type.dtype };
    } finally {
      for (const tensor of [...Object.values(given), ...Object.values(results)]) {
        if (!tensor.deleted) tensor.delete();
      }
    }
  }

  return {
    accelerator: model.options.accelerator, // LiteRT.js takes another where it must
    decode: (z, label) => inTurn(() => decode(z, label)),
    close: () => inTurn(() => model.delete()),
  };
}

/**
 * Measures decodes a second, by as many as fit into about a tenth of a second.
 * @param {{decode: function}} decoder
 * @param {ArrayLike<number>} z
 * @param {number} label
 * @returns {Promise<number>}
 */
export async function rateOf(decoder, z, label) {
  await decoder.decode(z, label);
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 100) {
    await decoder.decode(z, label);
    count += 1;
  }
  return (1000 * count) / (performance.now() - start);
}
