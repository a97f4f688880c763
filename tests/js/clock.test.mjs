/** Time: where the clock stands, and which state of each run that is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as clocks from '../../gdplay/ui/player/clock.js';
import { packed, sentPlay, sentTrack } from './fakes.mjs';

/** A clock with a run of 4 epochs of 3 updates, and one of 10 epochs of 1. */
function wound(more = {}, tracks = [sentTrack(), sentTrack({ place: 1, perEpoch: 1, last: 10 })]) {
  const clock = clocks.newClock();
  clocks.wind(clock, sentPlay(tracks, more));
  return clock;
}

/** A clock with one run, held at a time. */
function heldAt(time, track = {}) {
  const clock = wound({}, [sentTrack(track)]);
  clocks.hold(clock, time);
  return clock;
}

const made = (clock) => clock.tracks.map((track) => clocks.madeBy(clock, track));

// States

test('a new clock rests without runs', () => {
  const { time, playing, dragged, tracks, rows, speed, waited, around, end, focus } =
    clocks.newClock();
  assert.deepEqual([time, playing, dragged, tracks, rows], [null, false, false, [], []]);
  assert.deepEqual([speed, waited, around, end, focus], [1, 0, 0, 0, null]);
});

test('an epoch ends where it ends, however short its last batch', () => {
  const track = sentTrack({ perEpoch: 3, epoch: 10, update: 4 });
  const times = [0, 1, 2, 3, 4, 5, 6].map((update) => clocks.timeAt(track, update));
  assert.deepEqual(times, [0, 4, 8, 10, 14, 18, 20]);
});

test('a run has made the updates that lie behind the clock', () => {
  const track = { perEpoch: 3, epoch: 10, update: 4, last: 12 };
  const at = (time) => made(heldAt(time, track))[0];
  const times = [0, 3.9, 4, 7.9, 8, 9.9, 10, 13.9, 14, 20, 39.9];
  assert.deepEqual(times.map(at), [0, 0, 1, 1, 2, 2, 3, 3, 4, 6, 11]);
});

test('at rest every run has made all its updates, and none more while another goes on', () => {
  assert.deepEqual(made(wound()), [12, 10]);
  const clock = wound();
  clocks.hold(clock, 9);
  assert.deepEqual(made(clock), [12, 9]);
});

test('times that differ by dust are the same', () => {
  const dust = 1e-9 * 4;
  assert.equal(made(heldAt(1 - 0.9 * dust))[0], 3);
  assert.equal(made(heldAt(1 - 1.1 * dust))[0], 2);
  assert.equal(heldAt(4 - 0.9 * dust).time, null);
  assert.equal(heldAt(4 - 1.1 * dust).time, 4 - 1.1 * dust);
  assert.equal(heldAt(4 - dust).time, null);
});

test('the last value that is at most a limit is found, the first where none is', () => {
  const values = [1, 3, 3, 7, 9];
  const limits = [0, 1, 2, 3, 6, 7, 8, 9, 10];
  const indices = limits.map((limit) => clocks.lastAtMost(values, limit));
  assert.deepEqual(indices, [0, 0, 0, 2, 2, 3, 3, 4, 4]);
  assert.equal(clocks.lastAtMost([5], 6), 0);
  assert.equal(clocks.lastAtMost([], 6), 0);
  assert.equal(clocks.lastAtMost([5, 6], 6), 1);
});

// Winding

test('the newest tracks are taken with numbers in place of text', () => {
  const updates = packed('u2', Uint16Array.of(0, 3, 300));
  const fits = packed('f4', Float32Array.of(0.5, -1.5));
  const track = sentTrack({ updates, fitted: packed('u1', Uint8Array.of(0)), fits, shape: [1, 2] });
  const clock = wound({ rows: packed('f4', Float32Array.of(1.5, 2)), unit: 'updates' }, [track]);
  const [{ last, thin, closeUp, label, ...more }] = clock.tracks;
  assert.deepEqual([...more.updates], [0, 3, 300]);
  assert.deepEqual([...more.fits, ...more.fitted], [0.5, -1.5, 0]);
  assert.deepEqual([...thin.updates], [0, 3, 300]);
  assert.deepEqual([...thin.fits, ...thin.fitted], [0.5, -1.5, 0]);
  assert.deepEqual([last, closeUp, label], [300, null, 'Batch']);
  assert.deepEqual([...clock.rows], [1.5, 2]);
  assert.deepEqual([clock.hash, clock.around, clock.unit], ['first', 4, 'updates']);
});

