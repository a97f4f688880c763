/**
 * What moves: paths so far, cursors and fits on canvases over (and under) charts that stand still.
 *
 * Redrawing a scene costs a quarter of a second without a GPU; a flat canvas over it, none.
 */

import { drawArrows } from './arrows.js';
import { lastAtMost, lastOf, madeBy, numbers, timeAt } from './clock.js';
import { drawNetwork } from './diagram.js';
import { drawFit } from './fits.js';
import { axesOf, dot, head, landmarks, nameMarks, pen, stroke, toDown, toRight, within } from './ink.js';
import { isState, linesOf, placesIn, readLines } from './lines.js';
import { groundOf, projected, readCamera, shiftOf } from './scene.js';

/** How far traces step back while the runs are held in time, by panel; the rest stays as it is. */
const FADED = { surface: 0.15, curves: 1, fit: 0 };
/** The same while a hand drags a rate: what stands there is how it was before. */
const BEFORE = { surface: 0.15, curves: 0.15, fit: 0.15 };
/** A hand that has not moved for so many frames has paused; where frames are slow, later. */
const PAUSE = 15;
/** Until then a veil as dense as this lies over a scene. */
const VEIL = 0.55;
/** What figures/fits.py calls the rings around rows that a network gets wrong. */
const WRONG = 'wrong rows';
/** A path of at most so many states shows each of them. */
const FEW = 80;

/**
 * Return which traces of a panel stand for what moves, by index.
 * @param {PanelName} panelName
 * @param {Trace[]} traces
 * @param {State} state
 */
export function movingTraces(panelName, traces, { data, clock }) {
  const kind = data.play?.kind;
  if (!data.play || (panelName === 'fit' && !kind)) return [];
  if (panelName === 'surface' && data.play.diagram) {
    return traces.flatMap(({ mode }, i) => (mode === 'text' ? [] : [i]));
  }
  const labels = new Set(clock.tracks.map(({ label }) => label));
  /** @param {Trace} trace */
  const moves = ({ name = '', mode, type }) =>
    panelName === 'surface'
      ? mode?.includes('lines')
      : labels.has(name) || (kind === 'regions' && (type === 'heatmap' || name === WRONG));
  return traces.flatMap((trace, i) => (moves(trace) ? [i] : []));
}

/**
 * Let what moves step back in a figure that is about to be drawn.
 * @param {State} state
 * @param {Panel} panel
 * @param {Trace[]} traces
 */
export function fade(state, { name, faded }, traces) {
  const opacity = opacityOf(state, name, faded);
  if (opacity === 1) return;
  for (const i of movingTraces(name, traces, state)) traces[i].opacity = opacity;
}

/**
 * Return why what moves steps back now; '' where it does not.
 * @param {State} state
 * @returns {Panel['faded']}
 */
export function fadeOf({ clock, preview }) {
  if (preview.shown && !preview.answered) return 'drag';
  return clock.time === null ? '' : 'held';
}

/**
 * Whether a hand that drags has paused: to redraw a scene takes longer than a frame.
 * @param {State} state
 */
function isStill({ preview }) {
  return preview.hand?.phase === 'drag' && preview.still > PAUSE;
}

/**
 * Return the opacity of what steps back in a panel; 1 where nothing does. A network gives way.
 * @param {State} state
 * @param {PanelName} name
 * @param {Panel['faded']} faded
 */
function opacityOf({ data }, name, faded) {
  if (!faded) return 1;
  if (name === 'surface' && data.play?.diagram) return 0;
  return faded === 'drag' ? BEFORE[name] : FADED[name];
}

/**
 * Do the same in a chart that stands, or let it stand as it came.
 * @param {State} state
 * @param {Panel} panel
 */
export function fadeDrawn(state, panel) {
  const { name } = panel;
  const wanted = fadeOf(state);
  const given = state.data.panels[name];
  if (!given || panel.faded === wanted || !isCurrent(state, panel)) return;
  if (wanted === 'drag' && panel.solid && !isStill(state)) return;
  const [before, after] = [opacityOf(state, name, panel.faded), opacityOf(state, name, wanted)];
  panel.faded = wanted;
  const traces = given.spec.data;
  const indices = movingTraces(name, traces, state);
  if (indices.length === 0 || before === after) return;
  const opacity = indices.map((i) => (after === 1 ? (traces[i].opacity ?? 1) : after));
  window.Plotly?.restyle(panel.plot, { opacity }, indices);
}

