/**
 * Three dimensions on a flat canvas: points through a scene's camera, and what the ground hides.
 *
 * The camera is read from private fields of plotly.js, and kept where something is seen by others; no
 * more are used. Where they are not as expected, `readCamera` returns null and the player moves the
 * paths by public calls instead, and the camera goes where it is dragged.
 */

import { numbers } from './clock.js';
import { readLines } from './lines.js';

/**
 * Return a scene's camera, null where it cannot be read.
 * @param {Plot} plot
 * @returns {Camera | null}
 */
export function readCamera(plot) {
  const { dataScale: scale, glplot } = plot._fullLayout?.scene?._scene ?? {};
  const { model, view, projection } = glplot?.cameraParams ?? {};
  if (!isVector(model, 16) || !isVector(view, 16) || !isVector(projection, 16)) return null;
  if (!glplot || !isVector(scale, 3)) return null;
  const scaled = Array.from(model, (value, i) => value * (scale[i >> 2] ?? 1));
  return {
    matrix: product(projection, product(view, scaled)),
    eye: eyeOf(view, scaled),
    box: glplot.canvas.getBoundingClientRect(),
  };
}

/** Scenes are looked at from so high, in radians: not from under the ground, nor across a bowl's rim,
 * which hides what lies in it. */
const ELEVATIONS = [(7 / 30) * Math.PI, (17 / 36) * Math.PI];
/** A visitor comes so near to a scene, and goes so far off, as shares of where it was first seen from. */
const REACH = [0.4, 1.3];

/**
 * Keep a scene's camera above the ground and about as far away, whatever turns it.
 * @param {Plot} plot
 * @param {PlotCamera | undefined} first where the scene is seen from as it comes
 * @param {number} lower how high its box is, as a share of what it was before it had to fill a panel
 */
export function keepAbove(plot, first, lower) {
  const view = plot._fullLayout?.scene?._scene?.camera?.view;
  const angle = view?._active?.angle;
  const lowest = Math.atan(lower * Math.tan(ELEVATIONS[0]));
  if (angle?.bounds) angle.bounds = [[-Infinity, lowest], [Infinity, ELEVATIONS[1]]];
  if (first?.eye && first.center) keepNear(view, first.eye, first.center);
}

/**
 * @param {PrivateView | undefined} view
 * @param {Eye} eye
 * @param {Eye} center
 */
function keepNear(view, eye, center) {
  const distance = Math.hypot(eye.x - center.x, eye.y - center.y, eye.z - center.z);
  view?.setDistanceLimits?.(REACH[0] * distance, REACH[1] * distance);
}

/**
 * Whether a value holds so many finite numbers.
 * @param {Numbers | undefined} value
 * @param {number} length
 * @returns {value is Numbers}
 */
function isVector(value, length) {
  return value?.length === length && Array.from(value).every(Number.isFinite);
}

/**
 * Return the product of two 4 x 4 matrices.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function product(a, b) {
  return Array.from({ length: 16 }, (_, at) => {
    const [column, row] = [at & 12, at & 3];
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[row + 4 * k] * b[column + k], 0);
  });
}

/**
 * Return where the viewer stands, in data: a view turns and shifts, a model scales and shifts.
 * @param {ArrayLike<number>} view
 * @param {ArrayLike<number>} model
 */
function eyeOf(view, model) {
  return [0, 1, 2].map((axis) => {
    const turned = [0, 1, 2].reduce((sum, k) => sum - view[4 * axis + k] * view[12 + k], 0);
    return (turned - model[12 + axis]) / model[5 * axis];
  });
}

/**
 * Return pixels of a point, from the corner of the scene.
 * @param {Camera} camera
 * @param {Point} point
 * @returns {Pixel}
 */
export function onScreen({ matrix: m, box }, [x, y, z]) {
  const depth = m[3] * x + m[7] * y + m[11] * z + m[15];
  const right = (m[0] * x + m[4] * y + m[8] * z + m[12]) / depth;
  const up = (m[1] * x + m[5] * y + m[9] * z + m[13]) / depth;
  return [((1 + right) / 2) * box.width, ((1 - up) / 2) * box.height];
}

/**
 * Return where a small way from a state of a path leads on the screen, in pixels.
 * @param {Camera} camera
 * @param {Line} line
 * @param {number} index
 * @param {Point} way
 * @returns {Pixel}
 */
export function shiftOf({ matrix, box }, { x, y, z }, index, way) {
  /** @param {number} row @param {number[]} values */
  const part = (row, values) => values.reduce((sum, v, k) => sum + matrix[row + 4 * k] * v, 0);
  const at = [x[index], y[index], z[index], 1];
  const depth = part(3, at);
  const [right, up] = [0, 1].map(
    (row) => (part(row, way) - (part(row, at) / depth) * part(3, way)) / depth,
  );
  return [(right * box.width) / 2, (-up * box.height) / 2];
}