test('the clock ends with the run that takes longest and looks at the one with most updates', () => {
  const clock = wound();
  assert.equal(clock.end, 10);
  assert.equal(clock.focus.place, 0);
  const equals = [sentTrack({ place: 4, last: 5 }), sentTrack({ place: 2, last: 5 })];
  assert.equal(wound({}, equals).focus.place, 4);
  const [most, ...others] = [9, 5, 7].map((last, place) => sentTrack({ place, last }));
  assert.equal(wound({}, [...others, most]).focus.place, 0);
});

test('a clock without tracks ends at once', () => {
  const clock = wound({}, []);
  assert.deepEqual([clock.end, clock.focus, clock.time], [0, null, null]);
});

test('the same tracks are not taken twice', () => {
  const clock = wound();
  const { tracks } = clock;
  clocks.hold(clock, 2);
  clocks.wind(clock, sentPlay([sentTrack()]));
  assert.equal(clock.tracks, tracks);
  assert.equal(clock.time, 2);
});

test('a held clock keeps its time, and the run it looks at, when the tracks change', () => {
  const clock = wound();
  clock.focus = clock.tracks[1];
  clocks.hold(clock, 2.5);
  clocks.wind(clock, sentPlay([sentTrack(), sentTrack({ place: 1, last: 7 })], { hash: 'next' }));
  assert.deepEqual([clock.time, clock.focus.place, clock.hash], [2.5, 1, 'next']);
  assert.equal(clock.focus, clock.tracks[1]);
});

test('a held clock keeps the update of that run when it counts something else', () => {
  const clock = wound();
  clocks.hold(clock, 2.6); // 8 updates of the first run
  const tracks = [sentTrack({ epoch: 30, update: 10 })];
  clocks.wind(clock, sentPlay(tracks, { hash: 'next', unit: 'examples' }));
  assert.deepEqual([clock.time, clock.unit], [80, 'examples']);
  assert.deepEqual(made(clock), [8]);
});

test('a held clock rests where the run it looked at is gone and it counts something else', () => {
  const clock = wound();
  clocks.hold(clock, 2.6);
  const tracks = [sentTrack({ place: 5 })];
  clocks.wind(clock, sentPlay(tracks, { hash: 'next', unit: 'examples' }));
  assert.deepEqual([clock.time, clock.focus.place], [null, 5]);
});

test('a clock that runs, and one that rests, rest with new tracks', () => {
  for (const begin of [clocks.play, clocks.rest]) {
    const clock = wound();
    begin(clock);
    clocks.wind(clock, sentPlay([sentTrack()], { hash: 'next' }));
    assert.deepEqual([clock.time, clock.playing], [null, false]);
  }
});

test('where nothing is played any more the clock rests', () => {
  const clock = wound();
  clocks.hold(clock, 2);
  clocks.wind(clock, null);
  assert.deepEqual([clock.time, clock.tracks], [null, []]);
  clocks.wind(clock, sentPlay([sentTrack()]));
  assert.equal(clock.tracks.length, 1); // the same runs come again
});

test('the clock stands where the page asks, once', () => {
  const clock = wound({ position: [1, 4] });
  assert.deepEqual([clock.time, clock.focus.place], [4, 1]);
  clocks.hold(clock, 2);
  clocks.wind(clock, sentPlay([sentTrack()], { position: [1, 4] }));
  assert.equal(clock.time, 2);
  clocks.wind(clock, sentPlay([sentTrack()], { position: [0, 4] }));
  assert.deepEqual([clock.time, clock.focus.place], [1.25, 0]);
  clocks.wind(clock, sentPlay([sentTrack()], { position: [9, 4] }));
  assert.deepEqual([clock.time, clock.focus.place], [null, 0]);
});