/**
 * Whether a panel shows its newest figure, or has none to show.
 * @param {State} state
 * @param {Panel} panel
 */
export function isCurrent({ data, theme }, { name, picture }) {
  const given = data.panels[name];
  return !given || picture === pictureOf(given, theme, data);
}

/**
 * Return what tells a panel's picture on the screen apart from others.
 * @param {Picture} given
 * @param {Theme} theme
 * @param {PlayerData} data
 */
export function pictureOf({ hash }, theme, { opened }) {
  return `${hash}${theme.id} ${opened}`;
}

// ---------------------------------------------------------------- all panels

/** @type {Layer[]} */
const LAYERS = ['over', 'under'];

/**
 * Take away what was drawn over the charts.
 * @param {State} state
 */
export function wipe({ panels }) {
  for (const panel of Object.values(panels)) {
    for (const layer of LAYERS) {
      panel[layer]?.remove();
      panel[layer] = null;
    }
    panel.key?.remove();
    panel.key = null;
  }
}

/**
 * Return a text that changes when anything in a panel moves under its canvas.
 * @param {Panel} panel
 */
export function placeOf(panel) {
  if (!panel.picture || panel.element.hidden) return '';
  if (!panel.solid) return JSON.stringify(axesOf(panel));
  const camera = readCamera(panel.plot);
  return camera ? `${camera.matrix} ${camera.box.width} ${camera.box.height}` : '';
}

/**
 * Draw one panel at the clock's time.
 * @param {State} state
 * @param {Panel} panel
 */
export function drawOver(state, panel) {
  if (panel.element.hidden) return;
  if (panel.name === 'curves') drawCursor(state, panel);
  else if (panel.name === 'fit') drawFit(state, panel);
  else if (state.data.play?.diagram) drawNetwork(state, panel, state.data.play.diagram);
  else if (panel.solid) drawScene(state, panel);
  else drawMap(state, panel);
}

/**
 * Return the runs, those with the most updates first, so that a jagged one covers no other.
 * @param {Clock} clock
 */
function jaggedFirst({ tracks }) {
  return [...tracks].sort((a, b) => b.last - a.last);
}

/**
 * Return what belongs to each run, those with the most updates first; runs without it are left out.
 * @template Value
 * @param {Clock} clock
 * @param {Map<string, Value>} byLabel
 * @returns {[Track, Value][]}
 */
function ofEach(clock, byLabel) {
  return jaggedFirst(clock).flatMap((track) => {
    const value = byLabel.get(track.label);
    return value ? [[track, value]] : [];
  });
}

/**
 * Return the index of the last state of a drawn path that a run has reached.
 * @param {Clock} clock
 * @param {Track} track
 * @param {Line} line
 */
function reached(clock, track, line) {
  return lastAtMost(line.updates, madeBy(clock, track));
}

// ---------------------------------------------------------------- the surface

/**
 * Draw the paths so far over a scene; where its camera cannot be read, move its own traces.
 * @param {State} state
 * @param {Panel} panel
 */
function drawScene(state, panel) {
  const camera = state.reduced ? null : readCamera(panel.plot);
  const figure = state.data.panels.surface?.spec;
  if (!figure) return;
  if (!camera) {
    moveTraces(state, panel);
    return;
  }
  const context = pen(panel, 'over');
  const corner = panel.element.getBoundingClientRect();
  context.translate(camera.box.left - corner.left, camera.box.top - corner.top);
  if (state.preview.shown && opacityOf(state, panel.name, panel.faded) === 1) {
    veil(context, state.theme, 0, 0, camera.box.width, camera.box.height, VEIL);
  }
  const lines = linesOf(state, panel);
  const projections = projectionsOf(state, panel, camera, figure);
  const ways = ofEach(state.clock, projections).map(([track, projection]) => {
    const line = /** @type {Line} */ (lines.get(track.label));
    return { track, line, projection, index: reached(state.clock, track, line) };
  });
  for (const { track, line, projection, index } of ways) {
    drawWay(context, state.theme, track, line, projection, index);
  }
  ways.forEach(({ track, projection, index }, above) => {
    drawSceneHead(context, state.theme, track, projection, index, above);
  });
  const held = ways.flatMap(({ track, line, projection: { ends, stands }, index }) => {
    /** @type {Pixel} */
    const at = [ends[4 * index + 2], ends[4 * index + 3]];
    /** @param {Point} way */
    const toward = (way) => shiftOf(camera, line, index, way);
    return stands[index] ? heldThere(state.clock, track, line, { at, toward }) : [];
  });
  drawArrows(context, state, panel, held);
}

