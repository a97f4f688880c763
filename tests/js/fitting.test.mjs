import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fitted } from '../../gdplay/ui/player/fitting.js';
import { roomOf } from '../../gdplay/ui/player/lettering.js';

const ASPECT = { x: 1, y: 1, z: 0.6 };
const HALF = Math.tan(Math.PI / 8);
const VIEWS = [[0.77, -0.87, 1.33], [-1.68, 0.3, 1.5], [1, 1, 1.12], [0.2, 1.1, 1.28]];
const PANELS = [[526, 276], [358, 300], [700, 420], [300, 500], [1200, 200]];

/** Where a corner of the box stands, in pixels from the middle: by a matrix of Plotly's kind. */
function corner({ eye, center }, [x, y, z], height) {
  const back = [eye.x - center.x, eye.y - center.y, eye.z - center.z];
  const far = Math.hypot(...back);
  const flat = Math.hypot(back[0], back[1]);
  const away = [x / 2 - eye.x, y / 2 - eye.y, 0.3 * z - eye.z];
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
const fit = (camera, aspect, width, height) => fitted(camera, aspect, width, height, WRITING);

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

const CAMERA = { x: 0, y: 0, z: -0.14 };

for (const [x, y, z] of VIEWS) {
  for (const [width, height] of PANELS) {
    const view = fit({ eye: { x, y, z }, center: CAMERA }, ASPECT, width, height);
    const { top, bottom, side } = reach(view, height);
    const share = view.eye.x / x;

    test(`a box and its titles from ${x}, ${y} stand amid ${width} x ${height} pixels`, () => {
      assert.ok(Math.abs(top + bottom) < 1.5, `${top} ${bottom}`);
      if (share > 1.99) return;
      assert.ok(bottom < height / 2 - 2 && side < width / 2 - 2, `${bottom} ${side}`);
    });

    test(`from ${x}, ${y} one stands as near as ${width} x ${height} pixels let one`, () => {
      if (share < 0.71 || share > 1.99) return;
      const near = (share - 0.02) / share;
      const lift = view.center.z + 0.14;
      const [right, ahead, up] = [view.eye.x, view.eye.y, view.eye.z - lift];
      const eye = { x: near * right, y: near * ahead, z: near * up + lift };
      const nearer = reach({ eye, center: view.center }, height);
      const high = nearer.bottom - nearer.top;
      assert.ok(high > height - 6 || nearer.side > width / 2 - 3, `${high} ${nearer.side}`);
    });

    test(`the way one looks from ${x}, ${y} is kept in ${width} x ${height}`, () => {
      assert.ok(Math.abs(view.eye.x * y - view.eye.y * x) < 1e-9);
      const lifted = view.center.z + 0.14;
      assert.ok(Math.abs((view.eye.z - lifted) / view.eye.x - z / x) < 1e-9);
    });
  }
}

test('a panel too small for a scene shows it from afar', () => {
  const view = fit({ eye: { x: 1, y: 1, z: 1.12 }, center: CAMERA }, ASPECT, 150, 100);
  assert.equal(view.eye.x, 2);
});

test('on large panels a scene is as near as its own corners let it', () => {
  const camera = { eye: { x: 1, y: 1, z: 1.12 }, center: CAMERA };
  for (const [width, height] of [[9000, 6000], [90000, 60000]]) {
    assert.ok(Math.abs(fit(camera, ASPECT, width, height).eye.x - 0.94) < 1e-9);
  }
});
