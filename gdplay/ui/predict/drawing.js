/** The drawing of what is expected: a line for each run over the empty axes, by hand or by keys. */

import { number } from '../numbers.js';
import { axesOf, toDown, toRight, valuesAt } from '../player/ink.js';
import { COLUMNS, isDrawn, newStroke, nudged, passed, pointsOf, shaped, strokeText } from './strokes.js';

const SVG = 'http://www.w3.org/2000/svg';

/** @type {Shape[]} */
const SHAPES = ['fast', 'slow', 'wobbles', 'leaves'];

/** What shapes are called, where lower is better and where higher is. */
const SHAPE_NAMES = {
  fast: ['Falls fast, then flat', 'Rises fast, then flat'],
  slow: ['Falls slowly', 'Rises slowly'],
  wobbles: ['Falls and wobbles', 'Rises and wobbles'],
  leaves: ['Rises', 'Falls'],
};

/** How far keys move a point, in shares of the axis. */
const MOVES = { ArrowUp: 0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1 };

/**
 * Take a drawing up: what is drawn so far stands, whatever is drawn anew around it.
 * @param {Asking} asking
 */
export function showDrawing(asking) {
  asking.cover.classList.add('gd-draws');
  follow(asking);
  fillStrip(asking);
}

/**
 * Return what a drawing tells, as it travels.
 * @param {Asking} asking
 */
export function tellDrawing(asking) {
  const { axes, strokes, component } = asking;
  if (!axes) return '';
  return component.data.runs
    .map((run) => {
      const stands = (/** @type {number} */ column, /** @type {number} */ height) =>
        valuesAt(axes, shareOfColumn(axes, run, column), height);
      return strokeText(run.place, strokes[run.place], stands);
    })
    .join('~');
}

/**
 * Keep to the axes, which come when the chart is drawn and change with its size.
 * @param {Asking} asking
 */
function follow(asking) {
  if (asking.ended.signal.aborted) return;
  const element = asking.cover.parentElement;
  const plot = /** @type {Plot | null} */ (element?.querySelector('.gd-plot'));
  // Before it is laid out, a chart has axes without a width.
  const laid = element && plot ? axesOf({ element, plot }) : null;
  const axes = laid && laid.width > 0 && laid.height > 0 ? laid : null;
  const seen = JSON.stringify(axes);
  if (seen !== asking.seen) {
    Object.assign(asking, { axes, seen });
    paint(asking);
  }
  asking.frame ||= requestAnimationFrame(() => {
    Object.assign(asking, { frame: 0 });
    follow(asking);
  });
}

// ---------------------------------------------------------------- where things stand

/**
 * Return how far to the right on the axis a run's column stands, 0 to 1.
 * @param {Axes} axes
 * @param {AskedRun} run
 * @param {number} column
 */
function shareOfColumn(axes, { end }, column) {
  const [from, to] = [0, end].map((x) => (toRight(axes, x) - axes.left) / axes.width);
  return from + ((to - from) * column) / (COLUMNS - 1);
}

/**
 * Return where an event happened: along the run in hand, and up.
 * @param {Asking} asking
 * @param {Axes} axes
 * @param {PointerEvent} event
 * @returns {Spot}
 */
function spotOf(asking, axes, { clientX, clientY }) {
  const corner = asking.cover.getBoundingClientRect();
  const right = (clientX - corner.left - axes.left) / axes.width;
  const [from, to] = [0, COLUMNS - 1].map((column) => shareOfColumn(axes, inHand(asking), column));
  const up = 1 - (clientY - corner.top - axes.top) / axes.height;
  return { along: Math.min(1, Math.max(0, (right - from) / (to - from))), up };
}

/**
 * Return the run whose line is drawn.
 * @param {Asking} asking
 */
function inHand({ active, component }) {
  const { runs } = component.data;
  return runs.find(({ place }) => place === active) ?? runs[0];
}

// ---------------------------------------------------------------- the picture

/**
 * Draw the lines so far; where a hand is, it goes on.
 * @param {Asking} asking
 */
