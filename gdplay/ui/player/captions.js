/** The words in a scene, on the screen: ticks, titles and marks over Plotly's chart. */

import { withWords } from '../wordings.js';
import { contextOf } from './ink.js';
import { lettered, roundTicks, SIZES, tickText } from './lettering.js';
import { placesIn, readLines } from './lines.js';
import { groundOf, onScreen, readCamera } from './scene.js';

/** @type {('xaxis' | 'yaxis' | 'zaxis')[]} */
const SIDES = ['xaxis', 'yaxis', 'zaxis'];
/** A camera that has not moved for so many frames rests. */
const AT_REST = 40;
/** So many points of a path are kept free of words, about. */
const POINTS = 150;

/**
 * Take from a scene that Plotly is to draw what is written here; its grid stands at our ticks.
 * @param {SceneLayout} scene
 */
export function leaveWords(scene) {
  for (const name of SIDES) {
    const side = scene[name];
    side.tickvals = ticksOf(side);
    side.showticklabels = false;
    side.title = { ...side.title, text: '' };
  }
  scene.annotations = [];
}

/**
 * Return the ticks of a scene's axis.
 * @param {PlotAxis} axis
 */
function ticksOf({ tickvals, range }) {
  return tickvals ?? (range ? roundTicks(range) : []);
}

/**
 * Return what is written along the axes of a scene, and how wide texts are.
 * @param {SceneLayout} scene as it came
 * @param {Theme} theme
 * @returns {Pick<Lettering, 'axes' | 'measure'>}
 */
export function writingOf(scene, { font }) {
  const axes = SIDES.map((name) => {
    const side = scene[name];
    const ticks = ticksOf(side).map((value) => ({ at: shareIn(side, value), text: tickText(value) }));
    return { title: unmarked(side.title?.text ?? ''), ticks };
  });
  return { axes, measure: (text, size) => widthOf(text, size, font) };
}

/**
 * Return what a text of Plotly's says: it stands there as markup.
 * @param {string} text
 */
function unmarked(text) {
  return new DOMParser().parseFromString(text, 'text/html').documentElement.textContent ?? '';
}

/**
 * Return where a value stands in a scene's box, -1 to 1.
 * @param {PlotAxis} axis
 * @param {number} value
 */
function shareIn({ range: [from, to] = [-1, 1] }, value) {
  return (2 * (value - from)) / (to - from) - 1;
}

/** @type {Map<string, number>} */
const widths = new Map();

/**
 * Return how wide a text is, in pixels.
 * @param {string} text
 * @param {number} size
 * @param {string} font
 */
