/**
 * Close-ups: every single update near a held clock, of runs that came with some states only.
 *
 * A wire (wire.js) carries what is lacking to the server and the answer back.
 */

import { lastAtMost, lastOf, madeBy, numbers, timeAt, trackAt } from './clock.js';
import { ANSWER, QUESTION } from './events.js';

/** What was asked for and not to be had is asked for again, later each time. */
const PATIENCE = 1000;

/** A question without an answer counts as lost after so many milliseconds, later each time. */
const LOST = 8000;

/**
 * Return what a new player knows of close-ups.
 * @returns {CloseUps}
 */
export function newCloseUps() {
  return { taken: 0, question: '', at: 0, tries: 0, open: false };
}

// ---------------------------------------------------------------- questions and answers

/**
 * Ask for what a held clock lacks, one question at a time.
 * @param {State} state
 */
export function askForCloseUps({ clock, closeUps, data, root, preview }) {
  const player = preview.shown ? null : data.wire;
  const windows = player === null ? [] : missing(clock);
  root.toggleAttribute('data-waiting', windows.length > 0 && !isExact(clock));
  if (player === null || windows.length === 0) return;
  const now = performance.now();
  if (closeUps.open && now < closeUps.at + LOST * 2 ** closeUps.tries) return;
  const question = { hash: clock.hash, windows };
  const text = JSON.stringify(question);
  const again = text === closeUps.question;
  if (again && now < closeUps.at + PATIENCE * 2 ** closeUps.tries) return;
  if (!send(player, question)) return;
  const tries = again ? closeUps.tries + 1 : 0;
  Object.assign(closeUps, { question: text, at: now, tries, open: true });
}

/**
 * Hand a question to a player's wire; tell whether there is one to take it.
 * @param {string} player
 * @param {Question} question
 */
function send(player, question) {
  const detail = { player, question };
  return !document.dispatchEvent(new CustomEvent(QUESTION, { detail, cancelable: true }));
}

/**
 * Take in what the wire answers, until the player ends.
 * @param {State} state
 */
export function listenForCloseUps(state) {
  const { clock, closeUps, keepUp } = state;
  document.addEventListener(
    ANSWER,
    ({ detail: { player, answer } }) => {
      if (player !== state.data.wire) return;
      closeUps.open = false;
      if (!answer || !('closeUps' in answer) || answer.hash !== clock.hash) return;
      for (const closeUp of answer.closeUps) takeIn(clock, closeUp);
      closeUps.taken += 1;
      keepUp();
    },
    { signal: state.ended.signal },
  );
}

// ---------------------------------------------------------------- what is lacking

/**
 * Whether the states of all runs, and their fits, are known at the clock's time.
 * @param {Clock} clock
 */
function isExact(clock) {
  return clock.tracks.every((track) => {
    const made = madeBy(clock, track);
    /** @param {Numbers} updates */
    const holds = (updates) => updates[lastAtMost(updates, made)] === made;
    return holds(track.updates) && (!track.shape || holds(track.fitted));
  });
}

/**
 * Return which close-ups a held clock lacks, as [place, window], of runs that did not come whole.
 *
 * Window w holds the updates from (w - 1) `around` to (w + 1) `around`.
 * @param {Clock} clock
 * @returns {Question['windows']}
 */
function missing(clock) {
  if (clock.time === null || clock.playing || clock.dragged) return [];
  return clock.tracks.flatMap((track) => {
    const window = Math.round(madeBy(clock, track) / clock.around);
    const lacks = !cameWhole(track) && track.closeUp?.window !== window;
    return lacks ? [[track.place, window]] : [];
  });
}

/**
 * Whether every state of a run, and every fit, came at once.
 * @param {Track} track
 */
function cameWhole({ thin, last, shape }) {
  return thin.updates.length > last && (!shape || thin.fitted.length > last);
}

// ---------------------------------------------------------------- what came

/**
 * Put every update of a close-up in the place of the few that came first.
 * @param {Clock} clock
 * @param {SentCloseUp} arrived
 */
function takeIn(clock, arrived) {
  const track = trackAt(clock, arrived.place);
  if (!track) return;
  const closeUp = decodedCloseUp(arrived);
  const { thin, shape } = track;
  const { updates, fits } = closeUp;
  track.closeUp = closeUp;
  track.updates = spliced(thin.updates, spanOf(thin.updates, updates), updates);
  if (fits.length === 0 || !shape) return;
  const span = spanOf(thin.fitted, updates);
  track.fitted = spliced(thin.fitted, span, updates);
  track.fits = spliced(thin.fits, span, fits, shape[0] * shape[1]);
}

/**
 * Return a close-up with numbers in place of text.
 * @param {SentCloseUp} arrived
 * @returns {CloseUp}
 */
function decodedCloseUp({ window, updates, x, y, loss, value, fits }) {
  return {
    window,
    updates: numbers(updates),
    x: numbers(x),
    y: numbers(y),
    loss: numbers(loss),
    value: numbers(value),
    fits: numbers(fits),
  };
}

/**
 * Give a run's line in a panel's figure every state that its close-up holds.
 * @param {PanelName} name
 * @param {Track} track
 * @param {Line} line
 */
export function refine(name, track, line) {
  if (!track.closeUp) return;
  if (name === 'surface') refinePath(track.closeUp, line);
  if (name === 'curves' && track.closeUp.value.length > 0) refineCurve(track, track.closeUp, line);
}

/**
 * Do so with a path, as far as it is drawn.
 * @param {CloseUp} closeUp
 * @param {Line} line
 */
function refinePath({ updates: all, x, y, loss }, line) {
  const end = all.findIndex((update) => update > lastOf(line.updates));
  /** @param {Numbers} values */
  const upTo = (values) => (end < 0 ? values : values.slice(0, end));
  const updates = upTo(all);
  if (updates.length === 0) return;
  const span = spanOf(line.updates, updates);
  const height = Array.from(upTo(loss), (value) => value + line.lift);
  line.updates = spliced(line.updates, span, updates);
  line.x = spliced(line.x, span, upTo(x));
  line.y = spliced(line.y, span, upTo(y));
  line.z = spliced(line.z, span, height);
}

/**
 * Do so with a curve.
 * @param {Track} track
 * @param {CloseUp} closeUp
 * @param {Line} line
 */
function refineCurve(track, { updates, value }, line) {
  const times = Array.from(updates, (update) => timeAt(track, update));
  const span = spanOf(line.x, times);
  line.x = spliced(line.x, span, times);
  line.y = spliced(line.y, span, value);
}

/**
 * Return the indices [from, to) of ascending values that lie between the ends of others.
 * @param {Numbers} values
 * @param {Numbers} others
 * @returns {Span}
 */
function spanOf(values, others) {
  /** @param {(value: number) => boolean} holds */
  const first = (holds) => {
    const index = values.findIndex(holds);
    return index < 0 ? values.length : index;
  };
  return [first((value) => value >= others[0]), first((value) => value > lastOf(others))];
}

/**
 * Return values with a span of them replaced; each is `size` numbers.
 * @param {Numbers} values
 * @param {Span} span
 * @param {Numbers} part
 */
function spliced(values, [from, to], part, size = 1) {
  return [...values.slice(0, size * from), ...part, ...values.slice(size * to)];
}
