/**
 * What moves: paths so far, cursors and fits on canvases over (and under) charts that stand still.
 *
 * Redrawing a scene costs a quarter of a second without a GPU; a flat canvas over it, none.
 */

import { lastAtMost, madeBy, numbers, timeAt } from './clock.js';
import { drawFit } from './fits.js';
import { axesOf, dot, head, pen, stroke, toDown, toRight, within } from './ink.js';
import { linesOf, readLines } from './lines.js';
import { groundOf, projected, readCamera } from './scene.js';

/** How far traces step back while the runs are held in time, by panel; the rest stays as it is. */
const FADED = { surface: 0.15, curves: 1, fit: 0 };
/** A path of at most so many states shows each of them. */
const FEW = 80;

/** Return which traces of a panel stand for what moves, by index. */
export function movingTraces(name, { data }, play, { tracks }) {
  const kind = play?.kind;
  if (!play || (name === 'fit' && !kind)) return [];
  const labels = new Set(tracks.map(({ label }) => label));
  const moves = ({ name: label, mode, type }) =>
    name === 'surface'
      ? mode?.includes('lines')
      : labels.has(label) || (type === 'heatmap' && kind === 'regions');
  return data.flatMap((trace, i) => (moves(trace) ? [i] : []));
}

/** Let what moves step back in a figure that is about to be drawn, or stand as it came. */
export function fade(name, traces, indices, held) {
  if (held) for (const i of indices) traces[i].opacity = FADED[name];
}

/** Do the same in a chart that stands. */
export function fadeDrawn(state, name, panel) {
  const held = state.clock.time !== null;
  const given = state.data.panels[name];
  if (!given || panel.faded === held || !isCurrent(state, name, panel)) return;
  panel.faded = held;
  const { spec } = given;
  const indices = movingTraces(name, spec, state.data.play, state.clock);
  if (indices.length === 0 || FADED[name] === 1) return;
  const opacity = indices.map((i) => (held ? FADED[name] : (spec.data[i].opacity ?? 1)));
  window.Plotly.restyle(panel.plot, { opacity }, indices);
}

/** Whether a panel shows its newest figure, or has none to show. */
export function isCurrent({ data, theme }, name, { drawn }) {
  const given = data.panels[name];
  return !given || drawn === given.hash + theme.id;
}

// ---------------------------------------------------------------- all panels

/** Take away what was drawn over the charts. */
export function wipe(state) {
  for (const panel of state.panels.values()) {
    for (const layer of ['over', 'under']) {
      panel[layer]?.remove();
      panel[layer] = null;
    }
  }
}

/** Return a text that changes when anything in a panel moves under its canvas. */
export function placed(panel) {
  if (!panel.drawn || panel.element.hidden) return '';
  if (!panel.solid) return JSON.stringify(axesOf(panel));
  const camera = readCamera(panel.plot);
  return camera ? `${camera.matrix} ${camera.box.width} ${camera.box.height}` : '';
}

/** Draw one panel at the clock's time. */
export function drawOver(state, name, panel) {
  if (panel.element.hidden) return;
  if (name === 'curves') drawCursor(state, panel);
  else if (name === 'fit') drawFit(state, panel);
  else if (panel.solid) drawScene(state, panel);
  else drawMap(state, panel);
}

/** Return the runs, those with the most updates first, so that a jagged one covers no other. */
function jaggedFirst({ tracks }) {
  return [...tracks].sort((a, b) => b.last - a.last);
}

/** Return the index of the last state of a drawn path that a run has reached. */
function reached(clock, track, line) {
  return lastAtMost(line.updates, madeBy(clock, track));
}

// ---------------------------------------------------------------- the surface

/** Draw the paths so far over a scene; where its camera cannot be read, move its own traces. */
function drawScene(state, panel) {
  const camera = state.reduced ? null : readCamera(panel.plot);
  if (!camera) {
    moveTraces(state, panel);
    return;
  }
  const context = pen(panel, 'over');
  const corner = panel.element.getBoundingClientRect();
  context.translate(camera.box.left - corner.left, camera.box.top - corner.top);
  const lines = linesOf(state, 'surface', panel);
  const views = projectedAll(state, panel, camera, lines);
  const tracks = jaggedFirst(state.clock).filter(({ label }) => lines.has(label));
  const now = (track) => reached(state.clock, track, lines.get(track.label));
  for (const track of tracks) {
    drawWay(context, state.theme, track, views.get(track.label), now(track));
  }
  tracks.forEach((track, above) => {
    drawSceneHead(context, state.theme, track, views.get(track.label), now(track), above);
  });
}

/** Return each path on the screen, kept until the camera, the size or the figure changes. */
function projectedAll(state, panel, camera, lines) {
  const { matrix, box } = camera;
  const key = [matrix, box.width, box.height, panel.drawn, state.clock.closeUps].join(' ');
  if (panel.views?.key !== key) {
    const ground = groundOf(state.data.panels.surface.spec);
    const byLabel = new Map(
      state.clock.tracks
        .filter(({ label }) => lines.has(label))
        .map(({ label }) => [label, projected(camera, lines.get(label), ground)]),
    );
    panel.views = { key, byLabel };
  }
  return panel.views.byLabel;
}

/** Draw a projected path up to a state: clear before the ground, faint behind it. */
function drawWay(context, theme, { color, last: whole }, { ends, seen }, last) {
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
    if (seen[i] === 1) dot(context, color, ends[4 * i + 2], ends[4 * i + 3], 2.6);
  }
}