/**
 * Return a path on the screen: `ends` holds from and to (right, down) of the piece inside the
 * scene's box that leads to each state; `seen` is 1 where that stands before the ground, 2 behind
 * it, 0 where there is none; `stands` is 1 where the state itself is inside.
 * @param {Camera} camera
 * @param {Line} path
 * @param {Ground} ground
 * @returns {Projection}
 */
export function projected(camera, path, ground) {
  const count = path.x.length;
  const ends = new Float32Array(4 * count);
  const seen = new Uint8Array(count);
  const stands = new Uint8Array(count);
  /** @param {number} i @returns {Point} */
  const at = (i) => [path.x[i], path.y[i], path.z[i]];
  for (let i = 0; i < count; i += 1) {
    const piece = inside(at(Math.max(0, i - 1)), at(i), ground.box);
    if (!piece) continue;
    ends.set([...onScreen(camera, piece[0]), ...onScreen(camera, piece[1])], 4 * i);
    seen[i] = isHidden(piece[1], camera.eye, ground) ? 2 : 1;
    stands[i] = Number(at(i).every((v, k) => v >= ground.box[k][0] && v <= ground.box[k][1]));
  }
  return { ends, seen, stands };
}

/**
 * Return the part of a line that lies in a box, null where none does: so too of one from or to a
 * gap, which stands as NaN.
 * @param {Point} from
 * @param {Point} to
 * @param {Interval[]} box
 * @returns {[Point, Point] | null}
 */
function inside(from, to, box) {
  let [first, last] = [0, 1];
  for (const axis of [0, 1, 2]) {
    const way = to[axis] - from[axis];
    const sides = box[axis].map((side) => (side - from[axis]) / way);
    if (way === 0) {
      if (from[axis] < box[axis][0] || from[axis] > box[axis][1]) return null;
      continue;
    }
    first = Math.max(first, Math.min(...sides));
    last = Math.min(last, Math.max(...sides));
  }
  return !(first <= last) ? null : [between(from, to, first), between(from, to, last)];
}

/**
 * Return the point a share of the way between two others.
 * @param {Point} from
 * @param {Point} to
 * @param {number} share
 * @returns {Point}
 */
function between(from, to, share) {
  const [x, y, z] = from.map((value, axis) => value + share * (to[axis] - value));
  return [x, y, z];
}

/**
 * Return the ground of a figure; it has no points where no surface is drawn.
 * @param {Figure} figure
 * @returns {Ground}
 */
export function groundOf({ data, layout }) {
  const surface = data.find(({ type }) => type === 'surface');
  const axes = [layout.scene?.xaxis, layout.scene?.yaxis, layout.scene?.zaxis];
  const box = axes.map((axis) => rangeOf(axis));
  return { box, x: numbers(surface?.x), y: numbers(surface?.y), z: numbers(surface?.z) };
}

/**
 * Return an axis' range in numbers.
 * @param {PlotAxis | undefined} axis
 * @returns {Interval}
 */
function rangeOf(axis) {
  const [from, to] = axis?.range ?? [-Infinity, Infinity];
  return [Number(from), Number(to)];
}

/** The ground is another one where a side of it is longer or shorter by more than this factor. */
const GROWN = 1.5;

/**
 * Whether a scene shows much more or much less ground than another one.
 * @param {SceneLayout | undefined} one
 * @param {SceneLayout | undefined} other
 */
export function isRescaled(one, other) {
  const [before, now] = [one, other].map((scene) =>
    [scene?.xaxis, scene?.yaxis].map((axis) => {
      const [low, high] = rangeOf(axis);
      return high - low;
    }),
  );
  return before.some((span, i) => Math.abs(Math.log(now[i] / span)) > Math.log(GROWN));
}

/**
 * Whether two cameras look at a scene from opposite sides.
 * @param {PlotCamera | undefined} one
 * @param {PlotCamera | undefined} other
 */
export function isBehind(one, other) {
  if (!one?.eye || !other?.eye) return false;
  return one.eye.x * other.eye.x + one.eye.y * other.eye.y < 0;
}

/** So many states of a path are looked for, about. */
const SOME = 60;

/**
 * Return how much of a figure's paths is seen from a camera's eye, as a share of their states.
 * @param {Figure} figure
 * @param {Eye} eye in Plotly's units: the scene's box is as large as its aspect ratio
 * @param {Eye} aspect
 */
