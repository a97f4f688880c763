/**
 * The transport: buttons, a scrubber, keys, where the clock stands, and where each run is by then.
 */

import { isBusy } from '../keys.js';
import { duration, number, quantity } from '../numbers.js';
import { heedSwipes } from '../swipes.js';
import { hold, madeBy, play, rest, step, stepEpoch, trackAt } from './clock.js';
import { contextOf, isOpen, outline } from './ink.js';

/** The width of the scrubber's knob in pixels, which the browser draws. */
const KNOB = 16;

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 10];

/** Drawings, 16 pixels wide. */
const ICONS = {
  start: '<path d="M4 3v10M13 3.5v9L6 8z"/>',
  back: '<path d="M11.5 3.5v9L5 8z"/>',
  play: '<path d="M4.5 2.5v11L13.5 8z"/>',
  pause: '<path d="M4.5 3h2v10h-2zM9.5 3h2v10h-2z"/>',
  ahead: '<path d="M4.5 3.5v9L11 8z"/>',
  end: '<path d="M12 3v10M3 3.5v9L10 8z"/>',
};

/** @typedef {keyof typeof ICONS} Icon */

const STEPS = {
  back: 'One update back (left; with Shift one epoch)',
  ahead: 'One update on (right; with Shift one epoch)',
};

/** Where no run is played: what stands in place of a position, and why no button does anything. */
const IDLE = 'all runs are hidden';
const WHY = 'All runs are hidden: each one’s menu shows it again';

/**
 * What a clock's position is called, by what it counts.
 * @type {Record<Unit, (now: string, end: string) => string>}
 */
const UNITS = {
  epochs: (now, end) => `epoch ${now} of ${end}`,
  updates: (now, end) => `update ${now} of ${end}`,
  examples: (now, end) => `${now} of ${end} examples`,
  seconds: (now, end) => `${now} of ${end}`,
};

/**
 * Fill the bar, and listen to it, to the list of runs and to the keys.
 * @param {State} state
 */
export function addBar(state) {
  const { bar, now, slider, output, toggle, inside } = state.transport;
  dressScrubber(state, slider);
  output.className = 'gd-time';
  Object.assign(inside, { type: 'button', className: 'gd-inside', hidden: true });
  const [link, update] = [0, 1].map(() => document.createElement('span'));
  link.textContent = 'Look inside';
  inside.append(link, ' ', update);
  inside.addEventListener('click', () => lookInside(state));
  dressButton(toggle, 'play', 'Play (space)', () => togglePlay(state));
  bar.append(
    button('start', 'To the start (Home)', () => act(state, (clock) => hold(clock, 0))),
    button('back', STEPS.back, ({ shiftKey }) => act(state, stepper(-1, shiftKey))),
    toggle,
    button('ahead', STEPS.ahead, ({ shiftKey }) => act(state, stepper(1, shiftKey))),
    button('end', 'To the end (End)', () => act(state, rest)),
    slider,
    inside,
    output,
    speeds(state),
  );
  const { signal } = state.ended;
  document.addEventListener('keydown', (event) => onKey(state, event), { signal });
  now.addEventListener('click', (event) => onChoice(state, elementOf(event)), { signal });
  for (const buttons of [bar, now]) leaveKeysAlone(buttons, signal);
  const observer = new ResizeObserver(() => makeRoom(now));
  observer.observe(now);
  signal.addEventListener('abort', () => observer.disconnect());
}

/**
 * Let a mouse press buttons without making them the target of the keys that follow.
 * @param {HTMLElement} buttons
 * @param {AbortSignal} signal
 */
function leaveKeysAlone(buttons, signal) {
  /** @param {Event} event */
  const onDown = (event) => {
    if (!elementOf(event).closest('button')) return;
    event.preventDefault();
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };
  buttons.addEventListener('mousedown', onDown, { signal });
}

/**
 * Return the element that an event happened on.
 * @param {Event} event
 */
