/** Three dimensions on a flat canvas. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  groundOf, groundShown, isBehind, isRescaled, keepAbove, onScreen, projected, readCamera, shareSeen, shiftOf,
} from '../../gdplay/ui/player/scene.js';
import { packed } from './fakes.mjs';

const BOX = { left: 0, top: 0, width: 400, height: 200 };
const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** A chart as plotly.js leaves it, with matrices column by column. */
function chart({ model = IDENTITY, view = IDENTITY, projection = IDENTITY, scale = [1, 1, 1] } = {}) {
  const canvas = { getBoundingClientRect: () => BOX };
  const glplot = { canvas, cameraParams: { model, view, projection } };
  return { _fullLayout: { scene: { _scene: { dataScale: scale, glplot } } } };
}

const close = (actual, expected) =>
  [...actual].forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-4, `${actual}`));

const replaced = (values, at, value) => values.map((each, i) => (i === at ? value : each));

const path = (...points) => {
  const [x, y, z] = [0, 1, 2].map((axis) => points.map((point) => point[axis]));
  return { x, y, z, updates: [], lift: 0 };
};

// The camera

test('a camera that cannot be read is none', () => {
  const broken = [
    {}, { _fullLayout: {} }, { _fullLayout: { scene: {} } }, { _fullLayout: { scene: { _scene: {} } } },
    chart({ model: IDENTITY.slice(1) }), chart({ view: [...IDENTITY, 1] }),
    chart({ projection: replaced(IDENTITY, 3, NaN) }), chart({ scale: [1, 1] }),
    chart({ scale: [1, 1, 1, 1] }), chart({ scale: [1, Infinity, 1] }), chart({ view: null }),
  ];
  for (const plot of broken) assert.equal(readCamera(plot), null);
  assert.notEqual(readCamera(chart()), null);
});

test('the matrix leads through model, view and projection, data scaled first', () => {
  const model = [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 5, 0, 7, 11, 13, 1];
  const view = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 17, 19, 23, 1];
  const projection = [1, 2, 0, 0, 0, 1, 0, 3, 0, 0, 1, -1, 4, 5, 6, 0];
  const { matrix, box } = readCamera(chart({ model, view, projection, scale: [10, 100, 1000] }));
  const apply = (m, v) =>
    [0, 1, 2, 3].map((row) => [0, 1, 2, 3].reduce((sum, k) => sum + m[row + 4 * k] * v[k], 0));
  const point = [1, -2, 3, 1];
  const scaled = [10, -200, 3000, 1];
  const expected = apply(projection, apply(view, apply(model, scaled)));
  close(apply(matrix, point), expected);
  assert.equal(box, BOX);
});

test('the eye is where the view puts the origin of its own axes', () => {
  const model = [2, 0, 0, 0, 0, 4, 0, 0, 0, 0, 5, 0, 1, 2, 3, 1];
  const view = [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 17, 19, 23, 1];
  const { eye } = readCamera(chart({ model, view }));
  // turned back: R^T (-t) = (-19, 17, -23); in data: minus the shift, by the scale.
  close(eye, [(-19 - 1) / 2, (17 - 2) / 4, (-23 - 3) / 5]);
});

test('a scene is turned above its ground only, and about as far away as it came', () => {
  const angle = { bounds: [] };
  let limits = null;
  const view = { _active: { angle }, setDistanceLimits: (...given) => (limits = given) };
  const plot = { _fullLayout: { scene: { _scene: { camera: { view } } } } };
  keepAbove(plot, undefined, 1);
  const [[west, lowest], [east, highest]] = angle.bounds;
  assert.deepEqual([west, east, limits], [-Infinity, Infinity, null]); // all the way round
  assert.ok(lowest > Math.PI / 6 && lowest < Math.PI / 4 && highest < Math.PI / 2, angle.bounds);
  const [[, low]] = (keepAbove(plot, undefined, 0.5), angle.bounds);
  assert.ok(Math.abs(Math.tan(low) - Math.tan(lowest) / 2) < 1e-12); // a lower box hides less
  keepAbove(plot, { eye: { x: 3, y: 0, z: 5 }, center: { x: 0, y: 0, z: 1 } }, 1);
  const [nearest, farthest] = limits;
  assert.ok(nearest < 5 && farthest > 5 && farthest < 10, limits);
  keepAbove({}, { eye: { x: 1, y: 1, z: 1 }, center: { x: 0, y: 0, z: 0 } }, 1); // as before, elsewhere
});

