/** Close-ups: what is asked for, when, and how it takes its place among the states that came. */

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { hold, newClock, play, rest, wind } from '../../gdplay/ui/player/clock.js';
import * as closeups from '../../gdplay/ui/player/closeup.js';
import { browse, sentPlay, sentTrack } from './fakes.mjs';

/** What the wire was asked, and whether there is one. */
let questions;
let wired;
let now;

beforeEach(() => {
  browse();
  [questions, wired, now] = [[], true, 10_000];
  document.addEventListener('gdplay:question', (event) => {
    questions.push(structuredClone(event.detail));
    if (wired) event.preventDefault();
  });
  mock.restoreAll();
  mock.method(performance, 'now', () => now);
});

/** A run that came with every tenth state of a hundred, and with the first and last fit. */
function thinTrack(more = {}) {
  const updates = Array.from({ length: 11 }, (_, i) => 10 * i);
  const fits = [0, 1, 2, 3];
  return sentTrack({ updates, fitted: [0, 100], fits, shape: [1, 2], perEpoch: 10, ...more });
}

/** A player that is held at a time. */
function player(tracks, time) {
  const [clock, marks] = [newClock(), new Set()];
  wind(clock, sentPlay(tracks));
  hold(clock, time);
  const root = {
    toggleAttribute: (name, on) => (on ? marks.add(name) : marks.delete(name)),
  };
  const state = { clock, closeUps: closeups.newCloseUps(), data: { wire: 'one' }, root, marks, preview: {} };
  return Object.assign(state, { ended: new AbortController(), keepUp: mock.fn() });
}

function answer(closeUps, more = {}) {
  const detail = { player: 'one', answer: { hash: 'first', closeUps }, ...more };
  document.dispatchEvent(new CustomEvent('gdplay:answer', { detail }));
}

