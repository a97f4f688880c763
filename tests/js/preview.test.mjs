/** A hand that drags a rate: what is asked, what is shown, and how it ends. */

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { hold, madeBy, newClock, rest, wind } from '../../gdplay/ui/player/clock.js';
import * as previews from '../../gdplay/ui/player/preview.js';
import { browse, packed, sentPlay, sentTrack } from './fakes.mjs';

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

const HAND = { wire: 'one.hand', offers: { rate: 'all' }, values: { rate: 0.1 } };

function scatter(name, more = {}) {
  const updates = Array.from({ length: 13 }, (_, i) => i);
  return { type: 'scatter3d', name, x: updates, y: updates, z: updates, customdata: updates, ...more };
}

/** A player of two runs; the first of them is the slider's. */
function player(more = {}) {
  const clock = newClock();
  const runs = [sentTrack(), sentTrack({ place: 1, label: 'Other', loss: 0.75 })];
  wind(clock, sentPlay(runs));
  const surface = [scatter('Batch', { meta: 0.5 }), scatter('Other', { meta: 0.5 })];
  const flat = { type: 'scatter', name: 'Other', x: [0, 4], y: [1, 2] };
  const panels = {
    surface: { hash: 's', spec: { data: surface } },
    curves: { hash: 'c', spec: { data: [flat] } },
    fit: { hash: 'f', spec: { data: [flat] } },
  };
  const data = { hand: structuredClone(HAND), play: { hash: 'first' }, panels };
  const state = { clock, data, preview: previews.newPreview(), ended: new AbortController() };
  Object.assign(state, { keepUp: mock.fn(), reduced: false, ...more });
  previews.listenToHands(state);
  return state;
}

function hand(phase, value = 0.1, control = 'rate') {
  document.dispatchEvent(new CustomEvent('gdplay:hand', { detail: { control, phase, value } }));
}

/** The codes of values over 0 to 65534. */
const codes = (...values) => packed('u2', Uint16Array.from(values, (value) => value + 1));

/** The first run at three rates: whole, lost at update 2, whole. */
function sentRates() {
  return {
    options: [0.01, 0.1, 1],
    looks: [null],
    raw: { width: 1, opacity: 0.25 },
    dashes: { solid: [], dot: [2, 4] },
    smooth: 0,
    ranges: { x: [0, 65534, false], y: [0, 65534, false], z: [0, 65534, false], value: [0, 65534, false] },
    grids: { lengths: packed('u1', Uint8Array.of(3, 2, 1)), updates: packed('u1', Uint8Array.of(0, 6, 12, 0, 2, 12)) },
    runs: [
      {
        place: 0,
        path: packed('u1', Uint8Array.of(0, 1, 0)),
        fitted: packed('u1', Uint8Array.of(2, 3, 2)),
        x: codes(1, 2, 3, 4, 5, 6, 7, 8),
        y: codes(11, 12, 13, 14, 15, 16, 17, 18),
        z: codes(21, 22, 23, 24, 25, 26, 27, 28),
        curves: [
          {
            value: codes(31, 32, 33, 34, 35, 36, 37, 38),
            updates: packed('u1', Uint8Array.of(0, 1, 0)),
          },
        ],
        fits: [1, 2, 3, 4],
        shape: [1, 2],
        last: packed('u1', Uint8Array.of(12, 2, 12)),
        lost: packed('i4', Int32Array.of(-1, 2, -1)),
        loss: packed('f4', Float32Array.of(0.5, NaN, 0.25)),
      },
    ],
  };
}

/** The same, where the list of fits of what was lost is empty. */
function rates() {
  const sent = sentRates();
  sent.grids.lengths = packed('u1', Uint8Array.of(3, 2, 1, 0));
  return sent;
}

function answer(more = {}) {
  const detail = { player: 'one.hand', answer: { hash: 'all', rates: rates() }, ...more };
  document.dispatchEvent(new CustomEvent('gdplay:answer', { detail }));
}

/** A player whose slider is dragged to a rate. */
function dragged(rate, more = {}) {
  const state = player(more);
  hand('near');
  answer();
  hand('drag', rate);
  return state;
}

const list = (values) => Array.from(values);

// ---------------------------------------------------------------- what is asked

test('a hand that comes near asks once for what is offered for its slider', () => {
  player();
  hand('near');
  hand('near');
  hand('drag');
  assert.deepEqual(questions, [{ player: 'one.hand', question: { hash: 'all' } }]);
});

test('a slider for which nothing is offered, and a page without a wire, ask nothing', () => {
  const state = player();
  hand('near', 0.1, 'another');
  state.data.hand = null;
  hand('near');
  assert.deepEqual(questions, []);
});

