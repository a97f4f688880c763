import assert from 'node:assert/strict';
import { test } from 'node:test';

import { givenUp, isWhole, newRanks, ranked, ranksText } from '../../gdplay/ui/predict/ranks.js';

test('runs are ranked in the order in which they are tapped', () => {
  const ranks = [2, 0, 1].reduce(ranked, newRanks());
  assert.equal(ranksText(ranks), '2.0.1~none');
  assert.ok(isWhole(ranks, 3));
});

test('a second tap takes a run out, and those behind it move up', () => {
  const ranks = [2, 0, 2].reduce(ranked, newRanks());
  assert.deepEqual(ranks, { order: [0], lost: [] });
  assert.ok(!isWhole(ranks, 3));
});

test('a run is ranked or lost, never both', () => {
  const lost = givenUp(ranked(newRanks(), 1), 1);
  assert.equal(ranksText(lost), 'none~1');
  assert.equal(ranksText(ranked(lost, 1)), '1~none');
  assert.equal(ranksText(givenUp(lost, 1)), 'none~none');
  assert.equal(ranksText([0, 1].reduce(givenUp, ranked(newRanks(), 2))), '2~0.1');
});