test('the clock stands where the page asks again when other runs come', () => {
  const clock = wound({ position: [1, 4] });
  clocks.hold(clock, 2);
  const others = [sentTrack(), sentTrack({ place: 1, perEpoch: 1, last: 10 })];
  clocks.wind(clock, sentPlay(others, { position: [1, 4], hash: 'others' }));
  assert.equal(clock.time, 4);
});

// Moving

test('a clock held before the start stands there, one held at the end rests', () => {
  const clock = wound();
  clocks.play(clock);
  clocks.hold(clock, -1);
  assert.deepEqual([clock.time, clock.playing], [0, false]);
  clocks.hold(clock, 10);
  assert.equal(clock.time, null);
  clocks.hold(clock, 3);
  clocks.hold(clock, null);
  assert.equal(clock.time, null);
});

test('it plays from where it stands, from the start where it rests', () => {
  const clock = wound();
  clock.waited = 0.4;
  clocks.play(clock);
  assert.deepEqual([clock.time, clock.playing, clock.waited], [0, true, 0]);
  clocks.hold(clock, 3);
  clocks.play(clock);
  assert.deepEqual([clock.time, clock.playing], [3, true]);
  clocks.rest(clock);
  assert.deepEqual([clock.time, clock.playing], [null, false]);
});

test('a step leads to the next update and the last of the run in focus', () => {
  const clock = heldAt(1.3); // 4 updates, and a little more
  clocks.step(clock, 1);
  assert.equal(clock.time, 1.5);
  clocks.hold(clock, 1.3);
  clocks.step(clock, -1);
  assert.equal(clock.time, 1.25);
  clocks.step(clock, -1);
  assert.equal(clock.time, 1);
  clocks.step(clock, -1);
  assert.equal(clock.time, 0.5);
  for (let i = 0; i < 4; i += 1) clocks.step(clock, -1);
  assert.equal(clock.time, 0);
});

test('from rest a step goes on from the start, and back from the end', () => {
  const clock = wound({}, [sentTrack()]);
  clocks.step(clock, 1);
  assert.equal(clock.time, 0.25);
  clocks.rest(clock);
  clocks.step(clock, -1);
  assert.equal(clock.time, 3.5);
});

test('a step on from the last update but one rests', () => {
  const clock = heldAt(3.5);
  clocks.step(clock, 1);
  assert.equal(clock.time, null);
});

test('where the run in focus has ended, the busiest of the others steps', () => {
  const tracks = [sentTrack({ last: 6 }), sentTrack({ place: 1 }), sentTrack({ place: 2, last: 9 })];
  const clock = wound({}, tracks);
  [clock.focus] = clock.tracks;
  clocks.hold(clock, 2); // its very end
  clocks.step(clock, -1);
  assert.equal(clock.time, 1.5);
  clocks.hold(clock, 2);
  clocks.step(clock, 1);
  assert.equal(clock.time, 2.25);
  clock.tracks[1].update = 0.125; // the busiest now has another pace than the third
  clocks.hold(clock, 2);
  clocks.step(clock, 1);
  assert.equal(clock.time, 2.125);
});

test('a step without runs moves nothing', () => {
  const clock = clocks.newClock();
  clocks.step(clock, 1);
  clocks.stepEpoch(clock, 1);
  assert.equal(clock.time, null);
});

test('a longer step leads to the ends of epochs of the run in focus', () => {
  const clock = heldAt(1.3, { epoch: 2, update: 0.5, last: 12 });
  clocks.stepEpoch(clock, 1);
  assert.equal(clock.time, 2);
  clocks.stepEpoch(clock, 1);
  assert.equal(clock.time, 4);
  clocks.stepEpoch(clock, -1);
  assert.equal(clock.time, 2);
  clocks.hold(clock, 3);
  clocks.stepEpoch(clock, -1);
  assert.equal(clock.time, 2);
  clocks.stepEpoch(clock, -1);
  clocks.stepEpoch(clock, -1);
  assert.equal(clock.time, 0);
  clocks.rest(clock);
  clocks.stepEpoch(clock, 1);
  assert.equal(clock.time, 2);
  clocks.rest(clock);
  clocks.stepEpoch(clock, -1);
  assert.equal(clock.time, 6);
  clocks.hold(clock, 6);
  clocks.stepEpoch(clock, 1);
  assert.equal(clock.time, null);
});

