/** The line of runs under a picture: when it stands there, and what it has room for. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { halves, makeRoom, ownParts, standing, tell } from '../../gdplay/ui/player/bar.js';
import { newClock, wind } from '../../gdplay/ui/player/clock.js';
import { browse, sentPlay, sentTrack } from './fakes.mjs';

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

/** The transport's parts, as `addBar` leaves them, and a page's data with something to play. */
function dressed() {
  const button = (label) =>
    ({ ...part(), title: label, disabled: false, getAttribute: () => label, dataset: { act: 'play' } });
  const buttons = [button('To the start (Home)'), button('Play (space)')];
  const now = part({ hasAttribute: () => false, toggleAttribute: () => {}, scrollWidth: 0, clientWidth: 0 });
  const slider = part({ title: '', disabled: false, setAttribute: () => {} });
  const transport = { now, slider, output: part(), toggle: buttons[1], inside: part() };
  return { buttons, transport: { ...transport, bar: { querySelectorAll: () => buttons } } };
}

test('where all runs are hidden no button does anything, each says why, and all live with the first run', () => {
  const clock = newClock();
  const { buttons, transport } = dressed();
  const say = (tracks, hash) => {
    wind(clock, sentPlay(tracks, { hash }));
    clock.focus = null; // the line of runs is for a page
    tell({ clock, transport, data: { play: {} }, preview: { shown: null } });
    return [...buttons, transport.slider].map(({ disabled }) => disabled);
  };
  assert.deepEqual(say([], 'none'), [true, true, true]);
  assert.deepEqual(new Set(buttons.map(({ title }) => title)), new Set([transport.slider.title]));
  assert.match(transport.slider.title, /hidden/);
  assert.equal(transport.output.textContent, 'all runs are hidden');
  assert.ok(transport.now.hidden && transport.inside.hidden);
  assert.deepEqual(say([sentTrack()], 'one'), [false, false, false]);
  assert.deepEqual(buttons.map(({ title }) => title), ['To the start (Home)', 'Play (space)']);
  assert.ok(!transport.now.hidden && transport.slider.title === '');
});

test('a name is parted where both parts are about as long, and nothing of it is lost', () => {
  assert.deepEqual(halves('Mini-batch of 20'), ['Mini-batch', ' of 20']);
  assert.deepEqual(halves('Batch, momentum 0.9'), ['Batch,', ' momentum 0.9']);
  assert.deepEqual(halves('Stochastic'), ['Stochastic']);
});

test('runs give up the word first, then the line of their names, and what others have last', () => {
  const wide = { '': 600, brief: 450, 'two lines': 380, least: 200 };
  /** What is given up where there are so many pixels. */
  const given = (clientWidth) => {
    const dataset = {};
    makeRoom({ dataset, clientWidth, get scrollWidth() { return wide[dataset.tight]; } });
    return dataset.tight;
  };
  assert.deepEqual([600, 599, 449, 379, 100].map(given), ['', 'brief', 'two lines', 'least', 'least']);
});

test('what is left of names tells them apart', () => {
  const rules = ['Mini-batch, Plain step', 'Mini-batch, Adam, rate 0.1', 'Mini-batch, Adam, rate 0.2'];
  assert.deepEqual(ownParts(rules), ['Plain step', 'rate 0.1', 'rate 0.2']);
  assert.deepEqual(ownParts(['Batch', 'Batch, momentum 0.9']), ['Batch', 'momentum 0.9']);
});

test('at its end a run tells its loss, and its updates where rounding decides what that is', () => {
  const clock = { ...newClock(), time: null, axis: 'updates' };
  const run = { last: 300, lost: -1, perEpoch: 10 };
  assert.deepEqual(standing(clock, { ...run, loss: 0.25 }), ['loss', '0.25']);
  for (const loss of [NaN, null]) {
    assert.deepEqual(standing(clock, { ...run, loss }), ['update', '300']);
  }
  assert.deepEqual(standing(clock, { ...run, loss: NaN, lost: 300 }), ['lost at', '300']);
});
