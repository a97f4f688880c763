/** Names of marks under a slider: apart from each other, and none outside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lostWords, named, powers } from '../../gdplay/ui/rate/marks.js';

const mark = (label, at, weight) => ({ label, at, weight, rate: '1', about: '' });
const middles = (marks, room) => named(marks, room).map(({ middle }) => middle);
const names = (marks, room) => named(marks, room).map(({ mark: { label } }) => label);

test('names that have room stand in the middle of their marks', () => {
  assert.deepEqual(middles([mark('1/L', 0.25, 1), mark('2/L', 0.75, 2)], 400), [100, 300]);
});

test('names that would touch stand under their marks in two rows, the lightest go', () => {
  const marks = [mark('1/L', 0.5, 1), mark('2/L', 0.54, 3), mark('B=1', 0.52, 2)];
  const placed = named(marks, 400);
  assert.deepEqual(placed.map(({ mark: { label }, row }) => [label, row]), [['1/L', 1], ['2/L', 0]]);
  assert.deepEqual(placed.map(({ middle }) => middle), [200, 216]);
  assert.deepEqual(named(marks, 400, 1).map(({ mark: { label } }) => label), ['2/L']);
});

test('a name whose line would cross another name gives way', () => {
  const placed = named([mark('2/L', 0.5, 3), mark('Nesterov', 0.51, 1)], 400);
  assert.deepEqual(placed.map(({ mark: { label } }) => label), ['2/L']);
});

test('the weightiest name that has room is there however small the slider', () => {
  const marks = [mark('light', 0.1, 1), mark('heavy', 0.5, 3), mark('middle', 0.9, 2)];
  assert.deepEqual(names(marks, 400), ['light', 'heavy', 'middle']);
  assert.ok(names(marks, 50).includes('heavy'));
  assert.deepEqual(names(marks, 10), []);
  assert.deepEqual(marks.length, 3);
});

test('names stand over their marks, leave no slider and never meet', () => {
  const marks = [0, 0.02, 0.4, 0.41, 0.97, 1].map((at, i) => mark(`mark ${i}`, at, (i * 5) % 7));
  for (const room of [60, 120, 300, 900]) {
    const placed = named(marks, room);
    assert.ok(placed.length > 0);
    for (const [i, { mark: own, middle, row }] of placed.entries()) {
      const half = (6.1 * own.label.length) / 2;
      assert.ok(middle - half >= -1e-9 && middle + half <= room + 1e-9);
      assert.ok(Math.abs(middle - own.at * room) <= half + 1e-9);
      if (middle > half + 1e-9 && middle < room - half - 1e-9) assert.equal(middle, own.at * room);
      for (const other of placed.slice(0, i)) {
        const apart = middle - other.middle - half - (6.1 * other.mark.label.length) / 2;
        assert.ok(other.row !== row || apart >= 9 - 1e-9);
      }
    }
  }
});

test('a logarithmic slider names its powers of ten, every second first; no other does', () => {
  const options = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
  const tens = powers(options);
  assert.deepEqual(tens.map(({ label, at }) => [label, Math.round(6 * at)]), [
    ['0.001', 0], ['0.01', 2], ['0.1', 4], ['1', 6],
  ]);
  assert.deepEqual(tens.map(({ weight }) => weight), [-2, -1, -2, -1]);
  assert.deepEqual(powers([0.02, 0.05, 0.2, 0.5, 2, 5]).map(({ label }) => label), ['0.1', '1']);
  assert.ok(Math.abs(powers([0.02, 0.05, 0.2, 0.5, 2, 5])[0].at - 0.3) < 1e-9);
  for (const other of [[0, 0.5, 0.9], [1, 20, 40, 60, 80, 100], [0.1, 0.2, 0.4]]) {
    assert.deepEqual(powers(other), []);
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
