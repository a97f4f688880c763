/**
 * What moves: paths so far, cursors and fits on canvases over (and under) charts that stand still.
 *
 * Redrawing a scene costs a quarter of a second without a GPU; a flat canvas over it, none.
 */

import { indexNow, lastAtMost, numbers, updateNow } from './clock.js';
import { groundOf, projected, readCamera } from './scene.js';

/** How far traces step back while the runs are held in time, by panel; the rest stays as it is. */
const FADED = { surface: 0.15, curves: 1, fit: 0 };
/** A path of at most so many states shows each of them. */
const FEW = 80;
/** How many cells a picture of regions has along each side; enough for smooth boundaries. */
const CELLS = 56;
const DASHES = {
  solid: [],
  dash: [9, 6],
  dot: [2, 4],
  dashdot: [9, 5, 2, 5],
  longdash: [14, 6],
  longdashdot: [14, 5, 2, 5],
};

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

// ---------------------------------------------------------------- canvases

/** Return a panel's canvas, over its chart or under it, cleared and measured in pixels. */
function pen(panel, layer) {
  panel[layer] ??= addCanvas(panel, layer);
  const canvas = panel[layer];
  const { offsetWidth: width, offsetHeight: height } = panel.element;
  const ratio = window.devicePixelRatio;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Return a new canvas over or under a panel's chart. */
function addCanvas({ element, plot }, layer) {
  const canvas = document.createElement('canvas');
  canvas.className = `gd-${layer}`;
  canvas.setAttribute('aria-hidden', 'true');
  if (layer === 'over') plot.after(canvas);
  else plot.before(canvas);
  return canvas;
}

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

/** Return the flat axes of a panel: where they stand in it, and how values become pixels. */
function axesOf({ element, plot }) {
  const area = plot.querySelector('.nsewdrag')?.getBoundingClientRect();
  const { xaxis, yaxis } = plot.layout;
  if (!area || !xaxis?.range || !yaxis?.range) return null;
  const corner = element.getBoundingClientRect();
  return {
    left: area.left - corner.left,
    top: area.top - corner.top,
    width: area.width,
    height: area.height,
    x: { type: xaxis.type, range: xaxis.range.map(Number) },
    y: { type: yaxis.type, range: yaxis.range.map(Number) },
  };
}

/** Return pixels to the right for a value on the horizontal axis. */
function toRight({ left, width, x }, value) {
  return left + width * share(x, value);
}

/** Return pixels down for a value on the vertical axis. */
function toDown({ top, height, y }, value) {
  return top + height * (1 - share(y, value));
}

/** Return how far along an axis a value stands, 0 to 1 inside it. */
function share({ type, range: [from, to] }, value) {
  return ((type === 'log' ? Math.log10(value) : value) - from) / (to - from);
}

/** Draw inside flat axes alone. */
function within(context, { left, top, width, height }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw();
  context.restore();
}

// ---------------------------------------------------------------- figures, read

/** Return the line of each run in a panel's figure, by label: x, y, z and the updates it holds. */
function linesOf(state, name, panel) {
  const { spec, hash } = state.data.panels[name];
  if (panel.lines?.hash !== hash) panel.lines = { hash, byLabel: readLines(spec.data) };
  return panel.lines.byLabel;
}

/** Return traces that are drawn as lines or points, by name, with their numbers. */
function readLines(traces) {
  const drawn = ({ type, name, line }) => /^scatter/.test(type) && name && line?.width !== 0;
  return new Map(traces.filter(drawn).map((trace) => [trace.name, readLine(trace)]));
}

/** Return one trace's numbers; a map tells updates and losses side by side. */
function readLine({ x, y, z, customdata }) {
  const told = numbers(customdata);
  const columns = Number(customdata?.shape?.split(',')[1] ?? 1);
  const updates = columns === 1 ? told : told.filter((_, i) => i % columns === 0);
  return { x: numbers(x), y: numbers(y), z: numbers(z), updates };
}

/** Return the runs, those with the most states first, so that a jagged one covers no other. */
function jaggedFirst({ tracks }) {
  return [...tracks].sort((a, b) => b.updates.length - a.updates.length);
}

/** Return the index of the last state of a drawn path that a run has reached. */
function reached(clock, track, line) {
  return lastAtMost(line.updates, updateNow(clock, track));
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
  const key = `${camera.matrix} ${camera.box.width} ${camera.box.height} ${panel.drawn}`;
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
function drawWay(context, theme, { color, updates }, { ends, seen }, last) {
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
  if (updates.length > FEW) return;
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

/** Stroke the current path. */
function stroke(context, color, width, opacity = 1) {
  context.globalAlpha = opacity;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.stroke();
  context.globalAlpha = 1;
}

/** Draw a small disc. */
function dot(context, color, x, y, radius) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** Draw a run's marker with its casing. */
function head(context, theme, { color, symbol }, x, y, radius) {
  const open = symbol === 'x';
  const shape = marker(symbol, x, y, radius);
  context.lineJoin = 'round';
  context.strokeStyle = theme.page;
  context.lineWidth = open ? 7 : 4;
  context.stroke(shape);
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 3.5;
  if (open) context.stroke(shape);
  else context.fill(shape);
}

/** Return a marker's outline. */
export function marker(symbol, x, y, r) {
  const shape = new Path2D();
  if (symbol === 'circle') shape.arc(x, y, r, 0, 2 * Math.PI);
  for (const corners of CORNERS_OF[symbol] ?? []) {
    corners.forEach(([right, down], i) => {
      if (i === 0) shape.moveTo(x + r * right, y + r * down);
      else shape.lineTo(x + r * right, y + r * down);
    });
    if (corners.length > 2) shape.closePath();
  }
  return shape;
}

/** Markers made of straight lines, in radii from their middle. */
const CORNERS_OF = {
  square: [[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]],
  diamond: [[[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]]],
  'triangle-up': [[[0, -1.1], [1.1, 0.9], [-1.1, 0.9]]],
  cross: [
    [
      [-0.3, -1], [0.3, -1], [0.3, -0.3], [1, -0.3], [1, 0.3], [0.3, 0.3],
      [0.3, 1], [-0.3, 1], [-0.3, 0.3], [-1, 0.3], [-1, -0.3], [-0.3, -0.3],
    ],
  ],
  x: [
    [[-0.8, -0.8], [0.8, 0.8]],
    [[0.8, -0.8], [-0.8, 0.8]],
  ],
};

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
    await window.Plotly.restyle(panel.plot, cutOff(state, panel, data, indices), indices);
  }
  panel.moving = false;
}

/** Return what shows traces of a scene up to the clock's time. */
function cutOff(state, panel, data, indices) {
  const lines = linesOf(state, 'surface', panel);
  const counts = indices.map((index) => {
    // A path's casing stands before it and has no name.
    const label = data[index].name || data[index + 1].name;
    const track = state.clock.tracks.find((each) => each.label === label);
    return track ? reached(state.clock, track, lines.get(label)) + 1 : Infinity;
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
  if (line.x.length <= FEW) {
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
    if (!line?.x.length) return;
    // A run that waits for its next update stands where it is.
    const index = lastAtMost(line.x, clock.time + 1e-6 * clock.end);
    const [x, y] = [toRight(axes, line.x[index]), toDown(axes, line.y[index])];
    const shown = line.x[index] <= clock.time + 1e-6 * clock.end && isInside(axes, x, y);
    if (shown) head(context, theme, track, x, y, radiusOf(above) - 1);
  });
}

/** Whether a point stands inside flat axes, or on their edge. */
function isInside({ left, top, width, height }, x, y) {
  return x >= left - 6 && x <= left + width + 6 && y >= top - 6 && y <= top + height + 6;
}

// ---------------------------------------------------------------- the fit

/** Draw what each run has learned by now. */
function drawFit(state, panel) {
  const axes = axesOf(panel);
  const { kind } = state.data.play;
  const draw = { line: drawLine, regions: drawBoundary, predicted: drawCloud }[kind];
  if (!axes || !draw) return;
  const context = pen(panel, 'over');
  const moving = state.clock.tracks.filter(({ weights }) => weights);
  const lines = linesOf(state, 'fit', panel);
  if (kind === 'regions') tint(state, panel, axes, moving);
  within(context, axes, () => {
    for (const track of moving) draw(context, state, axes, track, lines.get(track.label));
  });
}

/** Return the weights of a run's scores now: one list for each score. */
function weightsNow(clock, track) {
  const [scores, terms] = track.shape;
  const from = indexNow(clock, track) * scores * terms;
  const score = (k) => track.weights.subarray(from + k * terms, from + (k + 1) * terms);
  return Array.from({ length: scores }, (_, k) => score(k));
}

/** Draw a fit through points: a straight line, or a parabola. */
function drawLine(context, { clock, theme }, axes, track, { x: drawn }) {
  const [weights] = weightsNow(clock, track);
  const [from, to] = [drawn[0], drawn[drawn.length - 1]];
  const steps = weights.length > 2 ? 60 : 1;
  context.beginPath();
  for (let i = 0; i <= steps; i += 1) {
    const x = from + ((to - from) * i) / steps;
    const y = weights.reduceRight((sum, weight) => sum * x + weight, 0);
    context.lineTo(toRight(axes, x), toDown(axes, y));
  }
  strokeAsRun(context, theme, track);
}

/** Stroke the current path in a run's colour and dash. */
function strokeAsRun(context, theme, { color, dash }) {
  context.setLineDash(DASHES[dash]);
  stroke(context, color, 2.5);
  context.setLineDash([]);
}

/** Return a score at a point: 1, x, y and, where there are six weights, x², xy, y². */
function scoreAt(w, x, y) {
  const flat = w[0] + w[1] * x + w[2] * y;
  return w.length > 3 ? flat + w[3] * x * x + w[4] * x * y + w[5] * y * y : flat;
}

/** Call back with each point of a grid over flat axes: column, row, x, y. */
function overGrid({ x: { range: [x0, x1] }, y: { range: [y0, y1] } }, cells, visit) {
  for (let row = 0; row <= cells; row += 1) {
    for (let column = 0; column <= cells; column += 1) {
      visit(column, row, x0 + ((x1 - x0) * column) / cells, y0 + ((y1 - y0) * row) / cells);
    }
  }
}

/** Draw where a run is undecided between two classes. */
function drawBoundary(context, { clock, theme }, axes, track) {
  const scores = weightsNow(clock, track);
  if (scores.length > 1) return;
  const margins = new Float64Array((CELLS + 1) ** 2);
  overGrid(axes, CELLS, (column, row, x, y) => {
    margins[row * (CELLS + 1) + column] = scoreAt(scores[0], x, y);
  });
  context.beginPath();
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) cross(context, axes, margins, column, row);
  }
  strokeAsRun(context, theme, { ...track, dash: 'solid' });
}