/** Every state from an update to another; state u stands at u + .1, u + .2, its loss is u + .3. */
function closeUp(from, to, more = {}) {
  const updates = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const part = (shift) => updates.map((update) => update + shift);
  const fits = updates.flatMap((update) => [update, -update]);
  const values = { x: part(0.1), y: part(0.2), loss: part(0.3), value: part(0.4), fits };
  return { place: 0, window: 3, updates, ...values, ...more };
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// Questions

test('a new player has asked nothing', () => {
  const asked = { taken: 0, question: '', at: 0, tries: 0, open: false };
  assert.deepEqual(closeups.newCloseUps(), asked);
});

test('a held clock asks for the window around each run that came with some states only', () => {
  const whole = sentTrack({ place: 1, last: 100, perEpoch: 10 });
  const state = player([thinTrack({ update: 0.1 }), whole, thinTrack({ place: 2 })], 3.4);
  closeups.askForCloseUps(state);
  const windows = [[0, 9], [2, 8]]; // 34 and 31 updates by fours
  assert.deepEqual(questions, [{ player: 'one', question: { hash: 'first', windows } }]);
  assert.deepEqual([state.closeUps.open, state.closeUps.at], [true, 10_000]);
  assert.equal(state.closeUps.tries, 0);
});

test('a question that was lost on its way is asked again after a while, later each time', () => {
  const state = player([thinTrack()], 3.4);
  for (const [at, asked] of [[10_000, 1], [17_999, 1], [18_000, 2], [33_999, 2], [34_000, 3]]) {
    now = at;
    closeups.askForCloseUps(state);
    assert.equal(questions.length, asked);
  }
});

test('a run whose states came whole but not its fits is asked for too', () => {
  const fits = range(0, 201);
  const some = sentTrack({ last: 100, fitted: [0, 100], fits: [0, 1, 2, 3], shape: [1, 2] });
  const all = sentTrack({ last: 100, place: 1, fitted: range(0, 100), fits, shape: [1, 2] });
  closeups.askForCloseUps(player([some, all], 3));
  assert.deepEqual(questions[0].question.windows, [[0, 2]]);
});

test('a run that lacks a single state, or a single fit, is asked for', () => {
  const [most, all] = [range(0, 99), range(0, 100)];
  const fits = range(0, 201);
  const states = sentTrack({ updates: [...most.slice(0, 99), 100], shape: null });
  const fit = sentTrack({ place: 1, updates: all, fitted: [...most.slice(0, 99), 100], fits, shape: [1, 2] });
  closeups.askForCloseUps(player([states, fit], 3));
  assert.deepEqual(questions[0].question.windows, [[0, 2], [1, 2]]);
});

test('a clock that rests, runs or is dragged asks nothing', () => {
  for (const change of [rest, play, (clock) => (clock.dragged = true)]) {
    const state = player([thinTrack()], 3.4);
    change(state.clock);
    closeups.askForCloseUps(state);
    assert.ok(!state.marks.has('data-waiting'));
  }
  assert.deepEqual(questions, []);
});

test('without a wire of its own a player asks nothing', () => {
  const state = player([thinTrack()], 3.4);
  state.data.wire = null;
  closeups.askForCloseUps(state);
  assert.deepEqual(questions, []);
  assert.ok(!state.marks.has('data-waiting'));
});

test('it waits for the very update, and where it stands on a known one it does not', () => {
  const at = (update, more = {}) => {
    const state = player([thinTrack({ update: 0.1, shape: null, ...more })], update / 10);
    closeups.askForCloseUps(state);
    return state.marks.has('data-waiting');
  };
  assert.deepEqual([at(31), at(30), at(0)], [true, false, false]);
  assert.deepEqual([at(30, { shape: [1, 2] }), at(0, { shape: [1, 2] })], [true, false]);
});

test('it waits while any run stands elsewhere', () => {
  const whole = sentTrack({ place: 1, last: 100, perEpoch: 10, update: 0.1 });
  const state = player([whole, thinTrack({ update: 0.1 })], 3.1);
  closeups.askForCloseUps(state);
  assert.ok(state.marks.has('data-waiting'));
});

test('one question is asked at a time', () => {
  const state = player([thinTrack({ update: 0.1 })], 3.4);
  closeups.listenForCloseUps(state);
  closeups.askForCloseUps(state);
  hold(state.clock, 7);
  closeups.askForCloseUps(state);
  assert.equal(questions.length, 1);
  answer([], { answer: null });
  closeups.askForCloseUps(state);
  assert.equal(questions.length, 2);
  assert.equal(state.closeUps.tries, 0);
});

test('what nobody took is asked again at once', () => {
  const state = player([thinTrack()], 3.4);
  wired = false;
  closeups.askForCloseUps(state);
  closeups.askForCloseUps(state);
  assert.equal(questions.length, 2);
  assert.equal(state.closeUps.open, false);
});

test('what was not to be had is asked for again, each time after twice as long', () => {
  const state = player([thinTrack()], 3.4);
  closeups.listenForCloseUps(state);
  closeups.askForCloseUps(state);
  for (const wait of [1000, 2000, 4000]) {
    answer([], { answer: null });
    const before = questions.length;
    now += wait - 1;
    closeups.askForCloseUps(state);
    assert.equal(questions.length, before);
    now += 1;
    closeups.askForCloseUps(state);
    assert.equal(questions.length, before + 1);
  }
});

test('a window that is there is not asked for', () => {
  const state = player([thinTrack({ update: 0.1 })], 1.2);
  closeups.listenForCloseUps(state);
  answer([closeUp(8, 16)]);
  closeups.askForCloseUps(state);
  assert.deepEqual(questions, []);
  hold(state.clock, 1.4);
  closeups.askForCloseUps(state);
  assert.deepEqual(questions[0].question.windows, [[0, 4]]);
});

// Answers

test('a close-up takes the place of the few states that came first', () => {
  const state = player([thinTrack()], 3.4);
  closeups.listenForCloseUps(state);
  answer([closeUp(28, 33)]);
  const [track] = state.clock.tracks;
  assert.deepEqual(track.updates, [0, 10, 20, ...range(28, 33), 40, 50, 60, 70, 80, 90, 100]);
  assert.deepEqual(track.fitted, [0, ...range(28, 33), 100]);
  const between = range(28, 33).flatMap((update) => [update, -update]);
  assert.deepEqual(track.fits, [0, 1, ...between, 2, 3]);
  assert.deepEqual([...track.closeUp.x], range(28, 33).map((update) => update + 0.1));
  assert.equal(track.closeUp.window, 3);
  assert.equal(state.closeUps.taken, 1);
  assert.equal(state.keepUp.mock.callCount(), 1);
});

test('the next close-up takes the place of the last one', () => {
  const state = player([thinTrack()], 3.4);
  closeups.listenForCloseUps(state);
  answer([closeUp(28, 33)]);
  answer([closeUp(40, 42, { window: 5 })]);
  const [track] = state.clock.tracks;
  assert.deepEqual(track.updates, [0, 10, 20, 30, 40, 41, 42, 50, 60, 70, 80, 90, 100]);
  assert.deepEqual(track.thin.updates, range(0, 10).map((i) => 10 * i));
  assert.equal(state.closeUps.taken, 2);
});

test('a close-up at the end, and one that holds no fits, take their places too', () => {
  const state = player([thinTrack(), thinTrack({ place: 1, shape: null })], 3.4);
  closeups.listenForCloseUps(state);
  answer([closeUp(99, 100, { fits: null }), closeUp(0, 2, { place: 1 }), closeUp(0, 1, { place: 7 })]);
  const [first, second] = state.clock.tracks;
  assert.deepEqual(first.updates.slice(-3), [90, 99, 100]);
  assert.deepEqual([first.fitted, first.fits], [[0, 100], [0, 1, 2, 3]]);
  assert.deepEqual(second.updates.slice(0, 4), [0, 1, 2, 10]);
  assert.deepEqual(second.fits, [0, 1, 2, 3]);
});

test('answers about another picture, to another player, and after the end change nothing', () => {
  const state = player([thinTrack()], 3.4);
  closeups.listenForCloseUps(state);
  state.closeUps.open = true;
  answer([closeUp(28, 33)], { player: 'two' });
  assert.equal(state.closeUps.open, true);
  answer([], { answer: { hash: 'other', closeUps: [closeUp(28, 33)] } });
  assert.equal(state.closeUps.open, false);
  state.ended.abort();
  answer([closeUp(28, 33)]);
  assert.equal(state.closeUps.taken, 0);
  assert.equal(state.clock.tracks[0].closeUp, null);
  assert.equal(state.keepUp.mock.callCount(), 0);
});

// Lines

/** A run with a close-up of the updates from 28 to 33. */
function closeTrack() {
  const state = player([thinTrack({ update: 0.1 })], 3.4);
  closeups.listenForCloseUps(state);
  answer([closeUp(28, 33)]);
  return state.clock.tracks[0];
}

const line = (updates) => {
  const values = updates.map((update) => 1000 + update);
  return { updates, x: values, y: values, z: values, lift: 5 };
};

test('a path gets every state, its height over the ground on top', () => {
  const path = line([0, 20, 30, 40]);
  closeups.refine('surface', closeTrack(), path);
  assert.deepEqual(path.updates, [0, 20, ...range(28, 33), 40]);
  const near = (shift) => range(28, 33).map((update) => update + shift);
  assert.deepEqual(path.x, [1000, 1020, ...near(0.1), 1040]);
  assert.deepEqual(path.y, [1000, 1020, ...near(0.2), 1040]);
  assert.deepEqual(path.z, [1000, 1020, ...range(28, 33).map((u) => u + 0.3 + 5), 1040]);
});

test('a path that is drawn no further gets no states behind its end', () => {
  const path = line([0, 20, 30]);
  closeups.refine('surface', closeTrack(), path);
  assert.deepEqual(path.updates, [0, 20, 28, 29, 30]);
  assert.deepEqual(path.y, [1000, 1020, 28.2, 29.2, 30.2]);
  assert.deepEqual(path.z, [1000, 1020, 33.3, 34.3, 35.3]);
  const short = line([0, 20]);
  closeups.refine('surface', closeTrack(), short);
  assert.deepEqual(short, line([0, 20]));
});

test('a curve gets every value at its time', () => {
  const curve = { ...line([]), x: [0, 2, 3, 4], y: [9, 7, 6, 5] };
  closeups.refine('curves', closeTrack(), curve);
  const times = range(28, 33).map((update) => Math.floor(update / 10) + (update % 10) * 0.1);
  assert.deepEqual(curve.x, [0, 2, ...times, 4]);
  assert.deepEqual(curve.y, [9, 7, ...range(28, 33).map((update) => update + 0.4), 5]);
});

test('a curve without values, a fit and a run without a close-up keep their lines', () => {
  const [track, bare] = [closeTrack(), { ...closeTrack(), closeUp: null }];
  const curve = line([0, 20, 30, 40]);
  closeups.refine('fit', track, curve);
  closeups.refine('curves', { ...track, closeUp: { ...track.closeUp, value: [] } }, curve);
  for (const name of ['surface', 'curves']) closeups.refine(name, bare, curve);
  assert.deepEqual(curve, line([0, 20, 30, 40]));
});
