/**
 * The transport: buttons, a scrubber, keys, where the clock stands, and where each run is by then.
 */

import { isBusy } from '../keys.js';
import { hold, madeBy, play, rest, step, stepEpoch } from './clock.js';
import { marker } from './ink.js';

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

/** What a clock's position is called, by what it counts. */
const UNITS = {
  epochs: (now, end) => `epoch ${now} of ${end}`,
  updates: (now, end) => `update ${now} of ${end}`,
  examples: (now, end) => `${now} of ${end} examples`,
  seconds: (now, end) => `${now} of ${end} s`,
};

/** Fill the bar and the list of runs, and listen to them and to the keys. */
export function addBar(state, root) {
  const bar = root.querySelector('.gd-bar');
  const now = root.querySelector('.gd-now');
  bar.append(
    button('start', 'To the start (Home)', () => act(state, (clock) => hold(clock, 0))),
    button('back', STEPS.back, ({ shiftKey }) => act(state, stepper(-1, shiftKey))),
    button('play', 'Play (space)', () => toggle(state)),
    button('ahead', STEPS.ahead, ({ shiftKey }) => act(state, stepper(1, shiftKey))),
    button('end', 'To the end (End)', () => act(state, rest)),
    scrubber(state),
    Object.assign(document.createElement('output'), { className: 'gd-time' }),
    speeds(state),
  );
  const { signal } = state.ended;
  document.addEventListener('keydown', (event) => onKey(state, event), { signal });
  now.addEventListener('click', ({ target }) => onChoice(state, target), { signal });
  for (const buttons of [bar, now]) leaveKeysAlone(buttons, signal);
  return { places: { bar, now }, shown: '' };
}

/** Let a mouse press buttons without making them the target of the keys that follow. */
function leaveKeysAlone(buttons, signal) {
  const onDown = (event) => {
    if (!event.target.closest('button')) return;
    event.preventDefault();
    document.activeElement?.blur();
  };
  buttons.addEventListener('mousedown', onDown, { signal });
}

const STEPS = {
  back: 'One update back (left; with Shift one epoch)',
  ahead: 'One update on (right; with Shift one epoch)',
};

/** Return a button with a drawing. */
function button(name, title, onClick) {
  const made = document.createElement('button');
  made.type = 'button';
  made.dataset.act = name;
  dress(made, name, title);
  made.addEventListener('click', onClick);
  return made;
}