test('what did not come is asked for again after a while, what has come never', () => {
  player();
  hand('near');
  now += 3999;
  hand('near');
  assert.equal(questions.length, 1);
  now += 1;
  hand('near');
  assert.equal(questions.length, 2);
  answer();
  now += 10_000;
  hand('near');
  assert.equal(questions.length, 2);
});

test('a question that no wire takes is asked again at once', () => {
  wired = false;
  player();
  hand('near');
  hand('near');
  assert.equal(questions.length, 2);
});

test('a hand that stays near asks for the rates of the new picture', () => {
  const state = player();
  hand('near');
  answer();
  state.data.hand.offers.rate = 'new';
  previews.renewPreview(state, true);
  assert.deepEqual(questions.at(-1).question, { hash: 'new' });
  hand('away');
  state.data.hand.offers.rate = 'newer';
  previews.renewPreview(state, true);
  assert.equal(questions.length, 2);
});

test('only the newest pictures are remembered', () => {
  const state = player();
  hand('near');
  for (let i = 0; i < 10; i += 1) answer({ answer: { hash: `${i}`, rates: rates() } });
  assert.deepEqual([...state.preview.rates.keys()], ['2', '3', '4', '5', '6', '7', '8', '9']);
});

test("another player's answer is not taken, nor one without rates", () => {
  const state = player();
  answer({ player: 'two.hand' });
  answer({ answer: null });
  answer({ answer: { hash: 'first', closeUps: [] } });
  assert.equal(state.preview.rates.size, 0);
});

// ---------------------------------------------------------------- what is shown

test('codes become numbers, and lists go by the grids that they share', () => {
  const { runs } = previews.decodedRates(rates());
  const [run] = runs;
  assert.deepEqual(run.x.map(list), [[1, 2, 3], [4, 5], [6, 7, 8]]);
  assert.deepEqual(run.path.map(list), [[0, 6, 12], [0, 2], [0, 6, 12]]);
  assert.deepEqual(run.fits.map(list), [[1, 2], [], [3, 4]]);
});

test('codes of logarithms become their numbers, code 0 none', () => {
  const sent = rates();
  sent.ranges.value = [-2, 4, true];
  const values = Uint16Array.of(1, 65535, 0, 32768, 1, 1, 1, 1);
  sent.runs[0].curves[0].value = packed('u2', values);
  const [low, high, none] = previews.decodedRates(sent).runs[0].curves[0].value[0];
  assert.ok(Math.abs(low - 0.01) < 1e-9);
  assert.equal(high, 10_000);
  assert.ok(Number.isNaN(none));
});

test('dragging shows the runs of the slider at the nearest rate, all others as they are', () => {
  const state = dragged(0.011);
  const { tracks, lines } = state.preview.shown;
  assert.equal(state.clock.tracks, tracks);
  assert.deepEqual(list(lines.surface.get('Batch').x), [1, 2, 3]);
  assert.deepEqual(list(lines.surface.get('Batch').z), [21.5, 22.5, 23.5]); // lifted as the others
  assert.deepEqual(list(lines.curves.get('Batch').x), [0, 2, 4]); // updates on the clock
  assert.deepEqual(list(lines.curves.get('Batch').y), [31, 32, 33]);
  assert.equal(lines.surface.get('Other').x.length, 13);
  assert.equal(tracks[0].loss, 0.5);
  assert.equal(tracks[1], state.preview.own[1]);
  assert.equal(tracks[1].loss, 0.75);
  assert.deepEqual(list(lines.fit.get('Batch').x), [0, 4]); // as long as the others
  assert.equal(state.keepUp.mock.callCount(), 1);
});

/** What is drawn in the curves while a slider is dragged, where rates came otherwise. */
function strokes(change) {
  const state = player();
  const flat = { type: 'scatter', mode: 'lines', x: [0, 4], y: [1, 2] };
  const look = { width: 1.5, dash: 'dot' };
  state.data.panels.curves.spec.data = [
    { ...flat, name: 'Other', line: look, opacity: 0.5 },
    { ...flat, name: 'Other', line: { width: 0 } },
    { ...flat, name: 'Other', mode: 'markers', line: look },
    { ...flat, name: 'Batch', line: look },
  ];
  hand('near');
  const sent = rates();
  change(sent, sent.runs[0].curves);
  answer({ answer: { hash: 'all', rates: sent } });
  hand('drag', 0.01);
  return state.preview.shown.strokes.map((each) => [list(each.y), ...Object.values(each.look)]);
}