/**
 * Lay the page's colour over what stands there.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @param {number} opacity
 */
function veil(context, { page }, left, top, width, height, opacity) {
  context.globalAlpha = opacity;
  context.fillStyle = page;
  context.fillRect(left, top, width, height);
  context.globalAlpha = 1;
}

/**
 * Return each path on the screen, kept until the camera, the size or the figure changes.
 * @param {State} state
 * @param {Panel} panel
 * @param {Camera} camera
 * @param {Figure} figure
 */
function projectionsOf(state, panel, camera, figure) {
  const { matrix, box } = camera;
  const key = [matrix, box.width, box.height, panel.picture, state.closeUps.taken].join(' ');
  if (panel.projections?.key !== key) {
    panel.projections = { key, ground: groundOf(figure), byLines: new WeakMap() };
  }
  const { ground, byLines } = panel.projections;
  const lines = linesOf(state, panel);
  const before = byLines.get(lines);
  if (before) return before;
  /** @type {Map<string, Projection>} */
  const made = new Map();
  for (const [{ label }, line] of ofEach(state.clock, lines)) {
    made.set(label, projected(camera, line, ground));
  }
  byLines.set(lines, made);
  return made;
}

/**
 * Draw a projected path up to a state: clear before the ground, faint behind it.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Track} track
 * @param {Line} line
 * @param {Projection} projection
 * @param {number} last
 */
function drawWay(context, theme, { color, last: whole }, line, { ends, seen }, last) {
  /** @param {1 | 2} wanted */
  const trace = (wanted) => {
    context.beginPath();
    for (let i = 1; i <= last; i += 1) {
      if (seen[i] !== wanted) continue;
      const at = 4 * i;
      if (seen[i - 1] !== wanted || i === 1) context.moveTo(ends[at], ends[at + 1]);
      context.lineTo(ends[at + 2], ends[at + 3]);
    }
  };
  trace(2);
  stroke(context, color, 2, 0.25);
  trace(1);
  stroke(context, theme.page, 5, 0.9);
  stroke(context, color, 2.6);
  if (whole > FEW) return;
  for (let i = 1; i < last; i += 1) {
    if (seen[i] === 1 && isState(line, i)) dot(context, color, ends[4 * i + 2], ends[4 * i + 3], 2.6);
  }
}

/**
 * Draw where a run stands on a scene, unless that is outside it.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Track} track
 * @param {Projection} projection
 * @param {number} index
 * @param {number} above
 */
function drawSceneHead(context, theme, track, { ends, seen, stands }, index, above) {
  if (!stands[index]) return;
  context.globalAlpha = seen[index] === 2 ? 0.35 : 1;
  head(context, theme, track, ends[4 * index + 2], ends[4 * index + 3], radiusOf(above));
  context.globalAlpha = 1;
}

/**
 * Return a head's radius: what lies above others is smaller, so that all are seen.
 * @param {number} above
 */
function radiusOf(above) {
  return Math.max(5.5, 9 - 1.5 * above);
}

/**
 * Cut the scene's own paths off at the clock's time, by public calls: slower, but always there.
 * @param {State} state
 * @param {Panel} panel
 */
async function moveTraces(state, panel) {
  if (!state.reduced) state.component.setStateValue('reduced', 'the camera cannot be read');
  state.reduced = true;
  panel.behind = true;
  if (panel.moving) return;
  panel.moving = true;
  while (panel.behind && !state.ended.signal.aborted) {
    panel.behind = false;
    const traces = state.data.panels.surface?.spec.data ?? [];
    const indices = movingTraces('surface', traces, state);
    await window.Plotly?.restyle(panel.plot, cutOff(state.clock, traces, indices), indices);
  }
  panel.moving = false;
}

