/** A row of small pictures, each a button that shows its latent. */

import { draw } from "./picture.js";

/**
 * Makes a strip.
 * @param {HTMLElement} parent
 * @param {string} noun What one is called, for screen readers.
 * @param {Object} about explorer.json.
 * @param {function(number): void} chosen Called with the index of the one that was chosen.
 * @returns {{fill: function(Float32Array[], number, Object): Promise<void>, mark: function(number): void}}
 */
export function makeStrip(parent, noun, about, chosen) {
  let turn = 0;

  function button(index, count) {
    const made = document.createElement("button");
    made.type = "button";
    made.setAttribute("aria-label", `${noun} ${index + 1} of ${count}`);
    made.append(document.createElement("canvas"));
    made.addEventListener("click", () => chosen(index));
    return made;
  }

  return {
    /** Decodes latents into the strip; a later call ends an earlier one. */
    async fill(latents, label, decoder) {
      turn += 1;
      const mine = turn;
      if (parent.children.length !== latents.length) {
        parent.replaceChildren(...latents.map((_, index) => button(index, latents.length)));
      }
      parent.setAttribute("aria-busy", "true");
      for (const [index, z] of latents.entries()) {
        const decoded = await decoder.decode(z, label);
        if (mine !== turn) return;
        draw(parent.children[index].firstChild, decoded, about);
      }
      parent.setAttribute("aria-busy", "false");
    },
    mark(index) {
      [...parent.children].forEach((child, other) => child.setAttribute("aria-pressed", String(other === index)));
    },
  };
}