// Projection

const OPEN = { box: [[-1, 1], [-1, 1], [-1, 1]], x: [], y: [], z: [] };
const camera = (more = {}) => ({ matrix: IDENTITY, eye: [0, 0, 10], box: BOX, ...more });

test('a path is seen where the camera puts it, in pixels right and down', () => {
  const { ends, seen, stands } = projected(camera(), path([0, 0, 0], [0.5, -0.5, 0]), OPEN);
  close(ends, [200, 100, 200, 100, 200, 100, 300, 150]);
  assert.deepEqual([...seen, ...stands], [1, 1, 1, 1]);
});

test('what is far away is small', () => {
  const matrix = [1, 0, 0, 0.5, 0, 2, 0, 0.25, 0, 0, 1, 1, 0.125, 0.0625, 0, 2];
  const { ends } = projected(camera({ matrix }), path([0.5, 0.25, 0.75]), OPEN);
  const depth = 0.5 * 0.5 + 0.25 * 0.25 + 0.75 + 2;
  close(ends.slice(2), [
    200 * (1 + (0.5 + 0.125) / depth),
    100 * (1 - (0.5 + 0.0625) / depth),
  ]);
  const tilted = [1, 0.5, 0, 0, 0.25, 1, 0, 0, 0.125, 0.0625, 1, 0, 0, 0, 0, 1];
  const other = projected(camera({ matrix: tilted }), path([0.5, 0.25, 0.75]), OPEN);
  close(other.ends.slice(2), [
    200 * (1 + 0.5 + 0.0625 + 0.09375),
    100 * (1 - (0.25 + 0.25 + 0.046875)),
  ]);
});

test('a path is cut off at the sides of the box', () => {
  const { ends, seen, stands } = projected(
    camera(),
    path([0, 0, 0], [2, 0, 0], [3, 0, 0], [3, 3, 0], [0, 0.5, 0], [0, 0.5, -4]),
    OPEN,
  );
  assert.deepEqual([...seen], [1, 1, 0, 0, 1, 1]);
  assert.deepEqual([...stands], [1, 0, 0, 0, 1, 0]);
  close(ends.slice(4, 8), [200, 100, 400, 100]); // up to the right side
  close(ends.slice(8, 16), Array(8).fill(0));
  close(ends.slice(18, 20), [200, 50]); // from the top side on
  const entry = [3 - 3 * 0.8, 3 - 2.5 * 0.8];
  close(ends.slice(16, 18), [200 * (1 + entry[0]), 100 * (1 - entry[1])]);
});

test('a state on the side of the box stands, one beside it does not', () => {
  for (const axis of [0, 1, 2]) {
    for (const [side, stands] of [[1, 1], [-1, 1], [1.01, 0], [-1.01, 0]]) {
      const point = replaced([0, 0, 0], axis, side);
      assert.deepEqual([...projected(camera(), path(point), OPEN).stands], [stands]);
      const still = projected(camera(), path(point, point), OPEN);
      assert.deepEqual([...still.seen], [stands, stands]);
    }
  }
});

test('a path that passes outside a corner is not seen', () => {
  const corner = projected(camera(), path([0, 2.5, 0], [2.5, 0, 0]), OPEN);
  assert.deepEqual([...corner.seen], [0, 0]);
  const inner = projected(camera(), path([0, 1.5, 0], [1.5, 0, 0]), OPEN);
  assert.deepEqual([...inner.seen], [0, 1]);
  close(inner.ends.slice(4), [300, 0, 400, 50]);
  const edge = projected(camera(), path([0, 2, 0], [2, 0, 0]), OPEN);
  assert.deepEqual([...edge.seen], [0, 1]);
  close(edge.ends.slice(4), [400, 0, 400, 0]);
});

