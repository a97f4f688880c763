/**
 * The picture follows a hand: while a slider is dragged, runs are shown at the value under the hand.
 *
 * Runs at every option of a slider come at once, asked for when a pointer comes near it. From then on
 * a frame only lets the clock hold other tracks; the server hears nothing before the hand lets go.
 */

import { nearest } from '../numbers.js';
import { endOf, numbers, swapTracks, timeAt } from './clock.js';
import { ANSWER, HAND, RUNS_LOST, QUESTION } from './events.js';
import { readLines, strokesOf } from './lines.js';
import { smoothed } from './smooth.js';
import { decodedStarts, startedAt } from './starts.js';

/** What was asked for and did not come is not asked for again for so many milliseconds. */
const ASKED = 4000;
/** A curve through more points is thinner, and has no dashes (theme.py). */
const DENSE = 80;
const THIN = 0.65;
/** So many sliders are remembered: those of the newest pictures. */
const KEPT = 8;

/**
 * Return what a new player knows of hands.
 * @returns {Preview}
 */
export function newPreview() {
  return {
    rates: new Map(),
    asked: new Map(),
    near: new Set(),
    hand: null,
    still: 0,
    shown: null,
    drawn: null,
    answered: false,
    own: [],
    range: null,
    sets: new Map(),
    about: '',
    standing: { surface: new Map(), curves: new Map(), fit: new Map() },
  };
}

/**
 * Follow hands, and take in what they need, until the player ends.
 * @param {State} state
 */
export function listenToHands(state) {
  const { signal } = state.ended;
  document.addEventListener(HAND, ({ detail }) => onHand(state, detail), { signal });
  document.addEventListener(HAND, ({ detail: { phase } }) => phase === 'shown' && tellLost(state), {
    signal,
  });
  document.addEventListener(ANSWER, ({ detail }) => onAnswer(state, detail), { signal });
}

/**
 * @param {State} state
 * @param {Hand} hand
 */
function onHand(state, hand) {
  const { preview } = state;
  const { control, phase } = hand;
  if (phase === 'near') preview.near.add(control);
  if (phase === 'away' || phase === 'gone') preview.near.delete(control);
  if (phase === 'drag') Object.assign(preview, { hand, still: 0 });
  if (phase === 'drag' || phase === 'near') askForRates(state);
  if (phase === 'drag') showHand(state);
  if (preview.hand?.control !== control) return;
  if (phase === 'release') letGo(state, hand);
  if (phase === 'gone') endPreview(state);
}

/**
 * Stay as the hand left it until the picture of it has come.
 * @param {State} state
 * @param {Hand} hand
 */
function letGo(state, hand) {
  const { preview, data } = state;
  preview.hand = hand;
  if (!(preview.shown || hand.at) || hand.value === data.hand?.values[hand.control]) {
    endPreview(state);
  }
}

/**
 * Tell sliders which of the runs that are shown are lost.
 * @param {State} state
 */
export function tellLost({ clock }) {
  const own = clock.tracks.filter(({ beside }) => !beside);
  const detail = own.map(({ place, label, lost }) => ({ place, label, lost: lost >= 0 }));
  document.dispatchEvent(new CustomEvent(RUNS_LOST, { detail }));
}

// ---------------------------------------------------------------- what comes from the server

/**
 * Ask for the runs of the sliders that a pointer is near, where they have not come yet.
 * @param {State} state
 */
export function askForRates({ data, preview }) {
  if (!data.hand) return;
  const { wire, offers } = data.hand;
  for (const control of preview.near) {
    const hash = offers[control];
    if (!hash || preview.rates.has(hash)) continue;
    const now = performance.now();
    if (now < (preview.asked.get(hash) ?? -Infinity) + ASKED) continue;
    const detail = { player: wire, question: { hash } };
    const event = new CustomEvent(QUESTION, { detail, cancelable: true });
    if (!document.dispatchEvent(event)) preview.asked.set(hash, now);
  }
}

/**
 * Take in the runs of a slider, and show them at the value under the hand.
 * @param {State} state
 * @param {WireData} detail
 */
function onAnswer(state, { player, answer }) {
  const { preview, data } = state;
  if (!answer || player !== data.hand?.wire) return;
  if ('rates' in answer) preview.rates.set(answer.hash, decodedRates(answer.rates));
  else if ('starts' in answer) preview.rates.set(answer.hash, decodedStarts(answer.starts));
  else return;
  const [oldest] = preview.rates.keys();
  if (preview.rates.size > KEPT) preview.rates.delete(oldest);
  if (preview.hand?.phase === 'drag') showHand(state);
}

/**
 * Return runs at every option with numbers in place of text.
 * @param {SentRates} sent
 * @returns {Rates}
 */
export function decodedRates({ ranges, runs, grids, ...told }) {
  const all = numbers(grids.updates);
  let at = 0;
  const lists = Array.from(numbers(grids.lengths), (length) => all.slice(at, (at += length)));
  return { ...told, runs: runs.map((run) => decodedRun(run, ranges, lists)) };
}

