/**
 * Three dimensions on a flat canvas: points through a scene's camera, and what the ground hides.
 *
 * The camera is read from private fields of plotly.js, the only ones used. Where they are not as
 * expected, `readCamera` returns null and the player moves the paths by public calls instead.
 */

import { numbers } from './clock.js';

/** Return a scene's camera: `matrix` from data to the screen (column by column), `eye` in data. */
export function readCamera(plot) {
  const scene = plot._fullLayout?.scene?._scene;
  const { model, view, projection } = scene?.glplot?.cameraParams ?? {};
  const scale = scene?.dataScale;
  if (![model, view, projection].every((m) => isVector(m, 16)) || !isVector(scale, 3)) return null;
  const scaled = Array.from(model, (value, i) => value * (scale[i >> 2] ?? 1));
  return {
    matrix: product(projection, product(view, scaled)),
    eye: eyeOf(view, scaled),
    box: scene.glplot.canvas.getBoundingClientRect(),
  };
}

/** Whether a value holds so many finite numbers. */
function isVector(value, length) {
  return value?.length === length && Array.from(value).every(Number.isFinite);
}

/** Return the product of two 4 x 4 matrices. */
function product(a, b) {
  return Array.from({ length: 16 }, (_, at) => {
    const [column, row] = [at & 12, at & 3];
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[row + 4 * k] * b[column + k], 0);
  });
}

/** Return where the viewer stands, in data: a view turns and shifts, a model scales and shifts. */
function eyeOf(view, model) {
  return [0, 1, 2].map((axis) => {
    const turned = [0, 1, 2].reduce((sum, k) => sum - view[4 * axis + k] * view[12 + k], 0);
    return (turned - model[12 + axis]) / model[5 * axis];
  });
}

/** Return pixels [right, down] of a point, from the corner of the scene. */
function onScreen({ matrix: m, box }, [x, y, z]) {
  const depth = m[3] * x + m[7] * y + m[11] * z + m[15];
  const right = (m[0] * x + m[4] * y + m[8] * z + m[12]) / depth;
  const up = (m[1] * x + m[5] * y + m[9] * z + m[13]) / depth;
  return [((1 + right) / 2) * box.width, ((1 - up) / 2) * box.height];
}

/**
 * Return a path on the screen: `ends` holds from and to (right, down) of the piece inside the
 * scene's box that leads to each state; `seen` is 1 where that stands before the ground, 2 behind
 * it, 0 where there is none; `stands` is 1 where the state itself is inside.
 */
export function projected(camera, path, ground) {
  const count = path.x.length;
  const ends = new Float32Array(4 * count);
  const seen = new Uint8Array(count);
  const stands = new Uint8Array(count);
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

/** Return the part of a line that lies in a box, null where none does. */
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
  if (first > last) return null;
  const along = (share) => from.map((value, axis) => value + share * (to[axis] - value));
  return [along(first), along(last)];
}

/** Return the ground of a figure: its grid, and the box that the scene shows. */
export function groundOf({ data, layout }) {
  const surface = data.find(({ type }) => type === 'surface');
  const box = ['x', 'y', 'z'].map((name) => layout.scene[`${name}axis`].range.map(Number));
  if (!surface) return { box };
  const [x, y, z] = [numbers(surface.x), numbers(surface.y), numbers(surface.z)];
  return { box, x, y, z };
}

/** Ground higher than a path by this share of the box, so many cells away, hides it: between its
 * points the grid stands a little above a hollow, and must not swallow the path that lies in it. */
const CLEARLY = 0.01;
const CELLS_AWAY = 1.5;

/** Whether the ground stands between a point and the eye. */
function isHidden([x, y, z], eye, { box, x: xs, y: ys, z: zs }) {
  if (!zs) return false;
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

/** Return the ground's height between its grid's points. */
function heightAt(zs, columns, rows, column, row) {
  const left = Math.min(columns - 2, Math.floor(column));
  const low = Math.min(rows - 2, Math.floor(row));
  const [right, up] = [column - left, row - low];
  const at = low * columns + left;
  const below = zs[at] * (1 - right) + zs[at + 1] * right;
  const above = zs[at + columns] * (1 - right) + zs[at + columns + 1] * right;
  return below * (1 - up) + above * up;
}
