/** Between the latent space and the map's plane: z = center + u axes_1 + v axes_2. */

/**
 * Makes the two directions of the map.
 * @param {{center: number[], axes: number[][]}} plane Orthonormal axes.
 * @returns {{toMap: function(ArrayLike<number>): number[], toLatent: function(number[]): Float32Array}}
 */
export function makePlane({ center, axes }) {
  return {
    toMap: (z) => axes.map((axis) => axis.reduce((sum, entry, d) => sum + entry * (z[d] - center[d]), 0)),
    toLatent: ([u, v]) => Float32Array.from(center, (entry, d) => entry + u * axes[0][d] + v * axes[1][d]),
  };
}

/**
 * Goes a part of the straight way between two latents.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} t 0 gives `a`, 1 gives `b`, both exactly.
 * @returns {Float32Array}
 */
export function between(a, b, t) {
  return Float32Array.from(a, (entry, d) => (1 - t) * entry + t * b[d]);
}

/**
 * Fits points into a square view, with one scale for both axes.
 * @param {number[][]} points Places on the map.
 * @returns {{middle: number[], half: number}} The view's middle, and half its side.
 */
export function fit(points) {
  const sides = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const half = Math.max(...sides.map(([low, high]) => (high - low) / 2));
  return { middle: sides.map(([low, high]) => (low + high) / 2), half: 1.08 * half || 1 };
}

/**
 * Finds the nearest of some places.
 * @param {number[][]} points
 * @param {number[]} place
 * @returns {{index: number, distance: number}}
 */
export function nearest(points, place) {
  let found = { index: -1, distance: Infinity };
  points.forEach((point, index) => {
    const distance = Math.hypot(point[0] - place[0], point[1] - place[1]);
    if (distance < found.distance) found = { index, distance };
  });
  return found;
}