/** Give a button its drawing and its name. */
function dress(made, icon, title) {
  made.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${ICONS[icon]}</svg>`;
  made.title = title;
  made.setAttribute('aria-label', title);
}

/** Return the slider that holds the time. */
function scrubber(state) {
  const made = document.createElement('input');
  Object.assign(made, { type: 'range', min: 0, max: 1, step: 'any', value: 1 });
  made.className = 'gd-scrub';
  made.setAttribute('aria-label', 'Time');
  const onMove = ({ type }) =>
    act(state, (clock) => {
      clock.dragged = type === 'input';
      hold(clock, Number(made.value) * clock.end);
    });
  for (const type of ['input', 'change']) made.addEventListener(type, onMove);
  // A drag that ends where it began changes nothing.
  const onEnd = () => (state.clock.dragged = false);
  for (const type of ['pointerup', 'pointercancel']) made.addEventListener(type, onEnd);
  return made;
}

/** Return the choice of speeds. */
function speeds(state) {
  const made = document.createElement('select');
  made.className = 'gd-speed';
  made.title = 'Speed';
  made.setAttribute('aria-label', 'Speed');
  for (const speed of SPEEDS) made.add(new Option(`${speed}×`, speed, speed === 1, speed === 1));
  made.addEventListener('change', () => (state.clock.speed = Number(made.value)));
  return made;
}

/** Change the clock, and show it. */
export function act(state, change) {
  if (state.clock.tracks.length === 0) return;
  state.clock.dragged = false;
  change(state.clock);
  state.keepUp();
}

/** Play, or pause. */
function toggle(state) {
  act(state, (clock) => (clock.playing ? hold(clock, clock.time) : play(clock)));
}

/** Return what steps one update, or one epoch. */
function stepper(way, byEpoch) {
  return (clock) => (byEpoch ? stepEpoch : step)(clock, way);
}

/** Look at another run, or open the update that made its state. */
function onChoice(state, target) {
  const chosen = target.closest('[data-place]');
  if (chosen) {
    const place = Number(chosen.dataset.place);
    act(state, (clock) => (clock.focus = clock.tracks.find((track) => track.place === place)));
    state.root.querySelector(`[data-place="${place}"]`)?.focus();
  } else if (target.closest('.gd-inside')) {
    const { clock, component } = state;
    component.setTriggerValue('inside', { run: clock.focus.place, update: lastUpdate(clock) });
  }
}

// ---------------------------------------------------------------- keys

/** Do what a key says, where it was meant for the clock. */
function onKey(state, event) {
  const { target, code, shiftKey } = event;
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!state.data?.play || target.matches('select')) return;
  const mine = state.root.contains(target);
  if (!mine && (isBusy(target, code) || !isInView(seenBy(state, code)))) return;
  if (code === 'Space' && target.matches('button')) return; // a button presses itself
  // Home and End scroll the page while nobody holds the clock.
  const holds = mine || state.clock.time !== null;
  // A key that is held down stops at the end.
  if (event.repeat && state.clock.time === null) return;
  const does = {
    Space: () => toggle(state),
    ArrowLeft: () => act(state, stepper(-1, shiftKey)),
    ArrowRight: () => act(state, stepper(1, shiftKey)),
    Home: holds && (() => act(state, (clock) => hold(clock, 0))),
    End: holds && (() => act(state, rest)),
  }[code];
  if (!does) return;
  event.preventDefault();
  does();
}

/** Return what has to be seen for a key to be meant for it: Space also scrolls the page. */
function seenBy({ clock, root, transport }, code) {
  return code === 'Space' && clock.time === null ? transport.places.bar : root;
}

/** Whether an element stands on the screen. */
function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

// ---------------------------------------------------------------- what it says

/** Show where the clock stands. */
export function tell(state) {
  const { clock, transport, data } = state;
  if (!data.play) return;
  const { bar, now } = transport.places;
  const held = clock.time !== null;
  const share = held ? clock.time / clock.end : 1;
  const words = said(clock);
  const [output, slider] = [bar.querySelector('output'), bar.querySelector('.gd-scrub')];
  if (Number(slider.value) !== share) slider.value = share;
  slider.setAttribute('aria-valuetext', words);
  output.ariaLive = clock.playing ? 'off' : 'polite';
  if (output.textContent !== words) output.textContent = words;
  tellPlay(bar.querySelector('[data-act=play], [data-act=pause]'), clock.playing);
  now.hidden = !held;
  if (held) tellRuns(state, now);
}

/** Return the clock's position in words. */
function said({ time, end, unit, tracks }) {
  // As many decimals as one step shows in, and never more than there is.
  const digits = Math.min(6, Math.max(0, ...tracks.map(({ update }) => decimalsOf(update))));
  const write = (value) => {
    const whole = unit !== 'seconds' && (value === end || digits === 0);
    const size = 10 ** (whole ? 0 : digits);
    return count(Math.floor(size * (value + 1e-9 * end)) / size, whole ? 0 : digits);
  };
  return UNITS[unit](...[time ?? end, end].map(write));
}

/** Return how many decimals a number below one needs to be seen. */
function decimalsOf(value) {
  return Math.ceil(-Math.log10(value || 1) - 1e-9);
}

/** Let the button in the middle play or pause. */
function tellPlay(button, playing) {
  const name = playing ? 'pause' : 'play';
  if (button.dataset.act === name) return;
  button.dataset.act = name;
  dress(button, name, playing ? 'Pause (space)' : 'Play (space)');
}

/** Say how many updates each run has made, and offer to look inside the last one in focus. */
function tellRuns(state, now) {
  const { clock, transport } = state;
  const key = `${clock.hash} ${clock.focus.place}`;
  if (transport.shown !== key) {
    transport.shown = key;
    now.toggleAttribute('data-many', clock.tracks.length > 3);
    now.replaceChildren(...clock.tracks.map((track) => choice(track, clock)), insideButton());
  }
  const counts = now.querySelectorAll('.gd-count');
  clock.tracks.forEach((track, i) => {
    const text = count(madeBy(clock, track));
    if (counts[i].textContent !== text) counts[i].textContent = text;
  });
  const link = now.querySelector('.gd-inside');
  link.hidden = clock.playing || !state.data.inside;
  link.textContent = `Look inside update ${count(lastUpdate(clock))}`;
}

/** Return the update that made the state of the run in focus; at the start, the first. */
function lastUpdate(clock) {
  return Math.max(1, madeBy(clock, clock.focus));
}

/** Return a number with so many decimals and spaces between thousands. */
function count(value, digits = 0) {
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString('en', format).replaceAll(',', ' ');
}

/** Return one run's line: its mark, its name, its updates. */
function choice({ place, label, color, symbol }, { focus }) {
  const made = document.createElement('button');
  made.type = 'button';
  made.dataset.place = place;
  made.setAttribute('aria-pressed', place === focus.place);
  made.title = `Step through the updates of: ${label}`;
  const part = (className, textContent) =>
    Object.assign(document.createElement('span'), { className, textContent });
  made.append(swatch(color, symbol), part('gd-name', label));
  made.append(part('gd-word', 'update'), part('gd-count', ''));
  return made;
}

/** Return a picture of a run's marker. */
function swatch(color, symbol) {
  const canvas = document.createElement('canvas');
  const ratio = window.devicePixelRatio;
  canvas.width = canvas.height = 14 * ratio;
  canvas.ariaHidden = 'true';
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.fillStyle = context.strokeStyle = color;
  context.lineWidth = 2.5;
  const shape = marker(symbol, 7, 7, 5);
  if (symbol === 'x') context.stroke(shape);
  else context.fill(shape);
  return canvas;
}

/** Return the button that opens an update. */
function insideButton() {
  const made = document.createElement('button');
  return Object.assign(made, { type: 'button', className: 'gd-inside' });
}