test('curves are drawn as they were: those of the slider anew, others as they stand', () => {
  const other = [[1, 2], [2, 4], 1.5, 0.5];
  assert.deepEqual(strokes(() => {}), [other, [[31, 32, 33], [9, 6], 2, 1]]);
});

test('every loss of a run follows the hand, pale ones behind', () => {
  const [pale, , first] = strokes((sent, curves) => {
    curves.push({ ...curves[0], value: codes(1, 2, 3, 4, 5, 6, 7, 8) });
    sent.looks = [{ width: 2, opacity: 1 }, { width: 1, opacity: 0.4 }];
  });
  assert.deepEqual(pale, [[1, 2, 3], [9, 6], 1, 0.4]);
  assert.deepEqual(first, [[31, 32, 33], [9, 6], 2, 1]);
});

test('a smoothed line lies before what it is made of, over as many epochs as were asked for', () => {
  const [raw, , [smooth, ...look]] = strokes((sent) => (sent.smooth = 0.5));
  assert.deepEqual(raw, [[31, 32, 33], [9, 6], 1, 0.25]);
  assert.deepEqual(look, [[9, 6], 2, 1]);
  const share = Math.exp(-6 / (0.5 * 3)); // six updates, of an epoch of three
  assert.ok(Math.abs(smooth[1] - (32 + 31 * share) / (1 + share)) < 1e-9);
});

test('a run that is lost ends there, and has no fit', () => {
  const state = dragged(0.1);
  const [track] = state.clock.tracks;
  assert.deepEqual([track.lost, track.last, track.shape], [2, 2, null]);
  assert.equal(madeBy(state.clock, track), 2);
});

test('where epochs are dragged the clock ends with the runs, and so do the curves', () => {
  const calls = [];
  window.Plotly = { relayout: (_plot, changes) => calls.push(changes) };
  const state = player();
  const layout = { xaxis: { range: [0, 4] } };
  state.panels = { curves: { plot: { layout } } };
  hand('near');
  const sent = { ...rates(), ends: true };
  sent.runs[0].last = packed('u1', Uint8Array.of(24, 3, 12));
  answer({ answer: { hash: 'all', rates: sent } });
  hand('drag', 0.01);
  assert.equal(state.clock.end, 8); // 24 updates, three an epoch
  hold(state.clock, 6);
  hand('release', 0.1);
  assert.deepEqual([state.clock.end, state.clock.time], [4, null]);
  layout.xaxis = { type: 'log', range: [-1, 2] };
  hand('drag', 0.01);
  assert.deepEqual(calls, [[0, 8], [0, 4], [-1, 2 + Math.log10(2)]].map((range) => ({ 'xaxis.range': range })));
});

/** The first run from every start on a map whose middle is (1, 2), half as wide as 2 and high as 4. */
function sentStarts() {
  const [updates, coefficients] = [[0, 12], [1, 2, 10, 20, 100, 200]];
  const looks = { looks: [null], raw: { width: 1, opacity: 0.25 }, dashes: {}, smooth: 0 };
  const value = [...coefficients, 0, 0, 0, 0, 1000, 2000];
  const run = { path: updates, x: coefficients, y: coefficients, curves: [{ value, updates }] };
  const fit = { fitted: [12], fits: [1, 2, 0, 0, 10, 20], shape: [1, 2], loss: [1, 0, 0, 4, 0, 0] };
  return { ...looks, middle: [1, 2], half: [2, 4], runs: [{ place: 0, ...run, ...fit }] };
}

test('while the start is dragged runs are shown from there, until the next picture', () => {
  const state = player();
  state.data.hand.offers.start = 'map';
  const drag = (phase, at) =>
    document.dispatchEvent(new CustomEvent('gdplay:hand', { detail: { control: 'start', phase, value: NaN, at } }));
  drag('near');
  answer({ answer: { hash: 'map', starts: sentStarts() } });
  drag('drag', [2, 0]); // half a half-width right of the middle and below it
  const { lines, start, tracks } = state.preview.shown;
  assert.deepEqual(list(lines.surface.get('Batch').x), [1 + 5 - 50, 2 + 10 - 100]);
  assert.deepEqual(list(lines.curves.get('Batch').y), [1 + 5 - 50 + 250, 2 + 10 - 100 + 500]);
  assert.deepEqual([list(tracks[0].fits), tracks[0].loss, tracks[0].last], [[-4, -8], 2, 12]);
  assert.deepEqual(start, [2, 0]);
  drag('drag', [1, 2]);
  assert.deepEqual(list(state.preview.shown.lines.surface.get('Batch').x), [1, 2]);
  drag('release', [1, 2]);
  assert.notEqual(state.preview.shown, null);
  previews.renewPreview(state, true);
  assert.equal(state.preview.answered, true);
});