export function shareSeen(figure, eye, { x, y, z }) {
  const ground = groundOf(figure);
  const from = [eye.x / x, eye.y / y, eye.z / z].map((share, axis) => {
    const [low, high] = ground.box[axis];
    return low + (share + 0.5) * (high - low);
  });
  const states = [...readLines(figure.data).values()].flatMap(({ x: xs, y: ys, z: zs, updates }) => {
    if (updates.length === 0) return []; // a mark is no path
    const stride = Math.ceil(xs.length / SOME);
    const places = Array.from({ length: Math.ceil(xs.length / stride) }, (_, i) => i * stride);
    return places.map((i) => /** @type {Point} */ ([xs[i], ys[i], zs[i]]));
  });
  /** @param {Point} point */
  const stands = (point) => point.every((v, k) => v >= ground.box[k][0] && v <= ground.box[k][1]);
  const there = states.filter(stands);
  if (there.length === 0) return 1;
  return there.filter((point) => !isHidden(point, from, ground)).length / there.length;
}

/** So many cells of a ground are looked at along each side, about. */
const SOME_CELLS = 20;

/**
 * Return how much of the screen a figure's ground takes where it is seen from above, less where it is
 * seen from below: the outside of a bowl hides what lies in it.
 * @param {Figure} figure
 * @param {(place: Point) => Pixel} place where a place in the scene's box, -1 to 1, is on the screen
 */
export function groundShown(figure, place) {
  const { box, x, y, z } = groundOf(figure);
  /** @param {Numbers} values */
  const some = ({ length }) => {
    const count = Math.min(SOME_CELLS, length - 1);
    return Array.from({ length: count + 1 }, (_, k) => Math.round((k * (length - 1)) / count));
  };
  const [columns, rows] = [some(x), some(y)];
  /** @param {number} value @param {number} axis */
  const inBox = (value, axis) => (2 * (value - box[axis][0])) / (box[axis][1] - box[axis][0]) - 1;
  const points = rows.map((row) =>
    columns.map((column) => {
      const height = z[row * x.length + column];
      if (!(height <= box[2][1])) return null;
      return place([inBox(x[column], 0), inBox(y[row], 1), inBox(height, 2)]);
    }),
  );
  let area = 0;
  for (let row = 1; row < rows.length; row += 1) {
    for (let column = 1; column < columns.length; column += 1) {
      const [a, b, c, d] = [
        points[row - 1][column - 1], points[row - 1][column], points[row][column],
        points[row][column - 1],
      ];
      if (!a || !b || !c || !d) continue;
      // Downwards on the screen is more: what is seen from above turns to the left.
      area += ((c[1] - a[1]) * (d[0] - b[0]) - (c[0] - a[0]) * (d[1] - b[1])) / 2;
    }
  }
  return area;
}

/** Ground higher than a path by this share of the box, so many cells away, hides it: between its
 * points the grid stands a little above a hollow, and must not swallow the path that lies in it. */
const CLEARLY = 0.01;
const CELLS_AWAY = 1.5;

/**
 * Whether the ground stands between a point and the eye.
 * @param {Point} point
 * @param {number[]} eye
 * @param {Ground} ground
 */
function isHidden([x, y, z], eye, { box, x: xs, y: ys, z: zs }) {
  if (zs.length === 0) return false;
  const [columns, rows] = [xs.length, ys.length];
  const cell = [(xs[columns - 1] - xs[0]) / (columns - 1), (ys[rows - 1] - ys[0]) / (rows - 1)];
  const [east, north, up] = [eye[0] - x, eye[1] - y, eye[2] - z];
  const strides = Math.max(Math.abs(east / cell[0]), Math.abs(north / cell[1]));
  const clearance = CLEARLY * (box[2][1] - box[2][0]);
  for (let i = CELLS_AWAY; i < strides; i += 1) {
    const share = i / strides;
    const height = z + share * up;
    const column = (x + share * east - xs[0]) / cell[0];
    const row = (y + share * north - ys[0]) / cell[1];
    if (column < 0 || row < 0 || column > columns - 1 || row > rows - 1) return false;
    if (height > box[2][1]) return false;
    const ground = heightAt(zs, columns, rows, column, row);
    if (ground > height + clearance && ground <= box[2][1]) return true;
  }
  return false;
}

/**
 * Return the ground's height between its grid's points.
 * @param {Numbers} zs
 * @param {number} columns
 * @param {number} rows
 * @param {number} column
 * @param {number} row
 */
function heightAt(zs, columns, rows, column, row) {
  const left = Math.min(columns - 2, Math.floor(column));
  const low = Math.min(rows - 2, Math.floor(row));
  const [right, up] = [column - left, row - low];
  const at = low * columns + left;
  const below = zs[at] * (1 - right) + zs[at + 1] * right;
  const above = zs[at + columns] * (1 - right) + zs[at + columns + 1] * right;
  return below * (1 - up) + above * up;
}
