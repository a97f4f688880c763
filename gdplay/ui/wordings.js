/** A scene's words, which stand over Plotly's chart, written into a picture of that chart. */

/** What Plotly's pictures in SVG begin with. */
const AS_SVG = 'data:image/svg+xml,';

/**
 * Return a picture of a scene with what is written over it; any other chart's as it is.
 * @param {HTMLElement} plot
 * @param {string} url of the picture, as Plotly made it
 * @param {number} scale how many times as fine as the screen it is
 * @returns {Promise<string>}
 */
export async function withWords(plot, url, scale) {
  const words = plot.parentElement?.querySelector('.gd-words3');
  if (!words) return url;
  const { fill, fontFamily } = getComputedStyle(words);
  const texts = [...words.querySelectorAll('text')];
  if (!url.startsWith(AS_SVG)) return onCanvas(await imageAt(url), texts, scale, fill, fontFamily);
  const looks = { fill, 'font-family': fontFamily, 'text-anchor': 'middle' };
  const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  for (const [name, look] of Object.entries(looks)) group.setAttribute(name, look);
  group.append(...texts.map(centred));
  const written = new XMLSerializer().serializeToString(group);
  const svg = decodeURIComponent(url.slice(AS_SVG.length));
  return AS_SVG + encodeURIComponent(svg.replace(/<\/svg>\s*$/, `${written}</svg>`));
}

/**
 * Return a copy of a text that programs without CSS put at the same height.
 * @param {SVGTextElement} text
 */
function centred(text) {
  const copy = /** @type {SVGTextElement} */ (text.cloneNode(true));
  copy.setAttribute('dy', '0.35em');
  return copy;
}

/** @param {string} url */
async function imageAt(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/**
 * Return an image with texts on it, as a PNG.
 * @param {HTMLImageElement} image
 * @param {SVGTextElement[]} texts
 * @param {number} scale
 * @param {string} fillStyle
 * @param {string} font
 */
function onCanvas(image, texts, scale, fillStyle, font) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.drawImage(image, 0, 0);
  context.scale(scale, scale);
  Object.assign(context, { textAlign: 'center', textBaseline: 'middle', fillStyle });
  for (const text of texts) {
    context.font = `${text.getAttribute('font-size')}px ${font}`;
    const [x, y] = ['x', 'y'].map((name) => Number(text.getAttribute(name)));
    context.fillText(text.textContent ?? '', x, y);
  }
  return canvas.toDataURL('image/png');
}
