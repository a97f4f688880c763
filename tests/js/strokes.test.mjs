import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  COLUMNS,
  isDrawn,
  newStroke,
  nudged,
  passed,
  pointsOf,
  shaped,
  strokeText,
} from '../../gdplay/ui/predict/strokes.js';

const LAST = COLUMNS - 1;
const spot = (column, up) => ({ along: column / LAST, up });
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test('a hand sets every column that it passes, at the height where it passed it', () => {
  const line = passed(newStroke(0.8), spot(2, 0.2), spot(6, 0.6));
  assert.deepEqual(
    pointsOf(line).map(([column]) => column),
    [0, 2, 3, 4, 5, 6],
  );
  for (const [column, height] of pointsOf(line).slice(1)) near(height, column / 10);
  const back = passed(line, spot(6, 0), spot(4, 0));
  assert.deepEqual(back.slice(4, 7), [0, 0, 0]);
  near(back[3] ?? NaN, 0.3);
});

test('a touch sets the nearest column, and the start stands', () => {
  const touch = { along: 3.4 / LAST, up: 0.5 };
  assert.deepEqual(pointsOf(passed(newStroke(0.8), touch, touch)), [
    [0, 0.8],
    [3, 0.5],
  ]);
  const first = passed(newStroke(0.8), spot(0, 0.1), spot(1, 0.1));
  assert.deepEqual(first.slice(0, 3), [0.8, 0.1, null]);
});

test('a hand beyond the axes draws on their edge', () => {
  const line = passed(newStroke(0.8), spot(1, -0.5), spot(3, 1.5));
  assert.deepEqual(line.slice(1, 4), [0, 0.5, 1]);
});

test('shapes begin at the start, fall where lower is better and rise where higher is', () => {
  for (const shape of ['fast', 'slow', 'wobbles', 'leaves']) {
    const [falls, rises] = [shaped(shape, 0.7, false), shaped(shape, 0.3, true)];
    assert.equal(falls.length, COLUMNS);
    assert.ok(isDrawn(falls));
    assert.equal(falls[0], 0.7);
    const down = (falls.at(-1) ?? NaN) < 0.7;
    assert.equal(down, shape !== 'leaves');
    falls.forEach((height, column) => near((height ?? NaN) + (rises[column] ?? NaN), 1));
  }
});

test('shapes are told apart: fast is lower than slow on the way, and wobbles go up and down', () => {
  const [fast, slow, wobbles] = ['fast', 'slow', 'wobbles'].map((name) => shaped(name, 0.8, false));
  assert.ok((fast[5] ?? 1) < (slow[5] ?? 0));
  const steps = wobbles.slice(8).map((height, i) => Math.sign(height - wobbles[7 + i]));
  assert.ok(steps.every((step, i) => i === 0 || step === -steps[i - 1]));
  const falling = fast.every((height, i) => i === 0 || height < fast[i - 1]);
  assert.ok(falling);
});

test('keys move a point, and bring one that is not there beside the one before', () => {
  const line = passed(newStroke(0.8), spot(1, 0.5), spot(2, 0.5));
  near(nudged(line, 2, -0.1)[2] ?? NaN, 0.4);
  near(nudged(line, 7, 0.1)[7] ?? NaN, 0.6);
  assert.equal(nudged(line, 2, 5)[2], 1);
  assert.equal(nudged(line, 0, 0.1), line);
});

test('five points make a line, the start among them', () => {
  const line = passed(newStroke(0.8), spot(1, 0.5), spot(3, 0.5));
  assert.ok(!isDrawn(line));
  assert.ok(isDrawn(nudged(line, 4, 0)));
});

test('a line travels with four figures and without a plus', () => {
  const line = [0.8, 0.5, null, 0.25];
  const valuesOf = (column, height) => ({ x: column * 1234.56, y: height * 1e-8 });
  assert.equal(strokeText(2, line, valuesOf), '2_0_8e-9_1235_5e-9_3704_2.5e-9');
  assert.equal(
    strokeText(0, [1], () => ({ x: 0, y: 2e25 })),
    '0_0_2e25',
  );
});
