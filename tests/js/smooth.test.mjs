/** Smoothing in the browser keeps what theory/smoothing.py promises. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { smoothed } from '../../gdplay/ui/player/smooth.js';

const at = [0, 1, 2, 5, 9];
const values = [4, -1, 3, 8, 0.5];

test('a smoothed value is the mean of all so far, each less by how long ago it was', () => {
  smoothed(values, at, 2).forEach((value, i) => {
    const weights = at.slice(0, i + 1).map((place) => Math.exp((place - at[i]) / 2));
    const sum = weights.reduce((all, weight, j) => all + weight * values[j], 0);
    assert.ok(Math.abs(value - sum / weights.reduce((a, b) => a + b)) < 1e-12);
  });
});

test('a constant stays, and what comes later changes nothing before', () => {
  assert.deepEqual(smoothed([0.1, 0.1, 0.1], [0, 1, 7], 3), [0.1, 0.1, 0.1]);
  assert.deepEqual(smoothed(values, at, 2).slice(0, 3), smoothed(values.slice(0, 3), at.slice(0, 3), 2));
});

test('what is no number stays and counts for nothing', () => {
  const [first, gap, next] = smoothed([2, NaN, 4], [0, 1, 2], 1);
  assert.ok(Number.isNaN(gap));
  assert.deepEqual([first, next], [2, smoothed([2, 4], [0, 2], 1)[1]]);
  assert.deepEqual(smoothed([], [], 1), []);
});
