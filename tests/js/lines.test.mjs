/** The lines of a panel's figure, read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isState, linesOf, placesIn, readLines } from '../../gdplay/ui/player/lines.js';
import { packed } from './fakes.mjs';

const trace = (more = {}) => ({ type: 'scatter', name: 'Batch', x: [1], y: [2], ...more });

test('lines and points are read by the names of their traces', () => {
  const lines = readLines([
    trace(),
    trace({ type: 'scatter3d', name: 'Scene', z: [3] }),
    trace({ type: 'scattergl', name: 'Thin', line: { width: 0.5 } }),
    trace({ name: 'Points', line: {} }),
    trace({ name: 'hidden', line: { width: 0 } }),
    trace({ name: '' }),
    trace({ name: undefined }),
    trace({ type: 'heatmap', name: 'loss' }),
    trace({ type: 'notscatter', name: 'other' }),
  ]);
  assert.deepEqual([...lines.keys()], ['Batch', 'Scene', 'Thin', 'Points']);
  assert.deepEqual(lines.get('Scene'), { x: [1], y: [2], z: [3], updates: [], lift: 0 });
});

test('places are what is marked, not a run that is called as one, nor what lies under a mark', () => {
  const places = placesIn([
    trace({ name: 'start', mode: 'lines+markers' }),
    trace({ name: '', mode: 'markers' }),
    trace({ name: 'Batch', mode: 'markers' }),
    trace({ name: 'start', mode: 'markers+text', text: ['start 1'], textposition: 'top left', textfont: { size: 12 } }),
    trace({ name: 'minimum', mode: 'markers', z: [3], text: ['minimum'], textposition: null }),
  ]);
  const called = { text: 'start 1', side: 'top left', size: 12 };
  assert.deepEqual(places, [{ name: 'start', at: [1, 2, 0], called }, { name: 'minimum', at: [1, 2, 3] }]);
});

test('a path tells its updates alone, with its lift, or beside its losses', () => {
  const updates = packed('u1', Uint8Array.of(0, 5, 9));
  const both = packed('f4', Float32Array.of(0, 0.5, 5, 0.25, 9, 0.125));
  const three = packed('f4', Float32Array.of(0, 0.5, 1, 5, 0.25, 1));
  const lines = readLines([
    trace({ customdata: updates, meta: 0.25 }),
    trace({ name: 'map', customdata: { ...both, shape: '3, 2' } }),
    trace({ name: 'wide', customdata: { ...three, shape: '2, 3' } }),
    trace({ name: 'list', customdata: [0, 3] }),
  ]);
  assert.deepEqual([...lines.get('Batch').updates], [0, 5, 9]);
  assert.equal(lines.get('Batch').lift, 0.25);
  assert.deepEqual([...lines.get('map').updates], [0, 5, 9]);
  assert.deepEqual([...lines.get('wide').updates], [0, 5]);
  assert.deepEqual(lines.get('list').updates, [0, 3]);
});

/** A player whose curves show one run, with a close-up of its updates 1 and 2. */
function player() {
  const values = { x: [], y: [], loss: [], value: [7, 6], fits: [] };
  const closeUp = { window: 0, updates: [1, 2], ...values };
  const track = { label: 'Batch', perEpoch: 4, epoch: 4, update: 1, closeUp };
  const spec = { data: [trace({ x: [0, 4], y: [9, 5] })], layout: {} };
  const panels = { curves: { spec, hash: 'a' } };
  return { data: { panels }, clock: { tracks: [track] }, closeUps: { taken: 1 }, preview: {} };
}

test('lines show what close-ups hold', () => {
  const [state, panel] = [player(), { name: 'curves', lines: null }];
  const line = linesOf(state, panel).get('Batch');
  assert.deepEqual([line.x, line.y], [[0, 1, 2, 4], [9, 7, 6, 5]]);
});

test('lines are read once, and again with another figure or close-up', () => {
  const [state, panel] = [player(), { name: 'curves', lines: null }];
  const first = linesOf(state, panel);
  assert.equal(linesOf(state, panel), first);
  state.closeUps.taken = 2;
  const second = linesOf(state, panel);
  assert.notEqual(second, first);
  state.data.panels.curves.hash = 'b';
  assert.notEqual(linesOf(state, panel), second);
});

test('a panel without a figure, and a run without a line, have none', () => {
  const state = player();
  assert.equal(linesOf(state, { name: 'fit', lines: null }).size, 0);
  state.clock.tracks[0].label = 'Other';
  const line = linesOf(state, { name: 'curves', lines: null }).get('Batch');
  assert.deepEqual(line.x, [0, 4]);
});

test('points on the way to a state are none', () => {
  const line = { x: [], y: [], z: [], updates: [0, 0.5, 1, 2, 2, 3], lift: 0 };
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((i) => isState(line, i)), [true, false, true, false, true, true]);
});
