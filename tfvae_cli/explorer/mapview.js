/** The map's drawing: the encoded examples, where the picture is, and the path. */

import { colourOf } from "./colours.js";
import { fit } from "./geometry.js";

/** Names of up to so many characters are drawn in the place of dots, so that colour isn't all that tells them apart. */
const SHORT = 2;

/**
 * Whether labels are written on the map.
 * @param {string[]} names
 * @returns {boolean}
 */
export function written(names) {
  return names.every((name) => name.length <= SHORT);
}

/**
 * Makes the drawing of a map.
 * @param {HTMLCanvasElement} canvas
 * @param {number[][]} places Of the examples, in the map's units.
 * @param {number[]|null} labels
 * @param {function(number): string} nameOf
 * @returns {{half: number, toPlace: function(number, number): number[], distance: function(number): number,
 *   draw: function(number[], number[][]|null): void}}
 */
export function makeView(canvas, places, labels, nameOf) {
  const { middle, half } = fit(places);
  const letters = labels !== null && written(labels.map(nameOf));
  const context = canvas.getContext("2d");
  /** Side in CSS pixels of the square that is drawn in, the map being as wide as there is room. */
  const side = () => Math.min(canvas.clientWidth, canvas.clientHeight);
  const toScreen = ([u, v]) => [
    canvas.clientWidth / 2 + ((u - middle[0]) / half) * (side() / 2),
    canvas.clientHeight / 2 - ((v - middle[1]) / half) * (side() / 2),
  ];

  function drawExamples() {
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    places.forEach((place, index) => {
      const [x, y] = toScreen(place);
      context.fillStyle = colourOf(labels?.[index]);
      if (letters) {
        context.fillText(nameOf(labels[index]), x, y);
      } else {
        context.beginPath();
        context.arc(x, y, 3, 0, 2 * Math.PI);
        context.fill();
      }
    });
  }

  function drawCross() {
    const [x, y] = toScreen([0, 0]);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, canvas.clientHeight);
    context.moveTo(0, y);
    context.lineTo(canvas.clientWidth, y);
    stroke("--line", 1);
  }

  function stroke(name, width) {
    context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
    context.lineWidth = width;
    context.stroke();
  }

  function ring(place, radius) {
    const [x, y] = toScreen(place);
    const inside = (value, size) => Math.min(Math.max(value, radius), size - radius);
    context.beginPath();
    context.arc(inside(x, canvas.clientWidth), inside(y, canvas.clientHeight), radius, 0, 2 * Math.PI);
    stroke("--card", 5);
    stroke("--marker", 2);
  }

  return {
    half,
    /** From CSS pixels to the map's units. */
    toPlace: (x, y) => [
      middle[0] + ((x - canvas.clientWidth / 2) / (side() / 2)) * half,
      middle[1] - ((y - canvas.clientHeight / 2) / (side() / 2)) * half,
    ],
    /** From CSS pixels to the map's units, of a length. */
    distance: (pixels) => (pixels / (side() / 2)) * half,
    /** Draws all: where the picture is, and the ends of a path or null. */
    draw(marker, path) {
      const scale = window.devicePixelRatio || 1;
      canvas.width = Math.round(canvas.clientWidth * scale);
      canvas.height = Math.round(canvas.clientHeight * scale);
      context.setTransform(scale, 0, 0, scale, 0, 0);
      drawCross();
      drawExamples();
      if (path) {
        context.beginPath();
        context.moveTo(...toScreen(path[0]));
        context.lineTo(...toScreen(path[1]));
        stroke("--card", 5);
        stroke("--marker", 2);
        ring(path[0], 4);
        ring(path[1], 4);
      }
      ring(marker, 8);
    },
  };
}