/**
 * Return one run at every option.
 * @param {SentRateRun} run
 * @param {SentRates['ranges']} ranges
 * @param {Numbers[]} lists
 * @returns {RateRun}
 */
function decodedRun(run, ranges, lists) {
  /** @param {Sent} places */
  const chosen = (places) => Array.from(numbers(places), (place) => lists[place]);
  const [path, fitted] = [chosen(run.path), chosen(run.fitted)];
  /** @param {'x' | 'y' | 'z'} name */
  const coordinate = (name) => cut(valuesOf(numbers(run[name]), ranges[name]), path);
  const curves = run.curves.map(({ value, updates }) => {
    const told = chosen(updates);
    return { updates: told, value: cut(valuesOf(numbers(value), ranges.value), told) };
  });
  const size = run.shape ? run.shape[0] * run.shape[1] : 0;
  return {
    place: run.place,
    path,
    curves,
    fitted,
    x: coordinate('x'),
    y: coordinate('y'),
    z: coordinate('z'),
    fits: cut(numbers(run.fits), fitted, size),
    shape: run.shape,
    last: numbers(run.last),
    lost: numbers(run.lost),
    loss: numbers(run.loss),
  };
}

/**
 * Return what codes stand for: see rate_packing.py.
 * @param {Numbers} codes
 * @param {[low: number, high: number, log: boolean]} range
 */
function valuesOf(codes, [low, high, log]) {
  const step = (high - low) / 65534;
  return Float32Array.from(codes, (code) => {
    const value = low + (code - 1) * step;
    if (code === 0) return NaN;
    return log ? 10 ** value : value;
  });
}

/**
 * Cut values into one part for each list, of `size` numbers for each of its members.
 * @param {Numbers} values
 * @param {Numbers[]} lists
 */
function cut(values, lists, size = 1) {
  let at = 0;
  return lists.map((list) => values.slice(at, (at += size * list.length)));
}

// ---------------------------------------------------------------- what is shown

/**
 * Show the runs at the value under the hand, where they have come.
 * @param {State} state
 */
function showHand(state) {
  const { preview, data, clock } = state;
  if (!preview.hand || state.reduced || clock.tracks.length === 0) return;
  const sent = preview.rates.get(data.hand?.offers[preview.hand.control] ?? '');
  const rates = sent && 'middle' in sent ? startedAt(sent, preview.hand.at ?? sent.middle) : sent;
  if (!rates) return;
  if (!preview.shown) preview.own = clock.tracks;
  preview.answered = false;
  preview.shown = setAt(state, rates, preview.hand);
  swapTracks(clock, preview.shown.tracks, rates.ends);
  if (rates.ends) stretch(state);
  tellLost(state);
  state.keepUp();
}

/**
 * Let what the curves run along end where the clock does.
 * @param {State} state
 */
function stretch({ panels: { curves }, preview, clock }) {
  const { xaxis } = curves.plot.layout ?? {};
  preview.range ??= xaxis?.range ?? null;
  if (!xaxis || !preview.range) return;
  const [from, to] = preview.range.map(Number);
  const share = clock.end / endOf(preview.own);
  const end = xaxis.type === 'log' ? to + Math.log10(share) : from + share * (to - from);
  window.Plotly?.relayout(curves.plot, { 'xaxis.range': [from, end] });
}

/**
 * Return all that is drawn where a hand is: at an option made once, so that a hand that comes back
 * finds it.
 * @param {State} state
 * @param {Rates} rates
 * @param {Hand} hand
 * @returns {RateSet}
 */
function setAt(state, rates, { control, value, at }) {
  const { preview, data } = state;
  const panels = Object.values(data.panels).map(({ hash }) => hash);
  const about = [data.play?.hash, data.hand?.offers[control], panels].join();
  if (preview.about !== about) {
    preview.about = about;
    preview.sets.clear();
    preview.standing = linesIn(data);
  }
  if (at) return newSet(state, rates, 0, at);
  const index = nearest(rates.options, value);
  const made = preview.sets.get(index) ?? newSet(state, rates, index, null);
  preview.sets.set(index, made);
  return made;
}

/**
 * Return the lines that stand in the panels' figures.
 * @param {PlayerData} data
 * @returns {RateSet['lines']}
 */
function linesIn({ panels: { surface, curves, fit } }) {
  return {
    surface: readLines(surface?.spec.data ?? []),
    curves: readLines(curves?.spec.data ?? []),
    fit: readLines(fit?.spec.data ?? []),
  };
}

/**
 * @param {State} state
 * @param {Rates} rates
 * @param {number} index
 * @param {Pixel | null} start
 * @returns {RateSet}
 */
