/**
 * A number as something one holds: a slider over its scale, a typed value, and its words.
 *
 * While it is dragged only the page hears of it, through events on the document. Letting go writes
 * the number, once.
 */

import { nearest } from '../numbers.js';
import { HAND, RUNS_LOST } from '../player/events.js';
import { heedSwipes } from '../swipes.js';
import { lostWords, named, powers } from './marks.js';

/**
 * What lasts between calls, by the element Streamlit gave us.
 * @type {WeakMap<HTMLElement, RateControl>}
 */
const controls = new WeakMap();

/** The width of the slider's knob in pixels: rate.css draws it. */
const KNOB = 18;

/** Keys that move a slider. */
const MOVES = /^(Arrow|Page|Home$|End$)/;

/**
 * Take the newest data; return what Streamlit calls when the component goes away.
 * @param {Component<RateData>} component
 * @returns {CleanUp}
 */
export default function rate(component) {
  const { parentElement } = component;
  const control = controlIn(parentElement, component);
  control.component = component;
  control.calls += 1;
  show(control);
  if (control.calls === 1) tell(control, 'shown');
  if (control.root.matches(':hover, :focus-within')) tell(control, 'near');
  const call = control.calls;
  return () => {
    if (control.calls !== call) return;
    tell(control, 'gone');
    control.ended.abort();
    controls.delete(parentElement);
  };
}

/**
 * Return the control that stands in an element, a new one where there is none.
 * @param {HTMLElement} parentElement
 * @param {Component<RateData>} component
 */
function controlIn(parentElement, component) {
  const root = partOf(parentElement, '.gd-rate');
  const before = controls.get(parentElement);
  if (before?.root === root) return before;
  before?.ended.abort();
  const control = newControl(root, component);
  controls.set(parentElement, control);
  listen(control);
  return control;
}

/**
 * @param {HTMLElement} root
 * @param {Component<RateData>} component
 * @returns {RateControl}
 */
function newControl(root, component) {
  const style = document.createElement('style');
  style.textContent = STYLE;
  root.append(style);
  return {
    component,
    root,
    slider: /** @type {HTMLInputElement} */ (partOf(root, '.gd-rate-slider')),
    text: /** @type {HTMLInputElement} */ (partOf(root, '.gd-rate-text')),
    name: partOf(root, '.gd-rate-name'),
    says: partOf(root, '.gd-rate-says'),
    words: partOf(root, '.gd-rate-words'),
    zones: partOf(root, '.gd-rate-zones'),
    marks: partOf(root, '.gd-rate-marks'),
    wrong: partOf(root, '.gd-rate-wrong'),
    held: '',
    typing: false,
    value: component.data.value,
    written: null,
    drawn: '',
    gone: '',
    calls: 0,
    ended: new AbortController(),
  };
}

/**
 * @param {HTMLElement} element
 * @param {string} selector
 */
function partOf(element, selector) {
  const part = element.querySelector(selector);
  if (!(part instanceof HTMLElement)) throw new Error(`the control has no ${selector}`);
  return part;
}

// ---------------------------------------------------------------- what a hand does

/**
 * Listen to pointers, keys and what is typed.
 * @param {RateControl} control
 */
function listen(control) {
  const { root, slider, text } = control;
  const options = { signal: control.ended.signal };
  for (const type of ['pointerenter', 'focusin', 'touchstart']) {
    root.addEventListener(type, () => tell(control, 'near'), { ...options, passive: true });
  }
  for (const type of ['pointerleave', 'focusout']) {
    root.addEventListener(type, () => leave(control), options);
  }
  heedSwipes(slider, KNOB, control.ended.signal);
  slider.addEventListener('input', () => drag(control), options);
  slider.addEventListener('keydown', ({ key }) => MOVES.test(key) && hold(control, 'key'), options);
  slider.addEventListener('pointerdown', () => hold(control, 'pointer'), options);
  for (const type of ['keyup', 'blur', 'pointerup', 'pointercancel']) {
    slider.addEventListener(type, () => letGo(control), options);
  }
  // What moves a slider without a pointer or keys changes it at once.
  slider.addEventListener('change', () => control.held !== 'key' && letGo(control), options);
  text.addEventListener('input', () => { control.typing = true; }, options);
  text.addEventListener('change', () => take(control), options);
  text.addEventListener('keydown', (event) => onKey(control, event), options);
  text.addEventListener('focus', () => text.select(), options);
  document.addEventListener(RUNS_LOST, ({ detail }) => takeLost(control, detail), options);
  const observer = new ResizeObserver(() => drawMarks(control));
  observer.observe(control.marks);
  control.ended.signal.addEventListener('abort', () => observer.disconnect());
}