/**
 * Return what shows traces of a scene up to the clock's time, by the states that they hold.
 * @param {Clock} clock
 * @param {Trace[]} traces
 * @param {number[]} indices
 */
function cutOff(clock, traces, indices) {
  const lines = readLines(traces);
  const counts = indices.map((index) => {
    // A path's casing stands before it and has no name.
    const label = traces[index].name || traces[index + 1].name || '';
    const track = clock.tracks.find((each) => each.label === label);
    const line = lines.get(label);
    return track && line ? reached(clock, track, line) + 1 : Infinity;
  });
  /** @param {'x' | 'y' | 'z'} key */
  const part = (key) => indices.map((index, i) => numbers(traces[index][key]).slice(0, counts[i]));
  return { x: part('x'), y: part('y'), z: part('z'), opacity: 1 };
}

/**
 * Draw the paths so far over a map.
 * @param {State} state
 * @param {Panel} panel
 */
function drawMap(state, panel) {
  const axes = axesOf(panel);
  if (!axes) return;
  const context = pen(panel, 'over');
  const lines = ofEach(state.clock, linesOf(state, panel));
  const { shown, hand } = state.preview;
  const start = shown ? shown.start : hand?.at;
  within(context, axes, () => {
    for (const [track, line] of lines) drawMapPath(context, state, axes, track, line);
    const places = placesIn(state.data.panels.surface?.spec.data ?? []);
    const free = places.filter(({ name }) => !(start && name === 'start')); // else a hand has it
    /** @param {Place} place @returns {Pixel} */
    const where = ({ at }) => [toRight(axes, at[0]), toDown(axes, at[1])];
    landmarks(context, state.theme, free, where);
    nameMarks(context, state.theme, free, where);
    lines.forEach(([track, line], above) => {
      const at = onMap(axes, line, reached(state.clock, track, line));
      head(context, state.theme, track, ...at, radiusOf(above));
    });
    drawArrows(context, state, panel, heldOnMap(state.clock, axes, lines));
    if (start) ring(context, state.theme, toRight(axes, start[0]), toDown(axes, start[1]));
  });
}

/**
 * Return runs with where they are held on a map, as arrows need them.
 * @param {Clock} clock
 * @param {Axes} axes
 * @param {[Track, Line][]} lines
 */
function heldOnMap(clock, axes, lines) {
  const wide = toRight(axes, 1) - toRight(axes, 0);
  const high = toDown(axes, 1) - toDown(axes, 0);
  /** @type {Held['toward']} */
  const toward = ([x, y]) => [wide * x, high * y];
  return lines.flatMap(([track, line]) => {
    const at = onMap(axes, line, reached(clock, track, line));
    return heldThere(clock, track, line, { at, toward });
  });
}

/**
 * Return a run with where it is held; none where the very state that it has reached is not drawn.
 * @param {Clock} clock
 * @param {Track} track
 * @param {Line} line
 * @param {Pick<Held, 'at' | 'toward'>} place
 * @returns {Held[]}
 */
function heldThere(clock, track, line, place) {
  const made = madeBy(clock, track);
  return line.updates[reached(clock, track, line)] === made ? [{ track, made, ...place }] : [];
}

/**
 * Draw the start under a hand.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} x
 * @param {number} y
 */
function ring(context, { page, text }, x, y) {
  context.beginPath();
  context.arc(x, y, 8, 0, 2 * Math.PI);
  stroke(context, page, 5, 0.9);
  stroke(context, text, 2.5);
}

/**
 * Return where a state of a path stands on a map.
 * @param {Axes} axes
 * @param {Line} line
 * @param {number} i
 * @returns {Pixel}
 */
function onMap(axes, line, i) {
  return [toRight(axes, line.x[i]), toDown(axes, line.y[i])];
}

/**
 * Draw one path so far over a map.
 * @param {CanvasRenderingContext2D} context
 * @param {State} state
 * @param {Axes} axes
 * @param {Track} track
 * @param {Line} line
 */
function drawMapPath(context, { clock, theme }, axes, track, line) {
  const index = reached(clock, track, line);
  context.beginPath();
  for (let i = 0; i <= index; i += 1) {
    // A gap, where the path is out of reach, stands as NaN.
    const follows = i > 0 && !Number.isNaN(line.x[i - 1]);
    context[follows ? 'lineTo' : 'moveTo'](...onMap(axes, line, i));
  }
  stroke(context, theme.page, 5, 0.9);
  stroke(context, track.color, 2.2);
  if (track.last > FEW) return;
  for (let i = 1; i < index; i += 1) {
    if (isState(line, i)) dot(context, track.color, ...onMap(axes, line, i), 2.8);
  }
}