test('a start that no runs follow stays under the hand until the next picture', () => {
  const state = player();
  const drag = (phase, at) =>
    document.dispatchEvent(new CustomEvent('gdplay:hand', { detail: { control: 'start', phase, value: NaN, at } }));
  drag('drag', [2, 0]);
  assert.deepEqual([state.preview.shown, state.preview.hand.at], [null, [2, 0]]);
  drag('release', [1, 2]);
  assert.deepEqual(state.preview.hand.at, [1, 2]);
  assert.equal(state.preview.answered, false);
  previews.renewPreview(state, true);
  assert.equal(state.preview.answered, true);
  drag('drag', [2, 0]);
  drag('gone');
  assert.equal(state.preview.hand, null);
});

test('a held clock stays at its time, and looks at the same run', () => {
  const state = player();
  hold(state.clock, 2);
  [, state.clock.focus] = state.clock.tracks;
  hand('near');
  answer();
  hand('drag', 1);
  assert.equal(state.clock.time, 2);
  assert.equal(state.clock.focus.place, 1);
  assert.equal(madeBy(state.clock, state.clock.tracks[0]), 6);
});

test('a rate that was shown before is not made again, until the picture is another', () => {
  const state = dragged(0.01);
  const first = state.preview.shown;
  hand('drag', 1);
  assert.notEqual(state.preview.shown, first);
  hand('drag', 0.01);
  assert.equal(state.preview.shown, first);
  state.data.panels.surface.hash = 'other';
  hand('drag', 0.01);
  assert.notEqual(state.preview.shown, first);
});

test('what comes while the hand already drags is shown at once', () => {
  const state = player();
  hand('drag', 1);
  assert.equal(state.preview.shown, null);
  answer();
  assert.deepEqual(list(state.preview.shown.lines.surface.get('Batch').x), [6, 7, 8]);
});

test('where Plotly itself has to move the paths, nothing follows', () => {
  assert.equal(dragged(1, { reduced: true }).preview.shown, null);
});

// ---------------------------------------------------------------- how it ends

test('a hand that lets go where it began leaves the picture as it was', () => {
  const state = dragged(1);
  const { own } = state.preview;
  hand('release', 0.1);
  assert.equal(state.clock.tracks, own);
  assert.equal(state.preview.shown, null);
});

test('what the hand left stays until the picture of that rate has come', () => {
  const state = dragged(1);
  const { shown } = state.preview;
  hand('release', 1);
  assert.equal(state.preview.shown, shown);
  previews.renewPreview(state, false); // of an earlier change
  assert.equal(state.preview.answered, false);
  state.data.hand.values.rate = 1;
  previews.renewPreview(state, true);
  assert.equal(state.preview.answered, true);
  assert.equal(state.preview.shown, shown);
});

test('a new picture that follows no hand ends what the hand left, too', () => {
  for (const hand_ of [null, { ...HAND, values: {} }]) {
    const state = dragged(1);
    hand('release', 1);
    state.data.hand = hand_;
    previews.renewPreview(state, true);
    assert.equal(state.preview.answered, true);
    state.ended.abort();
  }
});

test('at its end the tracks that came meanwhile stay, else the own ones come back', () => {
  const state = dragged(1);
  hand('release', 1);
  wind(state.clock, sentPlay([sentTrack({ last: 5 })], { hash: 'second' }));
  const newer = state.clock.tracks;
  previews.endPreview(state);
  assert.equal(state.clock.tracks, newer);
  rest(state.clock);
});

test('a hand that drags on over a new picture shows its runs there', () => {
  const state = dragged(1);
  wind(state.clock, sentPlay([sentTrack({ color: '#fff' }), sentTrack({ place: 1, label: 'Other', loss: 0.75 })], { hash: 'second' }));
  state.data.play.hash = 'second';
  previews.renewPreview(state, true);
  assert.equal(state.clock.tracks[0].color, '#fff');
  assert.deepEqual(list(state.preview.shown.lines.surface.get('Batch').x), [6, 7, 8]);
  state.data.hand.offers.rate = 'new';
  previews.renewPreview(state, true);
  assert.equal(state.preview.shown, null); // until they have come
});

test('a slider that goes away takes its hand along', () => {
  const state = dragged(1);
  hand('release', 1);
  hand('gone', 1, 'another');
  assert.notEqual(state.preview.shown, null);
  hand('gone', 1);
  assert.equal(state.preview.shown, null);
  assert.equal(state.clock.tracks[0].last, 12);
});
