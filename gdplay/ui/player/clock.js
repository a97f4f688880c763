/**
 * Time, as something one holds: where the clock stands, and which state of each run that is.
 *
 * A clock's `time` is null at rest: all runs stand drawn to their ends, as on arrival. It is
 * `dragged` while the scrubber is, and has taken in so many `closeUps` (see closeup.js).
 */

/** Seconds that a whole experiment takes at speed 1, and between two jumps of reduced motion. */
const SECONDS = 10;
const JUMP_SECONDS = 0.5;
/** Longer gaps between two frames (a hidden tab) do not count. */
const LONGEST_FRAME = 0.1;

/** Return a clock without runs. */
export function newClock() {
  return {
    tracks: [],
    unit: '',
    end: 0,
    time: null,
    playing: false,
    speed: 1,
    waited: 0,
    focus: null,
    hash: '',
    placed: '',
    dragged: false,
    around: 0,
    closeUps: 0,
  };
}

/** Take the newest tracks. A clock that runs stops; one that is held keeps its place if it can. */
export function wind(clock, play) {
  if (play && play.hash !== clock.hash) {
    const held = clock.playing || clock.time === null ? null : heldBy(clock);
    const { unit, focus } = clock;
    const { hash, around } = play;
    Object.assign(clock, { hash, around, unit: play.unit, tracks: play.tracks.map(decoded) });
    clock.end = Math.max(0, ...clock.tracks.map((track) => timeAt(track, track.last)));
    clock.focus = clock.tracks.find(({ place }) => place === focus?.place) ?? busiest(clock.tracks);
    rest(clock);
    if (held) hold(clock, unit === clock.unit ? held.time : timeOf(clock, held));
  }
  if (!play) {
    clock.tracks = [];
    rest(clock);
  }
  if (play?.position) placeAt(clock, play.position);
}

/** Stand where the page asks, once. */
function placeAt(clock, position) {
  if (clock.placed === String(position)) return;
  clock.placed = String(position);
  const [place, update] = position;
  clock.focus = clock.tracks.find((track) => track.place === place) ?? clock.focus;
  hold(clock, timeOf(clock, { place, update }));
}

/**
 * Return one run's track with numbers in place of text.
 *
 * `updates` are those of which the state is known, `fits` what is known of the fit after `fitted`;
 * `kept` holds what came first, before any close-up.
 */
function decoded(track) {
  const updates = numbers(track.updates);
  const kept = { updates, fitted: numbers(track.fitted), fits: numbers(track.fits) };
  return { ...track, ...kept, kept, last: updates.at(-1), near: null };
}

/** Return where an update of a run stands on the clock. */
export function timeAt({ perEpoch, epoch, update }, number) {
  return Math.floor(number / perEpoch) * epoch + (number % perEpoch) * update;
}

/** Return the run that made the most updates, undefined where there is none. */
function busiest(tracks) {
  return tracks.reduce((a, b) => (b.last > a.last ? b : a), tracks[0]);
}

/** Return the time, and the update of the run in focus, that a clock stands at. */
function heldBy(clock) {
  return { time: clock.time, place: clock.focus.place, update: madeBy(clock, clock.focus) };
}

/** Return when a run had made so many updates; null where there is no such run. */
function timeOf(clock, { place, update }) {
  const track = clock.tracks.find((each) => each.place === place);
  return track ? timeAt(track, update) : null;
}

/** Times closer than this are the same: sums of thirds do not meet exactly. */
function dust(clock) {
  return 1e-9 * clock.end;
}

/** Return how many updates a run has made by now. */
export function madeBy(clock, track) {
  return clock.time === null ? track.last : madeAt(clock, track, clock.time);
}

/** Return how many updates a run has made at a time. */
function madeAt(clock, { perEpoch, epoch, update, last }, time) {
  const now = time + dust(clock);
  const epochs = Math.floor(now / epoch);
  const more = Math.min(perEpoch - 1, Math.floor((now - epochs * epoch) / update));
  return Math.min(last, epochs * perEpoch + more);
}

/** Return the index of the last of ascending values that is at most `limit`; 0 where none is. */
export function lastAtMost(values, limit) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

// ---------------------------------------------------------------- moving

/** Stand as on arrival. */
export function rest(clock) {
  clock.time = null;
  clock.playing = false;
}

/** Stand at a time; at or past the end, rest. */
export function hold(clock, time) {
  clock.playing = false;
  const inside = time !== null && time < clock.end - dust(clock);
  clock.time = inside ? Math.max(0, time) : null;
}

/** Play from where the clock stands, from the start where it rests. */
export function play(clock) {
  clock.time ??= 0;
  clock.waited = 0;
  clock.playing = true;
}

/** Go one update on (1) or back (-1): of the run in focus, of the busiest where that has ended. */
export function step(clock, way) {
  const now = clock.time ?? (way > 0 ? 0 : clock.end);
  const running = clock.tracks.filter(
    (each) => timeAt(each, each.last) > now + (way > 0 ? dust(clock) : -dust(clock)),
  );
  const track = running.includes(clock.focus) ? clock.focus : busiest(running);
  if (!track) return;
  const made = madeAt(clock, track, now);
  const between = now > timeAt(track, made) + dust(clock);
  hold(clock, timeAt(track, Math.max(0, way > 0 ? made + 1 : made - (between ? 0 : 1))));
}

/** Go to the next (1) or last (-1) end of an epoch of the run in focus. */
export function stepEpoch(clock, way) {
  const { epoch } = clock.focus;
  const now = clock.time ?? (way > 0 ? 0 : clock.end);
  const nudge = dust(clock) / epoch;
  const passed = now / epoch;
  const next = way > 0 ? Math.floor(passed + nudge) + 1 : Math.ceil(passed - nudge) - 1;
  hold(clock, Math.max(0, next) * epoch);
}

/** Let so many seconds pass; whoever prefers reduced motion sees whole epochs instead of a film. */
export function advance(clock, seconds) {
  const passed = Math.min(seconds, LONGEST_FRAME);
  let ahead = (passed * clock.speed * clock.end) / SECONDS;
  if (REDUCED.matches) {
    clock.waited += passed;
    if (clock.waited < JUMP_SECONDS) return;
    clock.waited = 0;
    const share = (clock.speed * clock.end * JUMP_SECONDS) / SECONDS;
    ahead = Math.max(1, Math.round(share / clock.focus.epoch)) * clock.focus.epoch;
  }
  clock.time += ahead;
  if (clock.time >= clock.end - dust(clock)) rest(clock);
}

/** Whether the visitor prefers reduced motion. */
const REDUCED = window.matchMedia('(prefers-reduced-motion: reduce)');

// ---------------------------------------------------------------- numbers

/** Typed arrays by the name NumPy gives their kind. */
const KINDS = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
};

/** Return the numbers in a list, or in base64 as Plotly's figures hold them. */
export function numbers(value) {
  if (!value?.bdata) return value ?? [];
  const bytes = Uint8Array.from(atob(value.bdata), (letter) => letter.charCodeAt(0));
  return new KINDS[value.dtype](bytes.buffer);
}
