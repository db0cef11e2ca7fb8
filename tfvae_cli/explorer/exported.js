/** What the export's folder holds: the decoders, and what explorer.json says of the data. */

/**
 * Reads a JSON file of the export.
 * @param {string} name
 * @returns {Promise<Object>}
 */
async function read(name) {
  const response = await fetch(`/export/${name}`);
  if (!response.ok) throw new Error(`${name} can't be read (${response.status}). Is tfvae explore still running?`);
  return response.json();
}

/**
 * Loads the export.
 * @returns {Promise<{about: Object, decoders: string[]}>} explorer.json, and the decoders' files, the plain one first.
 */
export async function loadExport() {
  const [about, manifest] = await Promise.all([read("explorer.json"), read("manifest.json")]);
  const decoders = Object.keys(manifest.files).filter((name) => /^decoder.*\.tflite$/.test(name));
  decoders.sort((a, b) => a.length - b.length || a.localeCompare(b));
  return { about, decoders };
}

/**
 * Names a label.
 * @param {Object} about explorer.json.
 * @param {number} label
 * @returns {string}
 */
export function nameOf(about, label) {
  return about.label_names?.[label] ?? String(label);
}

/**
 * Orders the dimensions, the most active first: by KL where it is known, else by the variance of the means.
 * @param {Object} about explorer.json.
 * @returns {number[]}
 */
export function mostActiveFirst(about) {
  const activity = about.kl ?? about.mean_variance;
  return [...activity.keys()].sort((a, b) => activity[b] - activity[a]);
}