test('sums of thirds are ends of epochs too', () => {
  const clock = heldAt(2 - 1e-9, { epoch: 1 });
  clocks.stepEpoch(clock, 1);
  assert.equal(clock.time, 3);
  clocks.hold(clock, 2 + 1e-9);
  clocks.stepEpoch(clock, -1);
  assert.equal(clock.time, 1);
});

// Playing

test('a whole experiment takes ten seconds at speed 1', () => {
  const clock = heldAt(0);
  clocks.play(clock);
  for (let i = 0; i < 99; i += 1) clocks.advance(clock, 0.1, false);
  assert.ok(clock.playing);
  assert.ok(Math.abs(clock.time - 4 * 0.99 ** 2.5) < 1e-9);
  clocks.advance(clock, 0.1, false);
  assert.equal(clock.playing, false);
});

test('the beginning is played slowly: a quarter of the time passes in over half the seconds', () => {
  const clock = heldAt(0);
  clocks.play(clock);
  let seconds = 0;
  for (; clock.time < 1; seconds += 0.05) clocks.advance(clock, 0.05, false);
  assert.ok(seconds > 5.5 && seconds < 6);
});

test('at four times the speed it is four times as far along', () => {
  const clock = heldAt(0);
  clocks.play(clock);
  clock.speed = 4;
  clocks.advance(clock, 0.05, false);
  assert.ok(Math.abs(clock.time - 4 * 0.02 ** 2.5) < 1e-15);
});

test('a frame that comes late counts for a tenth of a second', () => {
  const clock = heldAt(1);
  clocks.play(clock);
  clocks.advance(clock, 60, false);
  assert.ok(Math.abs(clock.time - 4 * (0.25 ** 0.4 + 0.01) ** 2.5) < 1e-12);
});

test('a frame dated before the press that started playing moves nothing', () => {
  const clock = heldAt(0);
  clocks.play(clock);
  clocks.advance(clock, -0.005, false);
  assert.equal(clock.time, 0);
  assert.ok(clock.playing);
});

test('it rests at the end', () => {
  const clock = heldAt(3.98);
  clocks.play(clock);
  clocks.advance(clock, 0.05, false);
  assert.deepEqual([clock.time, clock.playing], [null, false]);
});

test('whoever prefers still pictures sees whole epochs, two a second', () => {
  const clock = heldAt(0, { last: 90 });
  clocks.play(clock);
  const times = [];
  for (let i = 0; i < 10; i += 1) {
    clocks.advance(clock, 0.1, true);
    times.push(clock.time);
  }
  assert.deepEqual(times, [0, 0, 0, 0, 2, 2, 2, 2, 2, 4]); // 1.5 epochs in half a second
  clock.speed = 0.1;
  for (let i = 0; i < 5; i += 1) clocks.advance(clock, 0.1, true);
  assert.equal(clock.time, 5);
});

test('a jump is as long as epochs of the run in focus are', () => {
  const clock = heldAt(0, { epoch: 12, update: 4, last: 24 }); // 8 epochs, 96 in all
  clocks.play(clock);
  clock.speed = 4;
  for (let i = 0; i < 5; i += 1) clocks.advance(clock, 0.1, true);
  assert.equal(clock.time, 24);
});

// Numbers

test('numbers come in every kind that NumPy packs', () => {
  const kinds = {
    f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array,
    i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
  };
  for (const [dtype, Kind] of Object.entries(kinds)) {
    const read = clocks.numbers(packed(dtype, Kind.of(1, 2, 100)));
    assert.equal(read.constructor, Kind);
    assert.deepEqual([...read], [1, 2, 100]);
  }
  const list = [1, 2];
  assert.equal(clocks.numbers(list), list);
  assert.deepEqual(clocks.numbers(null), []);
  assert.deepEqual(clocks.numbers(undefined), []);
});