function elementOf({ target }) {
  return /** @type {Element} */ (target);
}

/**
 * Return a button with a drawing.
 * @param {Icon} name
 * @param {string} title
 * @param {(event: MouseEvent) => void} onClick
 */
function button(name, title, onClick) {
  return dressButton(document.createElement('button'), name, title, onClick);
}

/**
 * Make a button one with a drawing, and return it.
 * @param {HTMLButtonElement} made
 * @param {Icon} name
 * @param {string} title
 * @param {(event: MouseEvent) => void} onClick
 */
function dressButton(made, name, title, onClick) {
  made.type = 'button';
  made.addEventListener('click', onClick);
  dress(made, name, title);
  return made;
}

/**
 * Give a button its drawing and its name.
 * @param {HTMLButtonElement} made
 * @param {Icon} icon
 * @param {string} title
 */
function dress(made, icon, title) {
  made.dataset.act = icon;
  made.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${ICONS[icon]}</svg>`;
  made.title = title;
  made.setAttribute('aria-label', title);
}

/**
 * Make a slider the one that holds the time.
 * @param {State} state
 * @param {HTMLInputElement} slider
 */
function dressScrubber(state, slider) {
  Object.assign(slider, { type: 'range', min: 0, max: 1, step: 'any', value: 1 });
  slider.className = 'gd-scrub';
  slider.setAttribute('aria-label', 'Time');
  heedSwipes(slider, KNOB, state.ended.signal);
  /** @param {Event} event */
  const onMove = ({ type }) =>
    act(state, (clock) => {
      clock.dragged = type === 'input';
      hold(clock, Number(slider.value) * clock.end);
    });
  for (const type of ['input', 'change']) slider.addEventListener(type, onMove);
  // A drag that ends where it began changes nothing.
  const onEnd = () => (state.clock.dragged = false);
  for (const type of ['pointerup', 'pointercancel']) slider.addEventListener(type, onEnd);
}

/**
 * Return the choice of speeds.
 * @param {State} state
 */
function speeds({ clock }) {
  const made = document.createElement('select');
  made.className = 'gd-speed';
  made.title = 'Speed. The beginning plays slower, for most happens there.';
  made.setAttribute('aria-label', 'Speed');
  for (const speed of SPEEDS) {
    made.add(new Option(`${speed}×`, String(speed), speed === 1, speed === 1));
  }
  made.addEventListener('change', () => (clock.speed = Number(made.value)));
  return made;
}

/**
 * Change the clock, and show it.
 * @param {State} state
 * @param {(clock: Clock) => void} change
 */
export function act({ clock, keepUp }, change) {
  if (isIdle(clock)) return;
  clock.dragged = false;
  change(clock);
  keepUp();
}

/**
 * Whether a clock has no run to move.
 * @param {Clock} clock
 */
function isIdle({ tracks }) {
  return tracks.length === 0;
}

/**
 * Play, or pause.
 * @param {State} state
 */
function togglePlay(state) {
  act(state, (clock) => (clock.playing ? hold(clock, clock.time) : play(clock)));
}

/**
 * Return what steps one update, or one epoch.
 * @param {1 | -1} way
 * @param {boolean} byEpoch
 * @returns {(clock: Clock) => void}
 */
function stepper(way, byEpoch) {
  return (clock) => (byEpoch ? stepEpoch : step)(clock, way);
}

/**
 * Look at another run.
 * @param {State} state
 * @param {Element} target
 */
function onChoice(state, target) {
  const { clock, transport } = state;
  const chosen = target.closest('[data-place]');
  if (!(chosen instanceof HTMLElement)) return;
  const place = Number(chosen.dataset.place);
  act(state, () => (clock.focus = trackAt(clock, place) ?? clock.focus));
  /** @type {HTMLElement | null} */
  const made = transport.now.querySelector(`[data-place="${place}"]`);
  made?.focus();
}

/**
 * Open the update that made the state of the run in focus.
 * @param {State} state
 */
function lookInside({ clock, component }) {
  if (!clock.focus) return;
  const update = lastUpdate(clock, clock.focus);
  component.setTriggerValue('inside', { run: clock.focus.place, update });
}

// ---------------------------------------------------------------- keys

/**
 * Do what a key says, where it was meant for the clock.
 * @param {State} state
 * @param {KeyboardEvent} event
 */
function onKey(state, event) {
  if (!isMeant(state, event)) return;
  const does = meaningOf(state, event);
  if (!does) return;
  event.preventDefault();
  does();
}

/**
 * Whether a key was meant for the clock.
 * @param {State} state
 * @param {KeyboardEvent} event
 */
function isMeant(state, event) {
  const { code, repeat, ctrlKey, altKey, metaKey } = event;
  const target = elementOf(event);
  if ([event.defaultPrevented, ctrlKey, altKey, metaKey].some(Boolean)) return false;
  if (!state.data.play || isIdle(state.clock) || target.matches('select')) return false;
  const mine = state.root.contains(target);
  if (!mine && (isBusy(target, code) || !isInView(seenBy(state, code)))) return false;
  if (code === 'Space' && target.matches('button')) return false; // a button presses itself
  // A key that is held down stops at the end.
  return !(repeat && state.clock.time === null);
}

/**
 * Return what a key does.
 * @param {State} state
 * @param {KeyboardEvent} event
 */
function meaningOf(state, event) {
  // Home and End scroll the page while nobody holds the clock.
  const holds = state.root.contains(elementOf(event)) || state.clock.time !== null;
  switch (event.code) {
    case 'Space':
      return () => togglePlay(state);
    case 'ArrowLeft':
      return () => act(state, stepper(-1, event.shiftKey));
    case 'ArrowRight':
      return () => act(state, stepper(1, event.shiftKey));
    case 'Home':
      return holds && (() => act(state, (clock) => hold(clock, 0)));
    case 'End':
      return holds && (() => act(state, rest));
    default:
      return null;
  }
}

/**
 * Return what has to be seen for a key to be meant for it: Space also scrolls the page.
 * @param {State} state
 * @param {string} code
 */
function seenBy({ clock, root, transport }, code) {
  return code === 'Space' && clock.time === null ? transport.bar : root;
}

/**
 * Whether an element stands on the screen.
 * @param {Element} element
 */
function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

// ---------------------------------------------------------------- what it says

/**
 * Show where the clock stands.
 * @param {State} state
 */
export function tell(state) {
  const { clock, transport, data } = state;
  const { now, slider, output, toggle } = transport;
  const idle = isIdle(clock);
  hide(now, !data.play || idle);
  if (!data.play) return;
  const share = clock.time === null ? 1 : clock.time / clock.end;
  const words = positionOf(clock);
  if (Number(slider.value) !== share) slider.value = String(share);
  if (slider.getAttribute('aria-valuetext') !== words) {
    slider.setAttribute('aria-valuetext', words);
    output.textContent = words;
  }
  const live = clock.playing ? 'off' : 'polite';
  if (output.ariaLive !== live) output.ariaLive = live;
  tellPlay(toggle, clock.playing);
  offer(transport, !idle);
  // At rest the runs' names are the picture's legend.
  const changed = flag(now, 'data-rest', clock.time === null && !state.preview.shown);
  const told = clock.focus ? tellRuns(state, clock.focus) : false;
  if (changed || told) makeRoom(now);
}

/**
 * Let buttons and scrubber be used, or not; then they say why.
 * @param {Transport} transport
 * @param {boolean} live
 */
function offer({ bar, slider, inside }, live) {
  if (!live) hide(inside, true);
  if (slider.disabled === !live) return;
  slider.disabled = !live;
  slider.title = live ? '' : WHY;
  for (const each of bar.querySelectorAll('button')) {
    each.disabled = !live;
    each.title = live ? (each.getAttribute('aria-label') ?? '') : WHY;
  }
}

/**
 * Return the clock's position in words.
 * @param {Clock} clock
 */
export function positionOf(clock) {
  const { time, end, unit, tracks } = clock;
  if (isIdle(clock)) return IDLE;
  if (unit === 'seconds') {
    const [now, last] = [duration(time ?? end, end), duration(end, end)];
    return UNITS.seconds(now.text, `${last.text} ${last.unit}`);
  }
  // As many decimals as one step shows in, and never more than there is.
  const digits = Math.min(6, Math.max(0, ...tracks.map(({ update }) => decimalsOf(update))));
  /** @param {number} value */
  const write = (value) => {
    const shown = value === end ? 0 : digits;
    const size = 10 ** shown;
    return quantity(Math.floor(size * (value + 1e-9 * end)) / size, shown);
  };
  return UNITS[unit](write(time ?? end), write(end));
}

/**
 * Return how many decimals a number below one needs to be seen.
 * @param {number} value
 */
function decimalsOf(value) {
  return Math.ceil(-Math.log10(value || 1) - 1e-9);
}

/**
 * Let the button in the middle play or pause.
 * @param {HTMLButtonElement} toggle
 * @param {boolean} playing
 */
function tellPlay(toggle, playing) {
  const name = playing ? 'pause' : 'play';
  if (toggle.dataset.act === name) return;
  dress(toggle, name, playing ? 'Pause (space)' : 'Play (space)');
}

/**
 * Say how many updates each run has made, and offer to look inside the last one in focus.
 * @param {State} state
 * @param {Track} focus
 * @returns {boolean} whether other words stand there, not only other numbers
 */
function tellRuns({ clock, transport, data }, focus) {
  const { now, inside } = transport;
  const runs = `${clock.hash} ${focus.place}`;
  const own = clock.tracks.filter(({ beside }) => !beside);
  let changed = transport.runs !== runs;
  if (changed) {
    transport.runs = runs;
    now.toggleAttribute('data-many', own.length > 3);
    keepWidths(clock, transport);
    const parts = ownParts(own.map(({ label }) => label));
    now.replaceChildren(...own.map((track, i) => choice(track, focus, parts[i])));
  }
  const [words, counts] = ['.gd-word', '.gd-count'].map((name) => now.querySelectorAll(name));
  own.forEach((track, i) => {
    const [word, value] = standing(clock, track);
    put(words[i], word);
    put(counts[i], value);
    const run = words[i].parentElement;
    if (run && flag(run, 'data-lost', word !== 'update')) changed = true;
  });
  hide(inside, !data.inside);
  // What is not offered now keeps its place, and its words: the scrubber stays as long as it is.
  const offered = !clock.playing && clock.time !== null;
  flag(inside, 'data-off', !offered);
  if (offered) put(inside.children[1], `update ${quantity(lastUpdate(clock, focus))}`);
  return changed;
}

/**
 * Give what counts beside the scrubber the width of its longest words, so that the scrubber keeps its
 * length under the hand.
 * @param {Clock} clock
 * @param {Transport} transport
 */
function keepWidths(clock, { inside, output }) {
  const last = Math.max(...clock.tracks.map((track) => track.last));
  const times = [null, (1 - 1e-6) * clock.end]; // before the end there may be decimals
  const words = times.map((time) => positionOf({ ...clock, time }));
  inside.dataset.longest = `update ${quantity(last)}`;
  output.dataset.longest = words.reduce((best, each) => (each.length > best.length ? each : best));
}

/** What gives way where runs have no room, one after the other: play.css says how. */
const TIGHT = ['', 'brief', 'two lines', 'least'];

/**
 * Let the line of runs say as much as there is room for.
 * @param {HTMLElement} now
 */
export function makeRoom(now) {
  for (const tight of TIGHT) {
    now.dataset.tight = tight;
    if (now.scrollWidth <= now.clientWidth) return;
  }
}

/**
 * Return a name in two parts, about as long, that stand above each other where there is no room; what
 * tells names apart is often their end.
 * @param {string} name
 */
export function halves(name) {
  const breaks = [...name.matchAll(/ /g)].map(({ index }) => index);
  /** @param {number} at */
  const longest = (at) => Math.max(at, name.length - at - 1);
  const at = breaks.reduce((best, each) => (longest(each) < longest(best) ? each : best), name.length);
  return [name.slice(0, at), name.slice(at)].filter(Boolean);
}

/**
 * Return of each name the first part that no other has, or all of it.
 * @param {string[]} names their parts stand between commas
 */
export function ownParts(names) {
  const parted = names.map((name) => name.split(', '));
  const every = parted.flat();
  /** @param {string} part */
  const isOwn = (part) => every.filter((each) => each === part).length === 1;
  return parted.map((parts, i) => parts.find(isOwn) ?? names[i]);
}

/**
 * Give an element an attribute, or take it; return whether that was news.
 * @param {HTMLElement} element
 * @param {string} name
 * @param {boolean} on
 */
function flag(element, name, on) {
  const changed = element.hasAttribute(name) !== on;
  if (changed) element.toggleAttribute(name, on);
  return changed;
}

/**
 * Hide an element or show it; one that is so already is left alone, for a page to rest.
 * @param {HTMLElement} element
 * @param {boolean} hidden
 */
function hide(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/**
 * Let an element say something; what says it already is left alone, too.
 * @param {Node} element
 * @param {string} words
 */
function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/**
 * Return where a run is by now: a word, and a number.
 * @param {Clock} clock
 * @param {Track} track
 */
export function standing(clock, track) {
  const made = madeBy(clock, track);
  if (track.lost >= 0 && made >= track.last) return ['lost at', quantity(track.lost)];
  const { loss } = track;
  // None is told where rounding decides what it is.
  if (clock.time === null && loss !== null && !Number.isNaN(loss)) return ['loss', number(loss)];
  return ['update', quantity(made)];
}

/**
 * Return the update that made a run's state; at the start, the first.
 * @param {Clock} clock
 * @param {Track} track
 */
function lastUpdate(clock, track) {
  return Math.max(1, madeBy(clock, track));
}

/**
 * Return one run's line: its mark, its name, its updates.
 * @param {Track} run
 * @param {Run} focus
 * @param {string} own what of its name no other has
 */
function choice({ place, label, color, marker, last }, focus, own) {
  const made = document.createElement('button');
  made.type = 'button';
  made.dataset.place = String(place);
  made.setAttribute('aria-pressed', String(place === focus.place));
  const held = place === focus.place;
  made.title = `${held ? 'The arrows step' : 'Step'} through the updates of: ${label}`;
  /** @param {string} className @param {string} textContent */
  const part = (className, textContent) =>
    Object.assign(document.createElement('span'), { className, textContent });
  const name = part('gd-name', '');
  name.append(...halves(label).map((half) => part('gd-half', half)));
  if (own !== label) name.append(part('gd-own', own));
  const count = part('gd-count', '');
  count.style.minWidth = `${quantity(last).length}ch`; // names stand still while it counts
  made.append(swatch(color, marker), name, part('gd-word', 'update'), count);
  return made;
}

/**
 * Return a picture of a run's marker.
 * @param {string} color
 * @param {Marker} marker
 */
function swatch(color, marker) {
  const canvas = document.createElement('canvas');
  const ratio = window.devicePixelRatio;
  canvas.width = canvas.height = 14 * ratio;
  canvas.ariaHidden = 'true';
  const context = contextOf(canvas);
  context.scale(ratio, ratio);
  context.fillStyle = context.strokeStyle = color;
  context.lineWidth = 2.5;
  const shape = outline(marker, 7, 7, 5);
  if (isOpen(marker)) context.stroke(shape);
  else context.fill(shape);
  return canvas;
}
