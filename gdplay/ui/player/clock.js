/**
 * Time, as something one holds: where the clock stands, and which state of each run that is.
 */

/** Seconds that a whole experiment takes at speed 1, and between two jumps of reduced motion. */
const SECONDS = 10;
const JUMP_SECONDS = 0.5;
/** Playing begins slowly, for most happens at first: time is this power of the share played. */
const EASE = 2.5;
/** Longer gaps between two frames (a hidden tab) do not count. */
const LONGEST_FRAME = 0.1;

/**
 * Return a clock without runs.
 * @returns {Clock}
 */
export function newClock() {
  return {
    hash: '',
    position: '',
    tracks: [],
    rows: [],
    unit: 'epochs',
    around: 0,
    end: 0,
    time: null,
    playing: false,
    dragged: false,
    speed: 1,
    waited: 0,
    focus: null,
  };
}

/**
 * Take the newest tracks. A clock that runs stops; one that is held keeps its place if it can.
 * @param {Clock} clock
 * @param {Play | null} newest
 */
export function wind(clock, newest) {
  if (newest && newest.hash !== clock.hash) takeTracks(clock, newest);
  if (!newest) {
    // The same runs may come again.
    Object.assign(clock, { hash: '', tracks: [] });
    rest(clock);
  }
  if (newest?.position) standAt(clock, newest.position);
}

/**
 * @param {Clock} clock
 * @param {Play} newest
 */
function takeTracks(clock, newest) {
  const held = clock.playing ? null : heldBy(clock);
  const { unit, focus } = clock;
  const { hash, around } = newest;
  Object.assign(clock, { hash, around, unit: newest.unit, rows: numbers(newest.rows) });
  clock.tracks = newest.tracks.map(decoded);
  clock.end = endOf(clock.tracks);
  clock.focus = trackAt(clock, focus?.place) ?? busiest(clock.tracks);
  rest(clock);
  if (held) hold(clock, unit === clock.unit ? held.time : timeOf(clock, held.place, held.update));
}

/**
 * Stand where the page asks, once.
 * @param {Clock} clock
 * @param {[place: number, update: number]} position
 */
function standAt(clock, position) {
  const wish = `${clock.hash} ${position}`;
  if (clock.position === wish) return;
  clock.position = wish;
  const [place, update] = position;
  clock.focus = trackAt(clock, place) ?? clock.focus;
  hold(clock, timeOf(clock, place, update));
}

/**
 * Hold other states of the same runs, at the same time; where asked for, the clock ends with them.
 * @param {Clock} clock
 * @param {Track[]} tracks
 * @param {boolean} ends
 */
export function swapTracks(clock, tracks, ends) {
  clock.tracks = tracks;
  clock.focus = trackAt(clock, clock.focus?.place) ?? busiest(tracks);
  if (!ends) return;
  clock.end = endOf(tracks);
  if (clock.time !== null && clock.time >= clock.end) rest(clock);
}

/**
 * Return when the last of some runs ends.
 * @param {Track[]} tracks
 */
export function endOf(tracks) {
  return Math.max(0, ...tracks.map((track) => timeAt(track, track.last)));
}

/**
 * Return one run's track with numbers in place of text.
 * @param {SentTrack} track
 * @returns {Track}
 */
function decoded(track) {
  const updates = numbers(track.updates);
  const thin = { updates, fitted: numbers(track.fitted), fits: numbers(track.fits) };
  const arrows = track.arrows && mapped(track.arrows);
  return { ...track, ...thin, thin, arrows, last: lastOf(updates), closeUp: null };
}

/**
 * @param {Partial<Record<Draw, Sent>>} arrows
 * @returns {Partial<Record<Draw, Numbers>>}
 */
function mapped(arrows) {
  return Object.fromEntries(Object.entries(arrows).map(([name, xy]) => [name, numbers(xy)]));
}

/**
 * Return the track of the run at a place.
 * @param {Clock} clock
 * @param {number | undefined} place
 */
export function trackAt({ tracks }, place) {
  return tracks.find((track) => track.place === place);
}

/**
 * Return where an update of a run stands on the clock.
 * @param {Run} run
 * @param {number} number
 */
export function timeAt({ perEpoch, epoch, update }, number) {
  return Math.floor(number / perEpoch) * epoch + (number % perEpoch) * update;
}

/**
 * Return the run that made the most updates, the first of equals.
 * @param {Track[]} tracks
 * @returns {Track | null}
 */
function busiest([first, ...others]) {
  return others.reduce((a, b) => (b.last > a.last ? b : a), first) ?? null;
}

/**
 * Return the time, and the update of the run in focus, that a clock is held at.
 * @param {Clock} clock
 */
function heldBy(clock) {
  const { time, focus } = clock;
  if (time === null || !focus) return null;
  return { time, place: focus.place, update: madeBy(clock, focus) };
}

/**
 * Return when a run had made so many updates; null where there is no such run.
 * @param {Clock} clock
 * @param {number} place
 * @param {number} update
 */
function timeOf(clock, place, update) {
  const track = trackAt(clock, place);
  return track ? timeAt(track, update) : null;
}

