/** A colour for each label: those of the style sheet, which suit light and dark, then others around the circle. */

const NAMED = 10;

/**
 * Gives a label's colour under the present colour scheme.
 * @param {number|undefined} label Undefined where examples have no labels.
 * @returns {string}
 */
export function colourOf(label) {
  const styles = getComputedStyle(document.documentElement);
  if (label === undefined) return styles.getPropertyValue("--accent");
  if (label >= 0 && label < NAMED) return styles.getPropertyValue(`--label-${label}`);
  return `hsl(${(137.5 * label) % 360} 55% 55%)`;
}

/**
 * Lists the labels with their colours.
 * @param {HTMLElement} list
 * @param {Map<number, string>} names
 */
export function fillLegend(list, names) {
  const entries = [...names].map(([label, name]) => {
    const entry = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.style.setProperty("--swatch", label < NAMED ? `var(--label-${label})` : colourOf(label));
    entry.append(swatch, name);
    return entry;
  });
  list.replaceChildren(...entries);
  list.hidden = entries.length === 0;
}