function paint(asking) {
  const { axes, cover } = asking;
  if (!axes) return;
  setOut(asking, axes);
  const runs = asking.component.data.runs;
  const last = inHand(asking);
  const paper = asking.paper ?? newPaper(asking);
  paper.replaceChildren(
    ...runs.filter((run) => run !== last).flatMap((run) => lineOf(asking, axes, run)),
    ...lineOf(asking, axes, last, true),
  );
  if (paper.parentElement !== cover) cover.replaceChildren(paper);
  describe(asking, axes, paper);
}

/**
 * Let each line begin at the start.
 * @param {Asking} asking
 * @param {Axes} axes
 */
function setOut({ strokes, component }, axes) {
  const { runs, start } = component.data;
  const up = 1 - (toDown(axes, start) - axes.top) / axes.height;
  for (const { place } of runs) strokes[place] ??= newStroke(up);
}

/**
 * Return the paper on which lines are drawn, which listens.
 * @param {Asking} asking
 */
function newPaper(asking) {
  const paper = piece('svg', { tabindex: '0', role: 'slider', 'aria-orientation': 'vertical' });
  Object.assign(asking, { paper });
  paper.addEventListener('pointerdown', (event) => {
    paper.setPointerCapture(event.pointerId);
    draw(asking, event);
  });
  paper.addEventListener('pointermove', (event) => asking.hand && draw(asking, event));
  for (const type of ['pointerup', 'pointercancel']) {
    paper.addEventListener(type, () => letGo(asking));
  }
  paper.addEventListener('keydown', (event) => onKey(asking, event));
  return paper;
}

/**
 * Return the line of a run: its strokes and points, with the one that keys move.
 * @param {Asking} asking
 * @param {Axes} axes
 * @param {AskedRun} run
 * @param {boolean} [held] whether it is the one in hand
 */
function lineOf({ strokes, column }, axes, run, held = false) {
  const at = pointsOf(strokes[run.place]).map(([k, up]) => [
    axes.left + axes.width * shareOfColumn(axes, run, k),
    axes.top + axes.height * (1 - up),
    k,
  ]);
  const looks = { stroke: run.color, opacity: held ? '1' : '0.55' };
  const line = piece('polyline', {
    points: at.map(([x, y]) => `${x},${y}`).join(' '),
    fill: 'none',
    'stroke-width': held ? '3' : '2',
    'stroke-linejoin': 'round',
    ...looks,
  });
  if (!held) return [line];
  const dots = at.map(([x, y, k]) =>
    piece('circle', { cx: x, cy: y, r: k === column ? 6 : 3, fill: run.color, ...looks }),
  );
  dots.forEach((dot, i) => dot.classList.toggle('gd-here', at[i][2] === column));
  return [line, ...dots];
}

/**
 * Say where the point stands that keys move.
 * @param {Asking} asking
 * @param {Axes} axes
 * @param {Element} paper
 */
function describe(asking, axes, paper) {
  const run = inHand(asking);
  const { column, strokes, component } = asking;
  const height = strokes[run.place][column];
  const { x, y } = valuesAt(axes, shareOfColumn(axes, run, column), height ?? 0);
  const where = `after ${number(x)} ${component.data.unit}`;
  const value = height === null ? 'not drawn' : number(y);
  paper.setAttribute('aria-label', `The line of ${run.name}, point ${column} of ${COLUMNS - 1}`);
  paper.setAttribute('aria-valuenow', String(Math.round(100 * (height ?? 0))));
  paper.setAttribute('aria-valuetext', `${value} ${where}`);
}

/**
 * Return a part of a drawing.
 * @param {string} name
 * @param {Record<string, string | number>} looks
 */
function piece(name, looks) {
  const made = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(looks)) made.setAttribute(key, String(value));
  return made;
}

// ---------------------------------------------------------------- hands and keys

/**
 * Draw on to where the hand is.
 * @param {Asking} asking
 * @param {PointerEvent} event
 */
function draw(asking, event) {
  const { axes, active, strokes, hand } = asking;
  if (!axes) return;
  const spot = spotOf(asking, axes, event);
  strokes[active] = passed(strokes[active], hand ?? spot, spot);
  Object.assign(asking, { hand: spot });
  paint(asking);
}

/**
 * End a stroke; where the line is whole, the next run's is in hand.
 * @param {Asking} asking
 */