/**
 * Times closer than this are the same: sums of thirds do not meet exactly.
 * @param {Clock} clock
 */
function dust({ end }) {
  return 1e-9 * end;
}

/**
 * Return how many updates a run has made by now.
 * @param {Clock} clock
 * @param {Track} track
 */
export function madeBy(clock, track) {
  return clock.time === null ? track.last : madeAt(clock, track, clock.time);
}

/**
 * Return how many updates a run has made at a time.
 * @param {Clock} clock
 * @param {Track} track
 * @param {number} time
 */
function madeAt(clock, { perEpoch, epoch, update, last }, time) {
  const now = time + dust(clock);
  const epochs = Math.floor(now / epoch);
  const more = Math.min(perEpoch - 1, Math.floor((now - epochs * epoch) / update));
  return Math.min(last, epochs * perEpoch + more);
}

/**
 * Return the index of the last of ascending values that is at most `limit`; 0 where none is.
 * @param {ArrayLike<number>} values
 * @param {number} limit
 */
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

/**
 * Stand as on arrival.
 * @param {Clock} clock
 */
export function rest(clock) {
  clock.time = null;
  clock.playing = false;
}

/**
 * Stand at a time; at or past the end, rest.
 * @param {Clock} clock
 * @param {number | null} time
 */
export function hold(clock, time) {
  clock.playing = false;
  const inside = time !== null && time < clock.end - dust(clock);
  clock.time = inside ? Math.max(0, time) : null;
}

/**
 * Play from where the clock stands, from the start where it rests.
 * @param {Clock} clock
 */
export function play(clock) {
  clock.time ??= 0;
  clock.waited = 0;
  clock.playing = true;
}

/**
 * Go one update on (1) or back (-1): of the run in focus, of the busiest where that has ended.
 * @param {Clock} clock
 * @param {1 | -1} way
 */
export function step(clock, way) {
  const now = clock.time ?? (way > 0 ? 0 : clock.end);
  const running = clock.tracks.filter(
    (each) => timeAt(each, each.last) > now + (way > 0 ? dust(clock) : -dust(clock)),
  );
  const track = running.find((each) => each === clock.focus) ?? busiest(running);
  if (!track) return;
  const made = madeAt(clock, track, now);
  const between = now > timeAt(track, made) + dust(clock);
  hold(clock, timeAt(track, Math.max(0, way > 0 ? made + 1 : made - (between ? 0 : 1))));
}

/**
 * Go to the next (1) or last (-1) end of an epoch of the run in focus.
 * @param {Clock} clock
 * @param {1 | -1} way
 */
export function stepEpoch(clock, way) {
  if (!clock.focus) return;
  const { epoch } = clock.focus;
  const now = clock.time ?? (way > 0 ? 0 : clock.end);
  const nudge = dust(clock) / epoch;
  const epochs = now / epoch;
  const next = way > 0 ? Math.floor(epochs + nudge) + 1 : Math.ceil(epochs - nudge) - 1;
  hold(clock, Math.max(0, next) * epoch);
}

/**
 * Let so many seconds pass; whoever prefers `still` pictures sees whole epochs instead of a film.
 * @param {Clock} clock
 * @param {number} seconds
 * @param {boolean} still
 */
export function advance(clock, seconds, still) {
  const passed = Math.min(seconds, LONGEST_FRAME);
  const now = clock.time ?? 0;
  const time = still ? now + jump(clock, passed) : eased(clock, now, passed);
  if (time >= clock.end - dust(clock)) rest(clock);
  else clock.time = time;
}

/**
 * Return the time that playing leads to, so many seconds on.
 * @param {Clock} clock
 * @param {number} now
 * @param {number} seconds
 */
function eased({ end, speed }, now, seconds) {
  const played = (now / end) ** (1 / EASE) + (seconds * speed) / SECONDS;
  // The first frame may be dated before the press that began it.
  return end * Math.max(0, played) ** EASE;
}

/**
 * Return how far to jump after so many seconds: by whole epochs of the run in focus, now and then.
 * @param {Clock} clock
 * @param {number} seconds
 */
function jump(clock, seconds) {
  clock.waited += seconds;
  if (clock.waited < JUMP_SECONDS || !clock.focus) return 0;
  clock.waited = 0;
  const { epoch } = clock.focus;
  const share = (clock.speed * clock.end * JUMP_SECONDS) / SECONDS;
  return Math.max(1, Math.round(share / epoch)) * epoch;
}

// ---------------------------------------------------------------- numbers

/**
 * Typed arrays by the name NumPy gives their kind.
 * @type {Record<string, new (bytes: ArrayBuffer) => Numbers>}
 */
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

/**
 * Return the numbers in a list, or in base64 as Plotly's figures hold them.
 * @param {Sent} value
 * @returns {Numbers}
 */
export function numbers(value) {
  if (!value) return [];
  if (!('bdata' in value)) return value;
  const bytes = Uint8Array.from(atob(value.bdata), (letter) => letter.charCodeAt(0));
  return new KINDS[value.dtype](bytes.buffer);
}

/**
 * Return the last of some numbers.
 * @param {ArrayLike<number>} values
 */
export function lastOf(values) {
  return values[values.length - 1];
}
