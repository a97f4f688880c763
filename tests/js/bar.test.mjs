/** The line of runs under a picture: when it stands there, and what it has room for. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { tell } from '../../gdplay/ui/player/bar.js';
import { newClock, wind } from '../../gdplay/ui/player/clock.js';
import { browse } from './fakes.mjs';

beforeEach(() => browse());

/** An element that holds what it is told. */
function part(more = {}) {
  return { hidden: false, dataset: {}, attributes: [], getAttribute: () => '', ...more };
}

test('without runs, as under a covered question, there is no line of runs', () => {
  const clock = newClock();
  wind(clock, null);
  const transport = { now: part(), slider: part(), output: part(), toggle: part() };
  tell({ clock, transport, data: { play: null }, preview: { shown: null } });
  assert.equal(transport.now.hidden, true);
});