function widthOf(text, size, font) {
  const key = `${size} ${text} ${font}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  const context = contextOf(document.createElement('canvas'));
  context.font = `${size}px ${font}`;
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
}

// ---------------------------------------------------------------- on the screen

/**
 * Write what belongs to a panel's scene, where its camera or its figure is another than before.
 *
 * Where the camera cannot be read, Plotly writes instead.
 * @param {State} state
 * @param {Panel} panel
 * @returns {boolean} whether anything was written anew
 */
export function writeWords(state, panel) {
  const figure = state.data.panels[panel.name]?.spec;
  const scene = panel.solid ? figure?.layout.scene : undefined;
  if (!figure || !scene || panel.element.hidden) {
    dropWords(panel);
    return false;
  }
  const camera = readCamera(panel.plot);
  if (!camera) {
    if (panel.written !== BY_PLOTLY) letPlotlyWrite(panel, scene);
    return false;
  }
  const { matrix, box } = camera;
  const wanted = [panel.picture, state.theme.id, matrix, box.width, box.height].join(' ');
  if (wanted === panel.written) return false;
  panel.written = wanted;
  const texts = lettered(letteringOf(camera, figure, scene, state.theme));
  const paper = svgPart('svg', { class: 'gd-words3', 'aria-hidden': 'true' });
  const places = placesIn(figure.data);
  for (const kind of ['casing', 'place']) {
    paper.append(...places.flatMap((each) => shapesOf(camera, scene, each, kind)));
  }
  paper.append(...texts.map(textOf));
  if (panel.words) panel.words.replaceWith(paper);
  else panel.plot.after(paper);
  panel.words = paper;
  return true;
}

/**
 * Take away what was written over a panel's scene.
 * @param {Panel} panel
 */
export function dropWords(panel) {
  panel.words?.remove();
  panel.words = null;
  panel.written = '';
}

const BY_PLOTLY = 'by Plotly';

/**
 * @param {Panel} panel
 * @param {SceneLayout} scene as it came
 */
function letPlotlyWrite(panel, scene) {
  dropWords(panel);
  panel.written = BY_PLOTLY;
  const titles = SIDES.map((name) => [`scene.${name}.title.text`, scene[name].title?.text ?? '']);
  const ticks = SIDES.map((name) => [`scene.${name}.showticklabels`, true]);
  const change = Object.fromEntries([...titles, ...ticks]);
  window.Plotly?.relayout(panel.plot, { ...change, 'scene.annotations': scene.annotations ?? [] });
}

/**
 * Return all that is to be written in a scene.
 * @param {Camera} camera
 * @param {Figure} figure
 * @param {SceneLayout} scene
 * @param {Theme} theme
 * @returns {Lettering}
 */
function letteringOf(camera, figure, scene, theme) {
  const ranges = SIDES.map((name) => /** @type {Interval} */ (scene[name].range ?? [-1, 1]));
  /** @param {number[]} point @returns {Point} */
  const inData = (point) => {
    const [x, y, z] = ranges.map(([from, to], k) => from + ((point[k] + 1) / 2) * (to - from));
    return [x, y, z];
  };
  const [x, y] = [0, 1].map((k) => (shareIn({ range: ranges[k] }, camera.eye[k]) < 0 ? -1 : 1));
  const marks = (scene.annotations ?? []).map((note) => {
    const [right, ahead, up] = [note.x, note.y, note.z].map((v, k) => shareIn({ range: ranges[k] }, v));
    return { text: note.text, at: /** @type {Point} */ ([right, ahead, up]) };
  });
  return {
    place: (point) => onScreen(camera, inData(point)),
    near: [x, y],
    marks,
    busy: pathPixels(camera, figure),
    width: camera.box.width,
    height: camera.box.height,
    ...writingOf(scene, theme),
  };
}

/**
 * Return pixels along a figure's paths, those inside its box.
 * @param {Camera} camera
 * @param {Figure} figure
 */
function pathPixels(camera, figure) {
  const { box } = groundOf(figure);
  return [...readLines(figure.data).values()].flatMap(({ x, y, z, updates }) => {
    if (updates.length < 2) return []; // a mark is no path
    const stride = Math.max(1, (x.length - 1) / POINTS);
    const between = Math.max(1, Math.round(POINTS / x.length));
    const count = Math.floor((x.length - 1) / stride) * between;
    const pixels = Array.from({ length: count }, (_, k) => {
      const [at, share] = [Math.floor(Math.floor(k / between) * stride), (k % between) / between];
      const next = Math.min(at + 1, x.length - 1);
      /** @param {Numbers} values */
      const mixed = (values) => values[at] + share * (values[next] - values[at]);
      return /** @type {Point} */ ([mixed(x), mixed(y), mixed(z)]);
    });
    const inside = pixels.filter((p) => p.every((v, k) => v >= box[k][0] && v <= box[k][1]));
    return inside.map((point) => onScreen(camera, point));
  });
}

/** The marks of places in a scene, about their middle: a ring for a start, a diamond for a minimum. */
const SHAPES = { start: 'M-6.5,0a6.5,6.5 0 1 0 13,0a6.5,6.5 0 1 0-13,0z', minimum: 'M0-9L9,0L0,9L-9,0z' };

/**
 * Return the mark of a place over a scene, or its casing: in the scene itself it would sink into the
 * ground and lie under the paths. None where the place is outside.
 * @param {Camera} camera
 * @param {SceneLayout} scene
 * @param {Place} place
 * @param {string} kind
 */
function shapesOf(camera, scene, { name, at }, kind) {
  if (SIDES.some((side, k) => Math.abs(shareIn(scene[side], at[k])) > 1)) return [];
  const [x, y] = onScreen(camera, at);
  const d = name === 'start' ? SHAPES.start : SHAPES.minimum;
  const transform = `translate(${x.toFixed(1)},${y.toFixed(1)})`;
  return [svgPart('path', { d, transform, class: kind })];
}

/**
 * Return a text as SVG.
 * @param {Lettered} text
 */
function textOf({ kind, text, x, y }) {
  const made = svgPart('text', { x: x.toFixed(1), y: y.toFixed(1), class: kind });
  made.setAttribute('font-size', String(SIZES[kind]));
  made.textContent = text;
  return made;
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @returns {SVGElement}
 */
function svgPart(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return /** @type {SVGElement} */ (made);
}

// ---------------------------------------------------------------- as the visitor turns it

/**
 * Keep the words at their places while hands and wheels turn a scene, and as it comes to rest.
 * @param {State} state
 */
export function followTurns(state) {
  const { element } = state.panels.surface;
  const { signal } = state.ended;
  /** @param {Event} event */
  const hear = (event) => {
    if (event instanceof PointerEvent && event.type === 'pointermove' && !event.buttons) return;
    chaseWords(state);
  };
  for (const type of ['pointerdown', 'pointermove', 'pointerup', 'wheel', 'dblclick']) {
    element.addEventListener(type, hear, { signal, capture: true, passive: true });
  }
}

/** @type {WeakMap<State, number>} For how many frames more words follow a scene. */
const chases = new WeakMap();

/**
 * Follow a scene until its camera rests.
 * @param {State} state
 */
export function chaseWords(state) {
  const before = chases.get(state) ?? 0;
  chases.set(state, AT_REST);
  if (before > 0) return;
  const frame = () => {
    if (state.ended.signal.aborted) return;
    const left = writeWords(state, state.panels.surface) ? AT_REST : (chases.get(state) ?? 0) - 1;
    chases.set(state, left);
    if (left > 0) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

// ---------------------------------------------------------------- as a picture

/**
 * Save a scene with its words as a file, as large as it is and so many times as fine.
 * @param {Panel} panel
 * @param {string} filename
 * @param {number} scale
 */
export async function saveScene({ plot }, filename, scale) {
  const url = await window.Plotly?.toImage(plot, { format: 'png', scale });
  if (!url) return;
  const href = await withWords(plot, url, scale);
  Object.assign(document.createElement('a'), { href, download: `${filename}.png` }).click();
}