/** Add to the current path the line on which margins vanish inside one cell (marching squares). */
function cross(context, { left, top, width, height }, margins, column, row) {
  const corner = ([right, up]) => margins[(row + up) * (CELLS + 1) + column + right];
  const found = [];
  for (let side = 0; side < 4; side += 1) {
    const [a, b] = [CORNERS[side], CORNERS[(side + 1) % 4]];
    const [from, to] = [corner(a), corner(b)];
    if (from > 0 === to > 0) continue;
    const part = from / (from - to);
    const right = column + a[0] + part * (b[0] - a[0]);
    const up = row + a[1] + part * (b[1] - a[1]);
    found.push([left + (width * right) / CELLS, top + height * (1 - up / CELLS)]);
  }
  for (let i = 0; i + 1 < found.length; i += 2) {
    context.moveTo(...found[i]);
    context.lineTo(...found[i + 1]);
  }
}

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

/** Paint, under the points, the class that the run in the picture would choose everywhere. */
function tint(state, panel, axes, moving) {
  const map = state.data.panels.fit.spec.data.find(({ type }) => type === 'heatmap');
  const track = moving.find(({ place }) => place === state.data.play.focus) ?? moving[0];
  if (!map || !track) return;
  const scores = weightsNow(state.clock, track);
  const colors = map.colorscale.filter((_, i) => i % 2 === 0).map(([, color]) => channels(color));
  const picture = new ImageData(CELLS + 1, CELLS + 1);
  overGrid(axes, CELLS, (column, row, x, y) => {
    const values = scores.map((weights) => scoreAt(weights, x, y));
    const best = values.length > 1 ? values.indexOf(Math.max(...values)) : Number(values[0] > 0);
    const at = 4 * ((CELLS - row) * (CELLS + 1) + column);
    picture.data.set([...colors[best], 255], at);
  });
  const paper = new OffscreenCanvas(CELLS + 1, CELLS + 1);
  paper.getContext('2d').putImageData(picture, 0, 0);
  const context = pen(panel, 'under');
  within(context, axes, () => {
    const [dx, dy] = [axes.width / CELLS / 2, axes.height / CELLS / 2];
    const { left, top, width, height } = axes;
    context.imageSmoothingEnabled = false;
    context.drawImage(paper, left - dx, top - dy, width + 2 * dx, height + 2 * dy);
  });
}

/** Return red, green and blue of `#rrggbb`. */
function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

/** Draw predicted against actual. */
function drawCloud(context, { clock, data }, axes, track, { x }) {
  const [weights] = weightsNow(clock, track);
  data.play.values ??= numbers(data.play.rows);
  const columns = weights.length - 1;
  context.globalAlpha = 0.6;
  context.fillStyle = track.color;
  for (let i = 0; i < x.length; i += 1) {
    let predicted = weights[0];
    for (let j = 0; j < columns; j += 1) {
      predicted += weights[j + 1] * data.play.values[i * columns + j];
    }
    context.fill(marker(track.symbol, toRight(axes, x[i]), toDown(axes, predicted), 2.5));
  }
  context.globalAlpha = 1;
}
