import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fitted, flattened } from '../../gdplay/ui/player/fitting.js';
import { roomOf } from '../../gdplay/ui/player/lettering.js';
import { shareSeen } from '../../gdplay/ui/player/scene.js';

const ASPECT = { x: 1, y: 1, z: 0.6 };
const HALF = Math.tan(Math.PI / 8);
const VIEWS = [[0.77, -0.87, 1.33], [-1.68, 0.3, 1.5], [1, 1, 1.12], [0.2, 1.1, 1.28]];
const PANELS = [[526, 276], [358, 300], [700, 420], [300, 500], [1200, 200]];

/** Where a corner of the box stands, in pixels from the middle: by a matrix of Plotly's kind. */
function corner({ eye, center, aspect }, [x, y, z], height) {
  const back = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
  const far = Math.hypot(...back);
  const flat = Math.hypot(back[0], back[1]);
  const away = [x / 2 - eye.x, y / 2 - eye.y, (aspect.z / 2) * z - eye.z];
  const right = (-away[0] * back[1] + away[1] * back[0]) / flat;
  const depth = -(away[0] * back[0] + away[1] * back[1] + away[2] * back[2]) / far;
  const out = (away[0] * back[0] + away[1] * back[1]) / flat;
  const up = (away[2] * flat - out * back[2]) / far;
  const scale = height / 2 / HALF / depth;
  return [right * scale, -up * scale];
}

const CORNERS = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 0.8].map((z) => [x, y, z])));

/** What is written along the axes, in letters of one width. */
const TICKS = [-1, -0.5, 0, 0.5, 1].map((at) => ({ at, text: String(20 * at) }));
const AXES = ['weight of x', 'bias', 'loss'].map((title) => ({ title, ticks: TICKS }));
const WRITING = { axes: AXES, measure: (text, size) => 0.55 * size * text.length };

/** A bowl, and a run that goes down its side. */
const SIDE = Array.from({ length: 31 }, (_, k) => k / 15 - 1);
const DOWN = [0.9, 0.6, 0.3, 0.1, 0];
const FIGURE = {
  data: [
    { type: 'surface', x: SIDE, y: SIDE, z: SIDE.flatMap((y) => SIDE.map((x) => x * x + y * y)) },
    {
      type: 'scatter3d', name: 'Batch', mode: 'lines', customdata: DOWN.flatMap((x, i) => [i, x * x]),
      x: DOWN, y: DOWN.map(() => 0), z: DOWN.map((x) => x * x + 0.01),
    },
  ],
  layout: {
    scene: {
      xaxis: { range: [-1, 1] }, yaxis: { range: [-1, 1] }, zaxis: { range: [0, 1] },
      aspectratio: ASPECT,
    },
  },
};
const fit = (view, width, height) => fitted(view, FIGURE, { width, height, writing: WRITING });

/** How far box and words reach up and down, and to the sides. */
function reach(view, height) {
  const place = (at) => corner(view, at, height);
  const near = [view.eye.x > 0 ? 1 : -1, view.eye.y > 0 ? 1 : -1];
  const points = roomOf({ place, near, ...WRITING }).flatMap(({ x, y, width: w, height: h }) => [
    [x - w / 2, y - h / 2], [x + w / 2, y + h / 2],
  ]);
  points.push(...CORNERS.map(place));
  const [across, down] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const side = Math.max(...across.map(Math.abs));
  return { top: Math.min(...down), bottom: Math.max(...down), side };
}

const FLAT = Array.from({ length: 17 }, (_, k) => 1 - 0.04 * k);
const CAMERA = { x: 0, y: 0, z: -0.14 };

