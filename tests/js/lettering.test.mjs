import assert from 'node:assert/strict';
import { test } from 'node:test';

import { edgesIn, lettered, roundTicks, tickText } from '../../gdplay/ui/player/lettering.js';

const AXES = ['weight of x', 'bias', 'loss'].map((title) => ({
  title,
  ticks: [-1, -0.5, 0, 0.5, 1].map((at) => ({ at, text: String(100 * at) })),
}));

/** A scene seen from above one of its corners, whose box is so many pixels wide. */
function scene(more = {}) {
  const { turn = 0.7, size = 110, width = 500, height = 360 } = more;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const place = ([x, y, z]) => [
    width / 2 + size * (x * cos - y * sin),
    height / 2 + size * (0.6 * (x * sin + y * cos) - 0.5 * z),
  ];
  const near = [sin > 0 ? 1 : -1, cos > 0 ? 1 : -1];
  const measure = (text, letter) => 0.55 * letter * text.length;
  return { place, near, axes: AXES, marks: [], busy: [], width, height, measure, ...more };
}

const apart = (a, b) =>
  Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2;

test('from wherever a scene is seen, each axis has its title and ticks, whole and apart', () => {
  for (let turn = 0; turn < 2 * Math.PI; turn += 0.05) {
    const wanted = scene({ turn });
    const texts = lettered(wanted);
    const titles = texts.filter(({ kind }) => kind === 'title').map(({ text }) => text);
    assert.deepEqual(titles, ['weight of x', 'bias', 'loss']);
    assert.ok(texts.filter(({ kind }) => kind === 'tick').length >= 8, `${turn}`);
    for (const [i, text] of texts.entries()) {
      const { x, y, width, height } = text;
      assert.ok(x - width / 2 >= 2 && x + width / 2 <= wanted.width - 2, `${turn} ${text.text}`);
      assert.ok(y - height / 2 >= 2 && y + height / 2 <= wanted.height - 2, `${turn} ${text.text}`);
      for (const other of texts.slice(0, i)) assert.ok(apart(text, other), `${turn} ${text.text}`);
    }
  }
});

test('the ground is written on along its edges near the viewer, the height at its left', () => {
  for (const turn of [0.7, 2.3, 3.9, 5.5]) {
    const { place, near } = scene({ turn });
    const [first, second, height] = edgesIn(scene({ turn }));
    const middle = place([0, 0, -1]);
    for (const edge of [first, second]) {
      assert.ok(edge.way(0)[1] > middle[1]);
      assert.ok(edge.out[0] * (edge.way(0)[0] - middle[0]) >= -1e-9);
    }
    assert.equal(first.way(0.3)[0], place([0.3, near[1], -1])[0]);
    for (const corner of [[1, 1], [1, -1], [-1, 1], [-1, -1]]) {
      assert.ok(height.way(0)[0] <= place([...corner, 0])[0] + 1e-9);
    }
  }
});

test('in a panel that is too small titles are moved into it and ticks beyond its rim left out', () => {
  const wanted = scene({ width: 220, height: 150 });
  for (const { x, y, width, height } of lettered(wanted)) {
    assert.ok(x - width / 2 >= 2 && x + width / 2 <= 218);
    assert.ok(y - height / 2 >= 2 && y + height / 2 <= 148);
  }
});

test('the name of a mark stands above it, or where no path and no other word is', () => {
  const marks = [{ text: 'start', at: [0, 0, 0] }];
  const { place } = scene();
  const [x, y] = place([0, 0, 0]);
  const name = (more) => lettered(scene({ marks, ...more })).find(({ kind }) => kind === 'mark');
  assert.ok(name({}).y < y && Math.abs(name({}).x - x) < 1e-9);
  const above = Array.from({ length: 20 }, (_, k) => [x, y - k]);
  assert.ok(name({ busy: above }).y > y);
  const both = [...above, ...above.map(([right, down]) => [right, 2 * y - down])];
  assert.ok(name({ busy: both }).x > x + 10);
  const close = [...marks, { text: 'minimum', at: [0.01, 0, 0.03] }];
  const names = lettered(scene({ marks: close })).filter(({ kind }) => kind === 'mark');
  assert.ok(apart(...names));
});

test('ticks are round, about five, and within their range', () => {
  assert.deepEqual(roundTicks([-5.2, 7.9]), [-5, 0, 5]);
  assert.deepEqual(roundTicks([0.117, 31]), [10, 20, 30]);
  assert.deepEqual(roundTicks([-0.3, 0.31]), [-0.2, 0, 0.2]);
  assert.deepEqual(roundTicks([0, 4]), [0, 1, 2, 3, 4]);
  for (const high of [1, 1.7, 2.5, 3.3, 4.9, 6.1, 7.7, 9.4]) {
    const count = roundTicks([0, high]).length;
    assert.ok(count >= 3 && count <= 7, `${high}: ${count}`);
  }
});

test('a tick is written plainly, with a power of ten where it is very large or small', () => {
  const texts = [0, -0.5, 2500, 200000, -1e-5, 1.5e7, 0.1 + 0.2].map(tickText);
  assert.deepEqual(texts, ['0', '−0.5', '2500', '200000', '−10⁻⁵', '1.5 × 10⁷', '0.3']);
});