// The ground

test('the ground of a figure is read with the box its scene shows', () => {
  const axis = (from, to) => ({ range: [from, to] });
  const layout = { scene: { xaxis: axis('0', 1), yaxis: axis(2, 3), zaxis: axis(4, '5') } };
  const z = packed('f4', Float32Array.of(1, 2, 3, 4));
  const surface = { type: 'surface', x: [0, 1], y: [2, 3], z };
  const land = groundOf({ data: [{ type: 'scatter3d', x: [9] }, surface], layout });
  assert.deepEqual(land.box, [[0, 1], [2, 3], [4, 5]]);
  assert.deepEqual([land.x, land.y, [...land.z]], [[0, 1], [2, 3], [1, 2, 3, 4]]);
  assert.deepEqual(groundOf({ data: [], layout }).z, []);
  const boundless = groundOf({ data: [], layout: {} });
  assert.deepEqual(boundless.box, Array(3).fill([-Infinity, Infinity]));
});

/** A ground of 5 x 4 points, one unit apart from 0, 0 on, with heights by column and row. */
function ground(height, top = 10) {
  const [x, y] = [[0, 1, 2, 3, 4], [0, 1, 2, 3]];
  const z = y.flatMap((row) => x.map((column) => height(column, row)));
  return { box: [[0, 4], [0, 3], [0, top]], x, y, z };
}

/** Whether a point is hidden from an eye. */
const hidden = (point, eye, land) =>
  projected(camera({ eye }), path(point), land).seen[0] === 2;

test('a wall between a point and the eye hides it', () => {
  const wall = ground((column) => (column === 3 ? 5 : 0));
  assert.ok(hidden([1, 1.5, 1], [9, 1.5, 1], wall));
  assert.ok(!hidden([1, 1.5, 6], [9, 1.5, 6], wall)); // above it
  assert.ok(!hidden([1, 1.5, 1], [1, 1.5, 99], wall)); // looked at from above
  assert.ok(!hidden([1, 1.5, 1], [-9, 1.5, 1], wall)); // from the other side
  assert.ok(!hidden([2, 1.5, 1], [9, 1.5, 1], { ...wall, x: [], y: [], z: [] }));
});

test('a wall hides in either direction, and along either side', () => {
  const across = ground((_, row) => (row === 2 ? 5 : 0));
  assert.ok(hidden([2, 0.25, 1], [2, 9, 1], across));
  assert.ok(!hidden([2, 3, 1], [2, 9, 1], across));
  const low = ground((column) => (column === 0 ? 5 : 0));
  assert.ok(hidden([3, 1, 1], [-5, 1, 1], low));
  assert.ok(!hidden([3, 1, 5.6], [-5, 1, 5.6], low));
  const near = ground((_, row) => (row === 0 ? 5 : 0));
  assert.ok(hidden([1, 3, 1], [1, -5, 1], near));
});

test('ground that is hardly higher, or nearer than a cell and a half, hides nothing', () => {
  const flat = (height) => ground(() => height, 10);
  assert.ok(!hidden([0, 1, 1], [9, 1, 1], flat(1.1)));
  assert.ok(hidden([0, 1, 1], [9, 1, 1], flat(1.11)));
  const ridge = ground((column) => (column === 1 ? 5 : 0));
  assert.ok(!hidden([0.6, 1, 1], [9, 1, 1], ridge)); // looked at from 2.1 on
  assert.ok(hidden([0, 1, 1], [9, 1, 1], ridge));
});

test('ground that the box cuts off hides nothing', () => {
  const tall = ground((column) => (column === 3 ? 50 : 0), 10);
  assert.ok(!hidden([1.5, 1, 1], [10.5, 1, 1], tall));
  const full = ground((column) => (column === 3 ? 10 : 0), 10);
  assert.ok(hidden([1.5, 1, 1], [10.5, 1, 1], full));
});