/**
 * Say that runs which the slider moves are lost at the number that is shown.
 * @param {RateControl} control
 * @param {RunEnd[]} runs
 */
function takeLost(control, runs) {
  control.gone = lostWords(control.component.data.name, runs);
  if (control.wrong.hidden) say(control);
}

/** @param {RateControl} control */
function leave(control) {
  if (control.held || control.root.matches(':hover, :focus-within')) return;
  tell(control, 'away');
}

/**
 * @param {RateControl} control
 * @param {'key' | 'pointer'} by
 */
function hold(control, by) {
  control.held = by;
}

/** @param {RateControl} control */
function drag(control) {
  control.typing = false;
  control.value = control.component.data.options[Number(control.slider.value)];
  wrong(control, '');
  say(control);
  tell(control, 'drag');
}

/**
 * Write what the hand left, once.
 * @param {RateControl} control
 */
function letGo(control) {
  control.held = '';
  const standing = control.written ?? control.component.data.value;
  if (control.value !== standing) {
    control.written = control.value;
    control.component.setStateValue('value', control.value);
  }
  tell(control, 'release');
  leave(control);
}

/**
 * Tell the page what the hand does.
 * @param {RateControl} control
 * @param {Hand['phase']} phase
 */
function tell({ component, root, value }, phase) {
  const detail = { control: component.data.name, phase, value, held: root };
  document.dispatchEvent(new CustomEvent(HAND, { detail }));
}

// ---------------------------------------------------------------- what is typed

/**
 * @param {RateControl} control
 * @param {KeyboardEvent} event
 */
function onKey(control, event) {
  if (event.key === 'Enter') take(control);
  if (event.key !== 'Escape') return;
  control.typing = false;
  wrong(control, '');
  say(control);
}

/**
 * Take a typed number; what is none stays, with a sentence.
 * @param {RateControl} control
 */
function take(control) {
  const typed = control.text.value.trim();
  if (typed === written(control.value)) {
    control.typing = false;
    return;
  }
  const { low, high, whole, wanted, snaps, options } = control.component.data;
  const value = Number(typed.replace(',', '.'));
  if (typed === '' || !(value >= low && value <= high) || (whole && value % 1 !== 0)) {
    wrong(control, wanted);
    return;
  }
  wrong(control, '');
  control.typing = false;
  control.value = snaps ? options[nearest(options, value)] : value;
  say(control);
  letGo(control);
}

/**
 * Say what is wrong with what was typed; '' where nothing is.
 * @param {RateControl} control
 * @param {string} sentence
 */
function wrong({ wrong: place, text }, sentence) {
  if (place.textContent === sentence) return;
  place.hidden = sentence === '';
  place.textContent = sentence;
  text.toggleAttribute('aria-invalid', sentence !== '');
}

// ---------------------------------------------------------------- what it shows

/**
 * Show the newest data; a hand that holds the slider keeps it.
 * @param {RateControl} control
 */
function show(control) {
  const { data } = control.component;
  const { root, slider, text, name } = control;
  if (control.written === data.value) control.written = null;
  if (!control.held && control.written === null) control.value = data.value;
  root.setAttribute('aria-label', data.label);
  name.textContent = data.title;
  slider.setAttribute('aria-label', data.label);
  text.setAttribute('aria-label', `${data.label}, typed`);
  slider.max = String(data.options.length - 1);
  drawScale(control);
  if (control.wrong.hidden) say(control);
}

