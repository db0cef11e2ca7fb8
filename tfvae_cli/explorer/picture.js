/** A decoded image on a canvas, one canvas pixel for each of its own; the style sheet enlarges it. */

/**
 * Draws an image.
 * @param {HTMLCanvasElement} canvas
 * @param {{values: ArrayLike<number>, dtype: string}} decoded
 * @param {{image_shape: number[], value_range: number[]}} about What is black and white; uint8 output is 0 to 255.
 */
export function draw(canvas, { values, dtype }, { image_shape: [height, width, channels], value_range: range }) {
  const [low, high] = dtype === "uint8" ? [0, 255] : range;
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = values[pixel * channels + Math.min(channel, channels - 1)];
      image.data[4 * pixel + channel] = Math.round((255 * (value - low)) / (high - low)); // it clamps
    }
    image.data[4 * pixel + 3] = 255;
  }
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
