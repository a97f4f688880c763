/** Names of marks under a slider: apart from each other, and none outside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lostWords, named } from '../../gdplay/ui/rate/marks.js';

const mark = (label, at, weight) => ({ label, at, weight, rate: '1', about: '' });
const middles = (marks, room) => named(marks, room).map(({ middle }) => middle);
const names = (marks, room) => named(marks, room).map(({ mark: { label } }) => label);

test('names that have room stand in the middle of their marks', () => {
  assert.deepEqual(middles([mark('1/L', 0.25, 1), mark('2/L', 0.75, 2)], 400), [100, 300]);
});

test('names that would touch stand side by side around their mean', () => {
  const [a, b] = middles([mark('1/L', 0.5, 1), mark('2/L', 0.51, 2)], 400);
  assert.ok(Math.abs((a + b) / 2 - 202) < 1e-9);
  assert.ok(Math.abs(b - a - (3 * 6.1 + 9)) < 1e-9);
});

test('where there is no room for all the lightest go', () => {
  const marks = [mark('light', 0.1, 1), mark('heavy', 0.5, 3), mark('middle', 0.9, 2)];
  assert.deepEqual(names(marks, 400), ['light', 'heavy', 'middle']);
  assert.deepEqual(names(marks, 100), ['heavy', 'middle']);
  assert.deepEqual(names(marks, 50), ['heavy']);
  assert.deepEqual(names(marks, 10), []);
  assert.deepEqual(marks.length, 3);
});

test('names never leave the slider nor meet, and keep their order', () => {
  const marks = [0, 0.02, 0.4, 0.41, 0.97, 1].map((at, i) => mark(`mark ${i}`, at, (i * 5) % 7));
  for (const room of [60, 120, 300, 900]) {
    const ends = named(marks, room).map(({ mark: { label }, middle }) => {
      const half = (6.1 * label.length) / 2;
      return [middle - half, middle + half];
    });
    assert.ok(ends.length > 0);
    assert.ok(ends[0][0] >= -1e-9 && ends.at(-1)[1] <= room + 1e-9);
    for (let i = 1; i < ends.length; i += 1) assert.ok(ends[i][0] >= ends[i - 1][1] + 8.9);
  }
});

test('lost runs are named or counted in few words, of those that the slider moves', () => {
  const runs = ['Batch', 'Mini-batch', 'Stochastic'].map((label, place) => ({ label, place }));
  const said = (name, ...gone) =>
    lostWords(
      name,
      runs.map((run) => ({ ...run, lost: gone.includes(run.place) })),
    );
  assert.equal(said('rate'), '');
  assert.equal(said('rate', 0), 'Batch is lost');
  assert.equal(said('rate', 0, 2), '2 of 3 runs are lost');
  assert.equal(said('rate', 0, 1, 2), 'all runs are lost');
  assert.equal(said('run1.lr', 0, 2), '');
  assert.equal(said('run2.beta', 0, 2), 'Stochastic is lost');
});