/**
 * Say what the number is, and what it does. What is being typed stays, whatever comes meanwhile.
 * @param {RateControl} control
 */
function say(control) {
  const { component, slider, text, says, words, value } = control;
  const { data } = component;
  const at = nearest(data.options, value);
  const [sentence, limit] = [data.verdicts[at] ?? '', data.marks.find(({ plain }) => plain)];
  if (Number(slider.value) !== at) slider.value = String(at);
  if (!control.typing) text.value = written(value);
  put(says, data.says[at] ?? '');
  says.dataset.meaning = limit ? hoverOf(limit) : '';
  put(words, control.gone || (data.words[at] ?? ''));
  if (words.title !== sentence) words.title = sentence;
  slider.setAttribute('aria-valuetext', [written(value), data.says[at]].filter(Boolean).join(', '));
}

/**
 * Let an element say something, unless it does: a page whose words stay has less to do.
 * @param {HTMLElement} element
 * @param {string} words
 */
function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/**
 * Return a number as it is typed.
 * @param {number} value
 */
function written(value) {
  return String(value);
}

/**
 * Draw the zones and the marks where they have changed.
 * @param {RateControl} control
 */
function drawScale(control) {
  const { zones, marks } = control.component.data;
  const drawn = JSON.stringify([zones, marks]);
  if (drawn === control.drawn) return;
  control.drawn = drawn;
  let from = 0;
  control.zones.replaceChildren(
    ...zones.map(({ key, about, end }) => {
      const made = labelled(`gd-${key}`, `Full batches: ${about}`, '');
      Object.assign(made.style, { left: `${100 * from}%`, width: `${100 * (end - from)}%` });
      from = end;
      return made;
    }),
  );
  drawMarks(control);
}

/**
 * Draw the marks: some named in plain sight, and all of them while a hand is near.
 * @param {RateControl} control
 */
function drawMarks({ marks: place, component }) {
  const marks = component.data.marks.filter(({ at }) => at >= 0 && at <= 1);
  const told = marks.map(({ label, rate: at }) => (at === label ? at : `${label} = ${at}`));
  place.setAttribute('aria-label', `Marks: ${told.join(', ')}`);
  const room = place.clientWidth;
  const tens = powers(component.data.options);
  const inSight = marks.flatMap((mark) => (mark.plain ? [{ ...mark, label: mark.plain }] : []));
  place.replaceChildren(
    ...[...tens, ...marks].map(tickOf),
    ...namesOf([...tens, ...inSight], room, 'gd-rate-plain', 1),
    ...namesOf([...tens, ...marks], room, 'gd-rate-mark'),
  );
}

/**
 * @param {RateMark} mark
 */
function tickOf(mark) {
  const made = labelled('gd-rate-tick', hoverOf(mark), '');
  made.style.left = `${100 * mark.at}%`;
  return made;
}

/**
 * Return the names of marks under them, and the lines to those in a further row.
 * @param {RateMark[]} marks
 * @param {number} room
 * @param {string} className
 * @param {number} [rows]
 */
function namesOf(marks, room, className, rows) {
  return named(marks, room, rows).flatMap(({ mark, middle, row }) => {
    const power = mark.weight < 0;
    const name = labelled(power ? `${className} gd-rate-ten` : className, hoverOf(mark), mark.label);
    name.style.left = `${middle}px`;
    name.dataset.row = String(row);
    name.toggleAttribute('data-plain', mark.plain !== '' && !power);
    if (mark.plain && !power) Object.assign(name, { title: '' }).dataset.meaning = hoverOf(mark);
    if (row === 0) return [name];
    const way = labelled('gd-rate-way', '', '');
    way.style.left = `${mark.at * room}px`;
    return [way, name];
  });
}

/** @param {RateMark} mark */
function hoverOf({ label, rate: at, plain, about }) {
  return about && `${plain || `${label} = ${at}`}. ${about}`;
}

/**
 * @param {string} className
 * @param {string} title
 * @param {string} textContent
 */
function labelled(className, title, textContent) {
  return Object.assign(document.createElement('span'), { className, title, textContent });
}