function letGo(asking) {
  const { runs } = asking.component.data;
  Object.assign(asking, { hand: null });
  const next = runs.find(({ place }) => !isDrawn(asking.strokes[place]));
  if (next && isDrawn(asking.strokes[asking.active])) asking.active = next.place;
  change(asking);
}

/**
 * Choose a point, or move it.
 * @param {Asking} asking
 * @param {KeyboardEvent} event
 */
function onKey(asking, event) {
  const { key } = event;
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -COLUMNS, End: COLUMNS }[key];
  const by = MOVES[/** @type {keyof typeof MOVES} */ (key)];
  if (step === undefined && by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const { active, column, strokes } = asking;
  if (step) asking.column = Math.min(COLUMNS - 1, Math.max(1, column + step));
  else strokes[active] = nudged(strokes[active], column, by);
  change(asking);
}

/** @param {Asking} asking */
function change(asking) {
  paint(asking);
  fillStrip(asking);
}

// ---------------------------------------------------------------- the strip

/**
 * Fill the strip: whose line is drawn, shapes to begin with, and what is left to do.
 * @param {Asking} asking
 */
function fillStrip(asking) {
  const { strip, strokes, component } = asking;
  const { runs, best } = component.data;
  const left = runs.filter(({ place }) => !strokes[place] || !isDrawn(strokes[place])).length;
  const whose = runs.map((run) => whoseButton(asking, run));
  const shapes = SHAPES.map((shape) => shapeButton(asking, shape, best === 'highest'));
  refill(strip.tools, [...(runs.length > 1 ? whose : []), ...shapes]);
  const drag = runs.length > 1 ? `Draw ${inHand(asking).name}, or take a shape.` : 'Draw, or take a shape.';
  strip.note.textContent = left ? drag : asking.component.data.then;
  strip.reveal.disabled = left > 0;
}

/**
 * Put parts in the place of others; the focus stays on the same one.
 * @param {HTMLElement} root
 * @param {HTMLElement[]} parts
 */
function refill(root, parts) {
  const { activeElement } = document;
  const name =
    activeElement instanceof HTMLElement && root.contains(activeElement) && activeElement.dataset.act;
  root.replaceChildren(...parts);
  if (name) parts.find(({ dataset }) => dataset.act === name)?.focus();
}

/**
 * Return the button that takes a run's line in hand.
 * @param {Asking} asking
 * @param {AskedRun} run
 */
function whoseButton(asking, { place, name, source }) {
  const button = toolButton(`draw${place}`, `Draw ${name}`);
  button.setAttribute('aria-pressed', String(place === asking.active));
  const mark = document.createElement('img');
  Object.assign(mark, { src: source, alt: '', width: 44, height: 16 });
  const done = document.createElement('span');
  done.textContent = asking.strokes[place] && isDrawn(asking.strokes[place]) ? `${name} ✓` : name;
  button.append(mark, done);
  button.onclick = () => {
    Object.assign(asking, { active: place, column: 1 });
    change(asking);
  };
  return button;
}

/**
 * Return the button that draws a shape, whose points are moved then.
 * @param {Asking} asking
 * @param {Shape} shape
 * @param {boolean} rises
 */
function shapeButton(asking, shape, rises) {
  const button = toolButton(shape, SHAPE_NAMES[shape][rises ? 1 : 0]);
  const drawn = pointsOf(shaped(shape, rises ? 0.2 : 0.8, rises));
  const icon = piece('svg', { viewBox: '0 0 30 16', width: 30, height: 16, 'aria-hidden': 'true' });
  const points = drawn.map(([k, up]) => `${1 + (28 * k) / (COLUMNS - 1)},${1 + 14 * (1 - up)}`);
  icon.append(piece('polyline', { points: points.join(' '), fill: 'none', stroke: 'currentColor' }));
  button.append(icon);
  button.onclick = () => {
    const { active, strokes } = asking;
    const start = strokes[active]?.[0];
    if (typeof start !== 'number') return;
    strokes[active] = shaped(shape, start, rises);
    change(asking);
  };
  return button;
}

/**
 * @param {string} act
 * @param {string} label
 */
function toolButton(act, label) {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'gd-tool', title: label });
  button.dataset.act = act;
  button.setAttribute('aria-label', label);
  return button;
}
