/** A network as it is by now: each unit a small picture of what it says, each weight an edge. */

import { gridOver, netNow } from './fits.js';
import { axesOf, channels, pen, stroke, toDown, toRight } from './ink.js';
import { inputsAt, unitsAt } from './network.js';

/** How many cells a unit's picture has along each side, and a unit's curve along it. */
const TILE = 24;
const BENDS = 32;
/** An edge is so wide at weight 0, so much wider for each 1 that the weight is from it, at most. */
const [THINNEST, WIDER, WIDEST] = [0.4, 1.1, 6];
/** The same of how clear it is. */
const [FAINT, CLEARER, CLEAREST] = [0.12, 0.3, 0.8];

/**
 * Draw the network of the run that the diagram is of.
 * @param {State} state
 * @param {Panel} panel
 * @param {Diagram} diagram
 */
export function drawNetwork(state, panel, diagram) {
  const [axes, net] = [axesOf(panel), state.data.play?.net];
  const track = state.clock.tracks.find(({ place, shape }) => place === diagram.place && shape);
  if (!axes || !net || !track) return;
  const context = pen(panel, 'over');
  const weights = netNow(state.clock, track);
  const half = toRight(axes, diagram.half) - toRight(axes, 0);
  const middles = diagram.middles.map((layer) =>
    layer.map(([x, y]) => /** @type {Pixel} */ ([toRight(axes, x), toDown(axes, y)])),
  );
  drawEdges(context, diagram, middles, half, weights);
  drawUnits(context, state.theme, diagram, middles, half, unitsAt(net, weights, pointsOf(net, diagram)));
}

/**
 * Return the inputs of a network at the points that units are shown over.
 * @param {Net} net
 * @param {Diagram} diagram
 */
function pointsOf(net, { box: [right, up] }) {
  if (up) {
    const { x, y } = gridOver(right, up, TILE - 1);
    return inputsAt(net, x, y);
  }
  const step = (right[1] - right[0]) / BENDS;
  return inputsAt(net, Float64Array.from({ length: BENDS + 1 }, (_, i) => right[0] + i * step), null);
}

// ---------------------------------------------------------------- edges

/**
 * Draw each weight as an edge, wider and clearer the further it is from zero.
 * @param {CanvasRenderingContext2D} context
 * @param {Diagram} diagram
 * @param {Pixel[][]} middles
 * @param {number} half
 * @param {ArrayLike<number>} weights
 */
function drawEdges(context, { colors: [below, , above] }, middles, half, weights) {
  let at = 0;
  for (let layer = 1; layer < middles.length; layer += 1) {
    for (const from of middles[layer - 1]) {
      for (const to of middles[layer]) {
        const [weight, size] = [weights[at], Math.abs(weights[at])];
        at += 1;
        edge(context, from, to, half);
        const width = Math.min(WIDEST, THINNEST + WIDER * size);
        const opacity = Math.min(CLEAREST, FAINT + CLEARER * size);
        stroke(context, weight > 0 ? above : below, width, opacity);
      }
    }
    at += middles[layer].length; // biases
  }
}

/**
 * Begin a path from the right of one square to the left of another.
 * @param {CanvasRenderingContext2D} context
 * @param {Pixel} from
 * @param {Pixel} to
 * @param {number} half
 */
function edge(context, from, to, half) {
  const [left, right] = [from[0] + half, to[0] - half];
  const middle = (left + right) / 2;
  context.beginPath();
  context.moveTo(left, from[1]);
  context.bezierCurveTo(middle, from[1], middle, to[1], right, to[1]);
}

// ---------------------------------------------------------------- units

/**
 * Draw what each unit says: over a plane as a small map, over a line as a curve.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Diagram} diagram
 * @param {Pixel[][]} middles
 * @param {number} half
 * @param {Float64Array[][]} units
 */
function drawUnits(context, theme, { colors, box }, middles, half, units) {
  const inks = colors.map(channels);
  const paper = new OffscreenCanvas(TILE, TILE);
  const ground = /** @type {OffscreenCanvasRenderingContext2D} */ (paper.getContext('2d'));
  middles.forEach((layer, i) =>
    layer.forEach(([right, down], j) => {
      const [left, top, side] = [right - half, down - half, 2 * half];
      const shares = sharesOf(units[i][j]);
      if (box.length > 1) {
        ground.putImageData(tile(shares, inks), 0, 0);
        context.drawImage(paper, left, top, side, side);
      } else {
        context.fillStyle = colors[1];
        context.fillRect(left, top, side, side);
        drawCurve(context, theme, shares, left, down, half);
      }
      context.beginPath();
      context.rect(left, top, side, side);
      stroke(context, theme.quiet, 1, 0.6);
    }),
  );
}

/**
 * Return values as shares of the largest of them, or of 1 where that is larger.
 * @param {Float64Array} values
 */
export function sharesOf(values) {
  const most = values.reduce((size, value) => Math.max(size, Math.abs(value)), 1);
  return values.map((value) => value / most);
}

/**
 * Return a small map of shares from -1 to 1, the first row lowest.
 * @param {Float64Array} shares
 * @param {number[][]} inks
 */
function tile(shares, [below, none, above]) {
  const picture = new ImageData(TILE, TILE);
  shares.forEach((share, point) => {
    const [end, size] = share > 0 ? [above, share] : [below, -share];
    const at = 4 * ((TILE - 1 - Math.floor(point / TILE)) * TILE + (point % TILE));
    for (let part = 0; part < 3; part += 1) {
      picture.data[at + part] = none[part] + size * (end[part] - none[part]);
    }
    picture.data[at + 3] = 255;
  });
  return picture;
}

/**
 * Draw shares from -1 to 1 as a curve in a square.
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {Float64Array} shares
 * @param {number} left
 * @param {number} middle
 * @param {number} half
 */
function drawCurve(context, { text }, shares, left, middle, half) {
  const room = half - 2;
  context.beginPath();
  shares.forEach((share, i) => {
    context.lineTo(left + (2 * half * i) / (shares.length - 1), middle - room * share);
  });
  stroke(context, text, 1.4);
}
