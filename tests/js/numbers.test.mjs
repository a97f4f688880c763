/** Numbers as people read them, and the clock's position in them. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { duration, nearest, number, quantity } from '../../gdplay/ui/numbers.js';
import { positionOf } from '../../gdplay/ui/player/bar.js';
import { hold, newClock, wind } from '../../gdplay/ui/player/clock.js';
import { browse, sentPlay, sentTrack } from './fakes.mjs';

beforeEach(browse);

test('a narrow gap that never breaks stands between thousands', () => {
  assert.deepEqual([0, 999, 1320, 1234567].map((value) => quantity(value)), [
    '0', '999', '1\u202f320', '1\u202f234\u202f567',
  ]);
  assert.equal(quantity(1320.5, 2), '1\u202f320.50');
});

test('a number has three figures, and a power of ten where it is very large or small', () => {
  const texts = [0, 0.2, 0.012345, 1e-4, 9.994e-5, 55700, 999999, 1e6, -2.718e-12, -0.5].map((v) => number(v));
  assert.deepEqual(texts, [
    '0', '0.2', '0.0123', '0.0001', '9.99 × 10⁻⁵', '55700', '1000000', '1 × 10⁶', '−2.72 × 10⁻¹²',
    '−0.5',
  ]);
  assert.equal(number(0.123456, 5), '0.12346');
});

test('times have three figures of the longest and its unit', () => {
  const times = [[0.00123, 0.258], [0.0372, 0.0372], [4e-7, 3e-5], [1, 1], [61.25, 1234], [0, 0]];
  assert.deepEqual(times.map((pair) => Object.values(duration(...pair))), [
    ['1', 'ms'], ['37.2', 'ms'], ['0.0004', 'ms'], ['1.00', 's'], ['61', 's'], ['0.00', 'ms'],
  ]);
});

/** What the clock tells of a run of 12 updates, three an epoch, at a time. */
function told(unit, time, more = {}) {
  const clock = newClock();
  wind(clock, sentPlay([sentTrack(more)], { unit }));
  hold(clock, time);
  return positionOf(clock);
}

test('the clock tells where it stands in what it counts', () => {
  assert.equal(told('epochs', 1.25), 'epoch 1.2 of 4');
  const updates = { perEpoch: 3, epoch: 3000, update: 1000 };
  assert.equal(told('updates', 1000, updates), 'update 1\u202f000 of 12\u202f000');
  const seconds = { perEpoch: 3, epoch: 0.03, update: 0.01 };
  assert.equal(told('seconds', 0.0212, seconds), '21 of 120 ms');
  assert.equal(told('seconds', null, seconds), '120 of 120 ms');
});

test('the nearest option is so by its logarithm, where zero is one of them by its distance', () => {
  assert.deepEqual([0.03, 0.033, 50].map((value) => nearest([0.01, 0.1, 1], value)), [0, 1, 2]);
  assert.deepEqual([0.2, 0.6].map((value) => nearest([0, 0.5, 0.9], value)), [0, 1]);
});
