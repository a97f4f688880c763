/** The app's colours and font: read from the page, and laid over a figure. */

/**
 * Return the app's colours and font, and an `id` that changes when any of them does.
 * @param {HTMLElement} element
 * @returns {Theme}
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  /** @param {string} name */
  const read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const theme = {
    page: read('background-color'),
    text: read('text-color'),
    quiet: read('gray-text-color') || read('text-color'),
    line: read('border-color'),
    faint: read('border-color-light') || read('border-color'),
    card: read('secondary-background-color'),
    accent: read('primary-color'),
    font: read('font') || 'sans-serif',
  };
  return { ...theme, id: Object.values(theme).join('|') };
}

/**
 * Return a figure's template with the theme laid over it; what the figure sets itself wins.
 * @param {Layout['template']} template
 * @param {Theme} theme
 */
export function dressed(template, theme) {
  return { ...template, layout: merge(template?.layout ?? {}, themeLayout(theme)) };
}

/**
 * Return the part of a layout that the theme decides.
 * @param {Theme} theme
 */
function themeLayout({ page, text, quiet, line, faint, card, accent, font }) {
  const clear = 'rgba(0,0,0,0)';
  const axis = {
    gridcolor: faint,
    linecolor: line,
    zerolinecolor: line,
    tickcolor: line,
    tickfont: { color: quiet },
    title: { font: { color: text } },
  };
  const solid = opaque(line, page);
  const wall = {
    ...axis,
    gridcolor: solid,
    linecolor: solid,
    zerolinecolor: solid,
    spikecolor: quiet,
    showbackground: false,
  };
  return {
    font: { family: font, color: text },
    paper_bgcolor: clear,
    plot_bgcolor: clear,
    xaxis: axis,
    yaxis: axis,
    scene: { bgcolor: clear, xaxis: wall, yaxis: wall, zaxis: wall },
    legend: { bgcolor: clear, font: { color: text } },
    hoverlabel: { bgcolor: card, bordercolor: line, font: { color: text, family: font } },
    modebar: { bgcolor: clear, color: quiet, activecolor: accent },
  };
}

/**
 * Return a colour laid over another as an opaque one: scenes blend transparent lines wrongly.
 * @param {string} colour
 * @param {string} ground
 */
function opaque(colour, ground) {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return colour;
  for (const fill of [ground, colour]) {
    context.fillStyle = fill;
    context.fillRect(0, 0, 1, 1);
  }
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

/** @typedef {{ [name: string]: unknown }} Plain */

/**
 * Return two plain objects merged, deeply; `over` wins.
 * @param {object} under
 * @param {object} over
 */
function merge(under, over) {
  /** @type {Plain} */
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isPlainObject(value) ? merge(merged[key] ?? {}, value) : value;
  }
  return merged;
}

/**
 * @param {unknown} value
 * @returns {value is Plain}
 */
function isPlainObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