function newSet({ data, preview }, rates, index, start) {
  const { surface, curves, fit } = preview.standing;
  const lines = { surface: new Map(surface), curves: new Map(curves), fit: new Map(fit) };
  const highest = Math.max(0, ...[...surface.values()].map((line) => line.lift));
  const [someFit] = fit.values();
  const byPlace = new Map(rates.runs.map((run) => [run.place, run]));
  /** @type {Stroke[]} */
  const strokes = [];
  const tracks = preview.own.map((track) => {
    const run = byPlace.get(track.place);
    if (!run) {
      strokes.push(...strokesOf(data.panels.curves?.spec.data ?? [], track, rates.dashes));
      return track;
    }
    const own = run.curves.map((_, metric) => curveAt(rates, run, index, track, metric));
    strokes.push(...own.flatMap((line, metric) => strokesAt(rates, track, line, metric)));
    const { lift } = surface.get(track.label) ?? { lift: highest };
    lines.surface.set(track.label, pathAt(run, index, lift));
    lines.curves.set(track.label, { ...own[0], y: own[0].smooth ?? own[0].y });
    if (someFit && !lines.fit.has(track.label)) lines.fit.set(track.label, someFit);
    return trackOf(track, run, index);
  });
  return { tracks, lines, strokes: strokes.sort(behindFirst), start };
}

/**
 * Sort lines: those that are pale lie behind, then those that are jagged.
 * @param {Stroke} a
 * @param {Stroke} b
 */
function behindFirst(a, b) {
  const front = Number(a.look.opacity === 1) - Number(b.look.opacity === 1);
  return front || b.x.length - a.x.length;
}

/**
 * @param {RateRun} run
 * @param {number} i
 * @param {number} lift
 * @returns {Line}
 */
function pathAt({ x, y, z, path }, i, lift) {
  const heights = Float32Array.from(z[i], (value) => value + lift);
  return { x: x[i], y: y[i], z: heights, updates: path[i], lift };
}

/**
 * Return what the curves show of a run, and that smoothed where they do so.
 * @param {Rates} rates
 * @param {RateRun} run
 * @param {number} i
 * @param {Track} track
 * @param {number} metric
 * @returns {Line & { smooth: Numbers | null }}
 */
function curveAt({ smooth: span }, { curves }, i, track, metric) {
  const { value, updates } = curves[metric];
  const x = Float64Array.from(updates[i], (update) => timeAt(track, update));
  const smooth = span > 0 ? smoothed(value[i], updates[i], span * track.perEpoch) : null;
  return { x, y: value[i], z: [], updates: updates[i], lift: 0, smooth };
}

/**
 * Return how that is drawn: as convergence.py does.
 * @param {Rates} rates
 * @param {Track} track
 * @param {Line & { smooth: Numbers | null }} line
 * @param {number} metric
 * @returns {Stroke[]}
 */
function strokesAt({ looks, raw }, { color, dash }, { x, y, smooth }, metric) {
  const dense = x.length > DENSE;
  const own = { dash: dense ? [] : dash };
  const given = looks[metric] ?? { width: 2, opacity: 1 };
  const look = { ...own, ...given, width: given.width * (dense ? THIN : 1) };
  if (!smooth) return [{ x, y, color, look }];
  return [
    { x, y, color, look: { ...own, ...raw } },
    { x, y: smooth, color, look: { ...look, opacity: 1 } },
  ];
}

/**
 * Return a run's track at an option.
 * @param {Track} track
 * @param {RateRun} run
 * @param {number} i
 * @returns {Track}
 */
function trackOf(track, { path, fitted, fits, shape, last, lost, loss }, i) {
  const thin = { updates: path[i], fitted: fitted[i], fits: fits[i] };
  const there = fitted[i].length > 0 ? shape : null;
  const ends = { last: last[i], lost: lost[i], loss: loss[i] };
  return { ...track, ...thin, ...ends, thin, shape: there, closeUp: null };
}

// ---------------------------------------------------------------- how it ends

/**
 * Take note of newer data: it may be the picture that the hand asked for, or other runs to show.
 * @param {State} state
 * @param {boolean} changed whether other runs are played
 */
export function renewPreview(state, changed) {
  const { preview, data, clock } = state;
  askForRates(state);
  if (!preview.hand || !(preview.shown || preview.hand.at)) return;
  const { control, phase, value } = preview.hand;
  if (phase === 'release') {
    // A picture that follows no hand is the one that was asked for, too, and so is any of a start.
    preview.answered ||= Object.is(data.hand?.values[control] ?? value, value);
  } else if (changed) {
    preview.shown = null;
    preview.own = clock.tracks;
    showHand(state);
  }
}

/**
 * Let the picture stand as it was drawn.
 * @param {State} state
 */
export function endPreview(state) {
  const { preview, clock, panels } = state;
  if (preview.shown && clock.tracks === preview.shown.tracks) {
    swapTracks(clock, preview.own, true);
    // A new picture brings its own.
    if (preview.range) window.Plotly?.relayout(panels.curves.plot, { 'xaxis.range': preview.range });
  }
  Object.assign(preview, { hand: null, shown: null, answered: false, own: [], range: null });
  tellLost(state);
  state.keepUp();
}