// ---------------------------------------------------------------- the curves

/**
 * Draw whole curves, one after the other.
 * @param {CanvasRenderingContext2D} context
 * @param {Axes} axes
 * @param {Stroke[]} strokes
 */
function drawCurves(context, axes, strokes) {
  for (const { x, y, color, look } of strokes) {
    context.setLineDash(look.dash);
    context.beginPath();
    let way = context.moveTo;
    for (let i = 0; i < x.length; i += 1) {
      const down = toDown(axes, y[i]);
      const there = Number.isFinite(down);
      if (there) way.call(context, toRight(axes, x[i]), down);
      way = there ? context.lineTo : context.moveTo;
    }
    stroke(context, color, look.width, look.opacity);
  }
  context.setLineDash([]);
}

/**
 * Draw the clock's hand over the curves, a veil over what is ahead, and where each run stands.
 * @param {State} state
 * @param {Panel} panel
 */
function drawCursor(state, panel) {
  const { clock, theme } = state;
  const axes = axesOf(panel);
  if (!axes) return;
  const context = pen(panel, 'over');
  const lines = linesOf(state, panel);
  const { shown } = state.preview;
  if (shown) within(context, axes, () => drawCurves(context, axes, shown.strokes));
  if (clock.time === null) return;
  const right = toRight(axes, clock.time);
  within(context, axes, () => drawHand(context, theme, axes, right));
  jaggedFirst(clock).forEach((track, above) => {
    const line = lines.get(track.label);
    // A run that waits for its next update stands where it is.
    const time = Math.max(timeAt(track, madeBy(clock, track)), axes.x.edge ?? 0);
    if (!line?.x.length || line.x[0] > time + 1e-6 * clock.end) return;
    const [x, y] = onLine(axes, line, Math.min(time, lastOf(line.x)));
    if (isInside(axes, x, y)) head(context, theme, track, x, y, radiusOf(above) - 1);
  });
  if (isInside(axes, right, axes.top)) drawGrip(context, theme, right, axes.top);
}

/**
 * Draw the hand, and the veil over what is ahead of it.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Axes} axes
 * @param {number} right
 */
function drawHand(context, theme, { top, width, height }, right) {
  veil(context, theme, right, top, width, height, 0.72);
  context.beginPath();
  context.moveTo(right, top);
  context.lineTo(right, top + height);
  stroke(context, theme.quiet, 1.2);
}

/**
 * Draw what shows that the hand can be taken.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} right
 * @param {number} top
 */
function drawGrip(context, { page, quiet }, right, top) {
  context.beginPath();
  context.roundRect(right - 5, top - 9, 10, 14, 3);
  context.fillStyle = quiet;
  context.fill();
  context.beginPath();
  for (const aside of [-1.5, 1.5]) {
    context.moveTo(right + aside, top - 5);
    context.lineTo(right + aside, top + 1);
  }
  stroke(context, page, 1);
}

/**
 * Return where a drawn line stands at a value of its horizontal axis.
 * @param {Axes} axes
 * @param {Line} line
 * @param {number} value
 * @returns {Pixel}
 */
function onLine(axes, { x: xs, y: ys }, value) {
  const from = lastAtMost(xs, value);
  const to = Math.min(from + 1, xs.length - 1);
  const [left, right] = [toRight(axes, xs[from]), toRight(axes, xs[to])];
  const x = toRight(axes, value);
  const share = right > left ? Math.max(0, x - left) / (right - left) : 0;
  const [high, low] = [toDown(axes, ys[from]), toDown(axes, ys[to])];
  return [x, share > 0 ? high + share * (low - high) : high];
}

/**
 * Whether a point stands inside flat axes, or on their edge.
 * @param {Axes} axes
 * @param {number} x
 * @param {number} y
 */
function isInside({ left, top, width, height }, x, y) {
  return x >= left - 6 && x <= left + width + 6 && y >= top - 6 && y <= top + height + 6;
}