for (const [x, y, z] of VIEWS) {
  const given = { eye: { x, y, z }, center: CAMERA, aspect: ASPECT };
  for (const [width, height] of PANELS) {
    const view = fit(given, width, height);
    const { top, bottom, side } = reach(view, height);
    const lifted = view.center.z - CAMERA.z * (view.aspect.z / ASPECT.z);
    const flat = FLAT.map((each) => flattened(given, each)).find(
      ({ aspect }) => aspect.z === view.aspect.z,
    );
    const share = view.eye.x / flat.eye.x;

    test(`a box and its titles from ${x}, ${y} stand amid ${width} x ${height} pixels`, () => {
      assert.ok(Math.abs(top + bottom) < 1.5, `${top} ${bottom}`);
      if (share > 1.99) return;
      assert.ok(bottom < height / 2 - 2 && side < width / 2 - 2, `${bottom} ${side}`);
    });

    test(`from ${x}, ${y} one stands as near as ${width} x ${height} pixels let one`, () => {
      if (share < 0.71 || share > 1.99) return;
      const near = (share - 0.02) / share;
      const [right, ahead, up] = [view.eye.x, view.eye.y, view.eye.z - lifted];
      const eye = { x: near * right, y: near * ahead, z: near * up + lifted };
      const nearer = reach({ ...view, eye }, height);
      const high = nearer.bottom - nearer.top;
      assert.ok(high > height - 6 || nearer.side > width / 2 - 3, `${high} ${nearer.side}`);
    });

    test(`the side one looks from, ${x}, ${y}, is kept in ${width} x ${height}`, () => {
      assert.ok(Math.abs(view.eye.x * y - view.eye.y * x) < 1e-9);
      assert.ok(Math.abs((view.eye.z - lifted) / view.eye.x - flat.eye.z / flat.eye.x) < 1e-9);
      assert.deepEqual([view.aspect.x, view.aspect.y], [1, 1]);
    });

    test(`from ${x}, ${y} as much of a run is seen in ${width} x ${height} as before`, () => {
      if (view.aspect.z > ASPECT.z - 1e-9) return; // only nearer
      const before = shareSeen(FIGURE, given.eye, ASPECT);
      assert.ok(shareSeen(FIGURE, view.eye, view.aspect) >= 0.97 * before);
    });
  }

  test(`the wider a panel, the lower a box is, and seen from the lower, from ${x}, ${y}`, () => {
    const [tall, wide] = [fit(given, 400, 500), fit(given, 620, 250)];
    assert.ok(Math.abs(tall.aspect.z - ASPECT.z) < 1e-9, tall.aspect.z);
    if (shareSeen(FIGURE, given.eye, ASPECT) < 1) return; // one looks from behind the bowl's wall
    assert.ok(wide.aspect.z < 0.8 * ASPECT.z, wide.aspect.z);
    const up = ({ eye, center }) => (eye.z - center.z) / Math.hypot(eye.x - center.x, eye.y - center.y);
    assert.ok(up(wide) < up(tall) - 0.1, `${up(wide)} ${up(tall)}`);
    const across = (view, height) => {
      const places = CORNERS.map((at) => corner(view, at, height)[0]);
      return Math.max(...places) - Math.min(...places);
    };
    assert.ok(across(wide, 250) > 0.5 * 620, across(wide, 250));
  });
}

test('depths and heights shrink alike on a screen far away, less the box itself', () => {
  const far = { eye: { x: 300, y: 0, z: 400 }, center: { x: 0, y: 0, z: 0 }, aspect: ASPECT };
  const { eye, center, aspect } = flattened(far, 0.5);
  assert.ok(Math.abs(Math.hypot(eye.x, eye.y, eye.z) - 500) < 1e-9); // as far away
  assert.ok(Math.abs(eye.z / 500 - 0.4) < 1e-12); // a depth is seen by the sine: .8, now .4
  assert.ok(Math.abs(aspect.z - 0.6 * ((0.5 * 0.6) / Math.sqrt(0.84)) ** 1.5) < 1e-12);
  assert.deepEqual(center, { x: 0, y: 0, z: 0 });
  const near = flattened({ ...far, center: CAMERA, eye: { x: 300, y: 0, z: 399.86 } }, 0.5);
  assert.ok(Math.abs(near.center.z / CAMERA.z - aspect.z / 0.6) < 1e-9);
  const same = flattened(far, 1);
  assert.ok(Math.abs(same.eye.z - 400) < 1e-9 && Math.abs(same.aspect.z - 0.6) < 1e-12);
});

test('a box that was chosen keeps its height and its side in a panel of another size', () => {
  const given = { eye: { x: 0.6, y: 0.9, z: 1.28 }, center: CAMERA, aspect: ASPECT };
  const wide = fit(given, 700, 240);
  assert.ok(wide.flatness < 1);
  const panel = { width: 400, height: 500, writing: WRITING };
  const tall = fitted(given, FIGURE, panel, wide.flatness);
  assert.deepEqual([tall.flatness, tall.aspect], [wide.flatness, wide.aspect]);
  assert.ok(Math.abs(tall.eye.y / tall.eye.x - wide.eye.y / wide.eye.x) < 1e-9);
  assert.notEqual(tall.eye.x, wide.eye.x); // as near as this panel lets it
  assert.notDeepEqual(fitted(given, FIGURE, panel).aspect, wide.aspect);
});

test('a panel too small for a scene shows it from afar', () => {
  const view = fit({ eye: { x: 1, y: 1, z: 1.12 }, center: CAMERA, aspect: ASPECT }, 100, 150);
  assert.ok(Math.abs(view.eye.x - 2) < 1e-9, view.eye.x);
});

test('on large panels a scene is as near as its own corners let it', () => {
  const given = { eye: { x: 1, y: 1, z: 1.12 }, center: CAMERA, aspect: ASPECT };
  const [large, larger] = [[9000, 6000], [90000, 60000]].map(([w, h]) => fit(given, w, h));
  assert.ok(Math.abs(large.eye.x - larger.eye.x) < 1e-9 && large.eye.x < 1, large.eye.x);
});