/** Draw where a run stands on a scene, unless that is outside it. */
function drawSceneHead(context, theme, track, { ends, seen, stands }, index, above) {
  if (!stands[index]) return;
  context.globalAlpha = seen[index] === 2 ? 0.35 : 1;
  head(context, theme, track, ends[4 * index + 2], ends[4 * index + 3], radiusOf(above));
  context.globalAlpha = 1;
}

/** Return a head's radius: what lies above others is smaller, so that all are seen. */
function radiusOf(above) {
  return Math.max(5.5, 9 - 1.5 * above);
}

/** Cut the scene's own paths off at the clock's time, by public calls: slower, but always there. */
async function moveTraces(state, panel) {
  if (!state.reduced) state.component.setStateValue('reduced', 'the camera cannot be read');
  state.reduced = true;
  panel.behind = true;
  if (panel.moving) return;
  panel.moving = true;
  while (panel.behind && !state.ended.signal.aborted) {
    panel.behind = false;
    const { data } = state.data.panels.surface.spec;
    const indices = movingTraces('surface', { data }, state.data.play, state.clock);
    await window.Plotly.restyle(panel.plot, cutOff(state, data, indices), indices);
  }
  panel.moving = false;
}

/** Return what shows traces of a scene up to the clock's time, by the states that they hold. */
function cutOff({ clock }, data, indices) {
  const lines = readLines(data);
  const counts = indices.map((index) => {
    // A path's casing stands before it and has no name.
    const label = data[index].name || data[index + 1].name;
    const track = clock.tracks.find((each) => each.label === label);
    return track ? reached(clock, track, lines.get(label)) + 1 : Infinity;
  });
  const part = (key) => indices.map((index, i) => numbers(data[index][key]).slice(0, counts[i]));
  return { x: part('x'), y: part('y'), z: part('z'), opacity: 1 };
}

/** Draw the paths so far over a map. */
function drawMap(state, panel) {
  const axes = axesOf(panel);
  if (!axes) return;
  const context = pen(panel, 'over');
  const lines = linesOf(state, 'surface', panel);
  within(context, axes, () => {
    const tracks = jaggedFirst(state.clock).filter(({ label }) => lines.has(label));
    for (const track of tracks) drawMapPath(context, state, axes, track, lines.get(track.label));
    tracks.forEach((track, above) => {
      const line = lines.get(track.label);
      const index = reached(state.clock, track, line);
      const at = [toRight(axes, line.x[index]), toDown(axes, line.y[index])];
      head(context, state.theme, track, ...at, radiusOf(above));
    });
  });
}

/** Draw one path so far over a map. */
function drawMapPath(context, { clock, theme }, axes, track, line) {
  const index = reached(clock, track, line);
  const at = (i) => [toRight(axes, line.x[i]), toDown(axes, line.y[i])];
  context.beginPath();
  for (let i = 0; i <= index; i += 1) context.lineTo(...at(i));
  stroke(context, theme.page, 5, 0.9);
  stroke(context, track.color, 2.2);
  if (track.last <= FEW) {
    for (let i = 1; i < index; i += 1) dot(context, track.color, ...at(i), 2.8);
  }
}

// ---------------------------------------------------------------- the curves

/** Draw the clock's hand over the curves, a veil over what is ahead, and where each run stands. */
function drawCursor(state, panel) {
  const axes = axesOf(panel);
  if (!axes) return;
  const { clock, theme } = state;
  const context = pen(panel, 'over');
  const lines = linesOf(state, 'curves', panel);
  const right = toRight(axes, clock.time);
  within(context, axes, () => {
    context.globalAlpha = 0.72;
    context.fillStyle = theme.page;
    context.fillRect(right, axes.top, axes.width, axes.height);
    context.beginPath();
    context.moveTo(right, axes.top);
    context.lineTo(right, axes.top + axes.height);
    stroke(context, theme.quiet, 1.2);
  });
  jaggedFirst(clock).forEach((track, above) => {
    const line = lines.get(track.label);
    // A run that waits for its next update stands where it is.
    const time = timeAt(track, madeBy(clock, track));
    if (!line?.x.length || line.x[0] > time + 1e-6 * clock.end) return;
    const [x, y] = onLine(axes, line, Math.min(time, line.x.at(-1)));
    if (isInside(axes, x, y)) head(context, theme, track, x, y, radiusOf(above) - 1);
  });
  if (isInside(axes, right, axes.top)) drawGrip(context, theme, right, axes.top);
}

/** Draw what shows that the hand can be taken. */
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

/** Return where a drawn line stands at a value of its horizontal axis. */
function onLine(axes, { x: xs, y: ys }, value) {
  const from = lastAtMost(xs, value);
  const to = Math.min(from + 1, xs.length - 1);
  const share = to > from ? Math.max(0, value - xs[from]) / (xs[to] - xs[from]) : 0;
  const [high, low] = [toDown(axes, ys[from]), toDown(axes, ys[to])];
  return [toRight(axes, value), share > 0 ? high + share * (low - high) : high];
}

/** Whether a point stands inside flat axes, or on their edge. */
function isInside({ left, top, width, height }, x, y) {
  return x >= left - 6 && x <= left + width + 6 && y >= top - 6 && y <= top + height + 6;
}
