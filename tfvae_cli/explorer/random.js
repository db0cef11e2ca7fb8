/** Draws from p(z) at a temperature: mean + temperature (draw - mean). */

/**
 * Draws one number of N(0, 1), by Box and Muller.
 * @returns {number}
 */
function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

/**
 * Draws a latent, and says where it shrinks to at temperature 0: of a mixture, the mean of its component.
 * @param {Object} prior {mean, stddev} of independent normals, else {centers, draws} that were made when exporting.
 * @returns {{center: number[], draw: number[]}}
 */
export function drawFrom(prior) {
  if (prior.mean) {
    return { center: prior.mean, draw: prior.mean.map((mean, d) => mean + prior.stddev[d] * normal()) };
  }
  const index = Math.floor(Math.random() * prior.draws.length);
  return { center: prior.centers[index], draw: prior.draws[index] };
}

/**
 * Picks the prior of a label.
 * @param {Object} about explorer.json.
 * @param {number} label
 * @returns {Object}
 */
export function priorOf(about, label) {
  return about.prior[label % about.prior.length];
}

/**
 * Gives the middle of a prior, where the page begins.
 * @param {Object} prior
 * @returns {number[]} The mean, or of draws the first one's center.
 */
export function middleOf(prior) {
  return prior.mean ?? prior.centers[0];
}
