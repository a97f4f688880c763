/** Names of marks under a slider: apart from each other, and none outside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { named } from '../../gdplay/ui/rate/marks.js';

const mark = (label, at, weight) => ({ label, at, weight, rate: '1', about: '' });
const labelOf = ({ label }) => label;
const names = (marks, room) => named(marks, labelOf, room).map(({ mark: { label } }) => label);

test('names that have room stand in the middle of their marks', () => {
  const placed = named([mark('1/L', 0.25, 1), mark('2/L', 0.75, 2)], labelOf, 400);
  assert.deepEqual(placed.map(({ middle }) => middle), [300, 100]);
});

test('where two would touch the weightier is named', () => {
  assert.deepEqual(names([mark('light', 0.5, 1), mark('heavy', 0.51, 2)], 400), ['heavy']);
  assert.deepEqual(names([mark('heavy', 0.5, 2), mark('light', 0.6, 1)], 200), ['heavy']);
  assert.deepEqual(names([mark('heavy', 0.5, 2), mark('light', 0.7, 1)], 200), ['heavy', 'light']);
});

test('names never leave the slider nor meet, and the heaviest is always there', () => {
  const marks = [0, 0.02, 0.4, 0.41, 0.97, 1].map((at, i) => mark(`mark ${i}`, at, (i * 5) % 7));
  for (const room of [60, 120, 300, 900]) {
    const placed = named(marks, labelOf, room);
    const ends = placed.map(({ mark: { label }, middle }) => [middle - 3.05 * label.length, middle + 3.05 * label.length]);
    ends.sort(([a], [b]) => a - b);
    assert.ok(ends[0][0] >= -1e-9 && ends.at(-1)[1] <= room + 1e-9);
    for (let i = 1; i < ends.length; i += 1) assert.ok(ends[i][0] >= ends[i - 1][1] + 7.9);
    assert.ok(placed.some(({ mark: { weight } }) => weight === 6 || weight === 5));
  }
});

test('a mark keeps its order: the list that came is not touched', () => {
  const marks = [mark('a', 0.1, 1), mark('b', 0.5, 3), mark('c', 0.9, 2)];
  assert.deepEqual(names(marks, 400), ['b', 'c', 'a']);
  assert.deepEqual(marks.map(labelOf), ['a', 'b', 'c']);
});