test('between its points the ground is as high as a plane through them', () => {
  const slope = ground((column, row) => column + 2 * row, 20);
  // Looked at where it stands 6 high, and 7.75; clearance is 0.2.
  const look = (z) => hidden([0.5, 1.5, z], [3.75, 1.5, z], slope);
  assert.deepEqual([look(5.75), look(5.85)], [true, false]);
  const aside = (z) => hidden([2.25, 0.25, z], [2.25, 2.9, z], slope);
  assert.deepEqual([aside(7.5), aside(7.6)], [true, false]);
});

test('the very rim of the ground hides as its middle does', () => {
  const across = ground((_, row) => (row === 2 ? 5 : 0));
  const wall = ground((column) => (column === 3 ? 5 : 0));
  for (const x of [0, 4]) assert.ok(hidden([x, 0.25, 1], [x, 9, 1], across), `${x}`);
  for (const y of [0, 3]) assert.ok(hidden([1, y, 1], [9, y, 1], wall), `${y}`);
  const last = ground((column) => (column === 4 ? 5 : 0));
  assert.ok(hidden([2.5, 1, 1], [2.5 + 8, 1, 1], last)); // at the last column itself
  const top = ground((_, row) => (row === 3 ? 5 : 0));
  assert.ok(hidden([1, 1.5, 1], [1, 1.5 + 8, 1], top));
  const [first, bottom] = [ground((column) => (column ? 0 : 5)), ground((_, row) => (row ? 0 : 5))];
  assert.ok(hidden([1.5, 1, 1], [1.5 - 8, 1, 1], first));
  assert.ok(hidden([1, 1.5, 1], [1, 1.5 - 8, 1], bottom));
});

test('in the last cells the ground bends as everywhere', () => {
  const bent = ground((column, row) => column ** 2 + row ** 2, 40);
  // Looked at where column and row are 3.5 and 2.5: the mean of four points, 19; clearance is 0.4.
  const look = (z) => hidden([2, 2.5, z], [2.01 + 1.5, 2.5, z], bent);
  assert.deepEqual([look(18.5), look(18.7)], [true, false]);
});

test('cells need not be square, nor begin at nought', () => {
  const wall = ground((column) => (column === 3 ? 5 : 0));
  const wide = {
    ...wall, x: wall.x.map((v) => 100 + 10 * v), y: wall.y.map((v) => -50 + 2 * v),
    box: [[100, 140], [-50, -44], [0, 10]],
  };
  assert.ok(hidden([110, -47, 1], [190, -47, 1], wide));
  assert.ok(!hidden([110, -47, 6], [190, -47, 6], wide));
  assert.ok(!hidden([135, -47, 1], [190, -47, 1], wide));
  const ridge = ground((_, row) => (row === 2 ? 5 : 0));
  assert.ok(hidden([120, -49.8, 1], [120, -41.8, 1], { ...wide, z: ridge.z }));
});

// A camera's worth

test('of a path that a wall parts from the eye, the states before it are seen', () => {
  const [x, y] = [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3]];
  const wall = { type: 'surface', x, y, z: y.flatMap(() => x.map((at) => (at === 4 ? 9 : 0))) };
  const [xs, n] = [[0.5, 1, 1.5, 6, 99], 5];
  const way = { type: 'scatter3d', name: 'Batch', x: xs, y: Array(n).fill(1.5), z: Array(n).fill(1) };
  const mark = { type: 'scatter3d', name: 'start', x: [1], y: [1.5], z: [1] };
  const axis = (from, to) => ({ range: [from, to] });
  const aspect = { x: 1, y: 1, z: 0.5 };
  const scene = { xaxis: axis(0, 7), yaxis: axis(0, 3), zaxis: axis(0, 10) };
  const figure = { data: [wall, { ...way, customdata: xs }, mark], layout: { scene } };
  const [low, high] = [-0.4, 2]; // of a box that is half as high as it is wide
  assert.equal(shareSeen(figure, { x: 3, y: 0, z: low }, aspect), 0.25); // one state is outside the box
  assert.equal(shareSeen(figure, { x: -3, y: 0, z: low }, aspect), 0.75);
  assert.equal(shareSeen(figure, { x: 0, y: 0, z: high }, aspect), 1);
  assert.equal(shareSeen({ ...figure, data: [wall] }, { x: 3, y: 0, z: low }, aspect), 1);
});

