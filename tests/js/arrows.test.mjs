import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrowsOf, drawnTo, factorOf, meanings } from '../../gdplay/ui/player/arrows.js';

/** A run whose gradient is (-1, 2) at first and (3, -4) then, on a map of 10 by 100 pixels each. */
function held(made, arrows, color = '#000') {
  const downhill = [1, -2, -3, 4];
  const toward = ([x, y]) => [10 * x, -100 * y];
  return { track: { arrows: arrows && { downhill, ...arrows }, color }, made, at: [50, 60], toward };
}

test('a way rises as steeply as the ground: downhill falls by the gradient squared', () => {
  const { track } = held(1, { step: [9, 9, 1, 1] });
  assert.deepEqual(drawnTo(track, 1), [
    ['step', [1, 1, -1]],
    ['downhill', [-3, 4, -25]],
  ]);
});

test('where nothing is known no arrow is drawn, nor after the last update', () => {
  assert.deepEqual(arrowsOf([held(0, null), held(2, {})]), { arrows: [], factors: {} });
  assert.deepEqual(drawnTo({ arrows: { downhill: [NaN, 1] } }, 0), []);
});

test('gradient and velocity of all runs share one factor, so that lengths can be compared', () => {
  const steep = held(1, { velocity: [0, 0, 0, 8] }, 'red');
  const { arrows, factors } = arrowsOf([held(0, {}, 'blue'), steep]);
  assert.deepEqual(factors, { downhill: 0.1, velocity: 0.1 });
  assert.deepEqual(arrows.map(({ name, color, right, down }) => [name, color, right, down]), [
    ['velocity', 'red', 0, -80],
    ['downhill', 'blue', 1, 20],
    ['downhill', 'red', -3, -40],
  ]);
  assert.deepEqual(arrows[0].at, [50, 60]);
});

test('a step that is seen well is drawn as long as it is, and a tiny one is multiplied', () => {
  /** @param {number} y */
  const factor = (y) => arrowsOf([held(0, { step: [0, y] })]).factors.step;
  assert.equal(factor(1), 1);
  assert.equal(factor(0.001), 1000);
  assert.equal(factor(-10), 0.1);
});

test('factors are 1, 2, 3 or 5 times a power of ten, and none where nothing moves', () => {
  assert.deepEqual([1, 3, 7e-5, 4e9].map((length) => factorOf([length, 0])), [100, 30, 1e6, 2e-8]);
  assert.deepEqual([[], [0], [Infinity]].map((lengths) => factorOf(lengths)), [0, 0, 0]);
});

test('the key says of each arrow what it is and by what it is multiplied', () => {
  assert.deepEqual(meanings({ step: 1, downhill: 0.0005 }), [
    ['downhill', 'downhill, −gradient × 0.0005'],
    ['step', 'step the rule takes × 1'],
  ]);
});
