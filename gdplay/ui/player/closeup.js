/**
 * Every single update near a held clock: long runs come with some of their states only.
 *
 * A wire (wire.js, a component of its own) carries what is lacking to the server and the answer
 * back, so that nothing else on the page is made again.
 */

import { lastAtMost, madeBy, numbers } from './clock.js';

/** The wires by player, as wire.js leaves them. */
const wires = (window.gdplayWires ??= {});

/** What was asked and not found is asked again, later each time. */
const PATIENCE = 1000;

/** Ask for what a held clock lacks, one question at a time. */
export function lookCloser(state) {
  const { clock, data, asked } = state;
  const wire = wires[data.closer];
  const windows = data.closer ? missing(clock) : [];
  state.root.toggleAttribute('data-waiting', windows.length > 0 && !isExact(clock));
  if (!wire?.ask || asked.open || windows.length === 0) return;
  const key = JSON.stringify([clock.hash, windows]);
  const again = key === asked.key;
  if (again && performance.now() < asked.at + PATIENCE * 2 ** asked.tries) return;
  state.asked = { key, at: performance.now(), tries: again ? asked.tries + 1 : 0, open: true };
  wire.ask({ hash: clock.hash, windows });
}

/** Take answers from the wire, until the player ends. */
export function listen(state) {
  const { closer } = state.data;
  if (!closer) return;
  const wire = (wires[closer] ??= {});
  wire.take = (told) => {
    if (state.ended.signal.aborted) return;
    state.asked.open = false;
    if (!told || told.hash !== state.clock.hash) return;
    bring(state.clock, told.closeUps);
    state.keepUp();
  };
}

/** Whether the states of all runs, and their fits, are known at the clock's time. */
function isExact(clock) {
  return clock.tracks.every((track) => {
    const made = madeBy(clock, track);
    const known = (updates) => updates[lastAtMost(updates, made)] === made;
    return known(track.updates) && (!track.shape || known(track.fitted));
  });
}

/**
 * Return which close-ups a held clock lacks, as [place, window], of runs that did not come whole.
 *
 * Window w holds the updates from (w - 1) `around` to (w + 1) `around`.
 */
function missing(clock) {
  if (clock.time === null || clock.playing || clock.dragged) return [];
  return clock.tracks
    .filter((track) => !cameWhole(track))
    .map((track) => [track, Math.round(madeBy(clock, track) / clock.around)])
    .filter(([{ near }, window]) => near?.window !== window)
    .map(([{ place }, window]) => [place, window]);
}

/** Whether every state of a run, and every fit, came at once. */
function cameWhole({ kept, last, shape }) {
  return kept.updates.length > last && (!shape || kept.fitted.length > last);
}

/** Put every update of close-ups in the place of the few that came first. */
function bring(clock, closeUps) {
  for (const told of closeUps) {
    const track = clock.tracks.find(({ place }) => place === told.place);
    const near = { window: told.window };
    for (const name of ['updates', 'x', 'y', 'loss', 'value', 'fits']) {
      near[name] = numbers(told[name]);
    }
    const { kept } = track;
    track.near = near;
    track.updates = spliced(kept.updates, spanOf(kept.updates, near.updates), near.updates);
    if (near.fits.length > 0) {
      const [span, size] = [spanOf(kept.fitted, near.updates), track.shape[0] * track.shape[1]];
      track.fitted = spliced(kept.fitted, span, near.updates);
      track.fits = spliced(kept.fits, span, near.fits, size);
    }
  }
  clock.closeUps += 1;
}

/** Return the indices [from, to) of ascending values that lie between the ends of others. */
export function spanOf(values, others) {
  const first = (holds) => {
    const found = values.findIndex(holds);
    return found < 0 ? values.length : found;
  };
  return [first((value) => value >= others[0]), first((value) => value > others.at(-1))];
}

/** Return values with a span of them replaced; each is `size` numbers. */
export function spliced(values, [from, to], part, size = 1) {
  return [...values.slice(0, size * from), ...part, ...values.slice(size * to)];
}