test('of a ground counts what is seen from above, less what is seen from below', () => {
  const axis = (...range) => ({ range });
  const layout = { scene: { xaxis: axis(0, 2), yaxis: axis(0, 2), zaxis: axis(0, 4) } };
  const side = [0, 1, 2];
  const shown = (z, place) =>
    groundShown({ data: [{ type: 'surface', x: side, y: side, z }], layout }, place);
  const above = ([x, y]) => [50 * x, -50 * y]; // a box of 100 pixels
  assert.equal(shown(Array(9).fill(0), above), 10000);
  assert.equal(shown(Array(9).fill(0), ([x, y]) => [50 * x, 50 * y]), -10000);
  assert.equal(shown([0, 0, 0, 0, 0, 0, 0, 0, 5], above), 7500); // a corner above the box
  const tilted = ([x, y, z]) => [50 * x, -25 * y - 25 * z];
  const slope = side.flatMap((row) => side.map(() => 2 * row));
  assert.equal(shown(slope, tilted), 10000); // a wall at the back
  assert.equal(shown(slope.toReversed(), tilted), 0); // at the front, looked at along it
  assert.equal(shown([], above), 0);
});

test('a ground is another one where a side has grown or shrunk by half', () => {
  const scene = (x, y) => ({ xaxis: { range: [-1, x] }, yaxis: { range: [0, y] } });
  const rescaled = (x, y) => isRescaled(scene(1, 4), scene(x, y));
  assert.ok(!rescaled(1, 4));
  assert.ok(!rescaled(1.5, 5)); // one step in which a box grows
  assert.ok(!rescaled(0.6, 3.2));
  assert.ok(rescaled(2.1, 4));
  assert.ok(rescaled(1, 6.1));
  assert.ok(rescaled(1, 2.6));
});

test('a small way leads on the screen where the projection of both its ends says', () => {
  // By columns, as WebGL has them: what is further right, higher and deeper is further away.
  const matrix = [1.2, 0.3, 0.1, 0.2, -0.4, 0.9, 0.2, 0.3, 0.5, -0.2, 1.1, 0.4, 0.1, 0.2, 0.3, 2.5];
  const eye = { matrix, box: { left: 0, top: 0, width: 300, height: 200 } };
  const line = { x: [9, 0.4], y: [9, -0.7], z: [9, 0.6] };
  const [h, way] = [1e-6, [0.7, -0.3, 0.5]];
  const at = (s) => onScreen(eye, [0.4 + s * way[0], -0.7 + s * way[1], 0.6 + s * way[2]]);
  const [before, after] = [at(-h), at(h)];
  const shift = shiftOf(eye, line, 1, way);
  for (const axis of [0, 1]) {
    const slope = (after[axis] - before[axis]) / (2 * h);
    assert.ok(Math.abs(shift[axis] - slope) < 1e-6 * Math.abs(slope), `${shift} ${slope}`);
  }
});

test('cameras are on opposite sides where more than a quarter turn lies between them, however high', () => {
  const seen = (x, y, z = 1) => ({ eye: { x, y, z } });
  assert.equal(isBehind(seen(1, 0.1), seen(-0.2, 1)), true);
  assert.equal(isBehind(seen(1, 0.3, 9), seen(-0.2, 1, 0.1)), false);
  assert.equal(isBehind(seen(1, 1), seen(-1, -1)), true);
  assert.equal(isBehind(undefined, seen(1, 1)), false);
  assert.equal(isBehind(seen(1, 1), {}), false);
});
