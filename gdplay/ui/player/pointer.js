/**
 * What a pointer does to charts besides what it does in Plotly: clicks on planes and curves, the
 * clock's hand over the curves, and scrolling the page where a chart would swallow that.
 */

import { act } from './bar.js';
import { hold, numbers, play } from './clock.js';
import { HAND } from './events.js';
import { axesOf, toDown, toRight, valuesAt } from './ink.js';

/** Pixels a pointer may move, and milliseconds it may stay, in what still counts as a click. */
const CLICK_PIXELS = 4;
const CLICK_MILLISECONDS = 600;
/** A second press within this time belongs to a double click (Plotly's "reset the view"). */
const DOUBLE_MILLISECONDS = 300;
/** Pixels beside the clock's hand that still take it, and beside an epoch's end that are that. */
const HAND_PIXELS = 7;
const SNAP_PIXELS = 1.5;

/**
 * Listen to pointers on all charts.
 * @param {State} state
 */
export function listenToPointers(state) {
  const { surface, curves } = state.panels;
  for (const panel of Object.values(state.panels)) {
    leftButtonOnly(state, panel);
    wheelOnlyWhenMeant(state, panel);
    turnSidewaysOnly(state, panel);
  }
  onClick(state, surface, (point, { shiftKey }) => moveStart(state, point, shiftKey));
  onClick(state, curves, ({ x }) => setClock(state, curves, x));
  takeHand(state, curves);
  takeStart(state, surface);
}

// ---------------------------------------------------------------- clicks

/** @typedef {{ x: number, y: number }} Values */
/** @typedef {{ clientX: number, clientY: number }} Place */

/**
 * Call `react` with the values under plain clicks and with their presses; what it returns takes it
 * back (see below).
 * @param {State} state
 * @param {Panel} panel
 * @param {(values: Values, press: PointerEvent) => (() => void) | undefined} react
 */
function onClick({ ended: { signal } }, panel, react) {
  /** @type {PointerEvent | null} */
  let press = null;
  let reacted = -Infinity;
  /** @type {(() => void) | undefined} */
  let takeBack;

  // Plotly covers the page while a button is down, so a native "click" never comes.
  /** @param {PointerEvent} event */
  const onDown = (event) => (press = isPlain(event) ? event : null);
  /** @param {PointerEvent} event */
  const onUp = (event) => {
    const point = press && isClick(press, event) && !panel.solid ? valuesUnder(panel, event) : null;
    const by = press;
    press = null;
    if (!point || !by) return;
    if (event.timeStamp - reacted < DOUBLE_MILLISECONDS) {
      takeBack?.();
      return;
    }
    reacted = event.timeStamp;
    takeBack = react(point, by);
  };
  panel.plot.addEventListener('pointerdown', onDown, { capture: true, signal });
  window.addEventListener('pointerup', onUp, { capture: true, signal });
  window.addEventListener('pointercancel', () => (press = null), { capture: true, signal });
}

/**
 * Whether a press and its release are a click.
 * @param {PointerEvent} press
 * @param {PointerEvent} release
 */
function isClick(press, release) {
  const moved = Math.hypot(release.clientX - press.clientX, release.clientY - press.clientY);
  return moved <= CLICK_PIXELS && release.timeStamp - press.timeStamp <= CLICK_MILLISECONDS;
}

/**
 * Whether a press is on the chart itself, with the first button.
 * @param {PointerEvent} event
 */
function isPlain({ isPrimary, button, target }) {
  const element = /** @type {Element} */ (target);
  return isPrimary && button === 0 && !element.closest('.modebar, .legend');
}

/**
 * Return the values under a pointer, null outside the axes.
 * @param {Panel} panel
 * @param {Place} place
 * @returns {Values | null}
 */
function valuesUnder(panel, { clientX, clientY }) {
  const axes = axesOf(panel);
  if (!axes) return null;
  const corner = panel.element.getBoundingClientRect();
  const [right, down] = [clientX - corner.left - axes.left, clientY - corner.top - axes.top];
  if (right < 0 || down < 0 || right > axes.width || down > axes.height) return null;
  const values = valuesAt(axes, right / axes.width, 1 - down / axes.height);
  return Object.values(values).every(Number.isFinite) ? values : null;
}

/**
 * Ask Python to start where the visitor clicked: there alone, or with the shift key there, too.
 * @param {State} state
 * @param {Values} values
 * @param {boolean} adds
 * @returns {undefined}
 */
function moveStart(state, { x, y }, adds) {
  if (!state.data.clickable) return;
  state.clicks += 1;
  const [short, high] = [x, y].map((value) => Number(value.toPrecision(4)));
  state.component.setTriggerValue('start', { x: short, y: high, n: state.clicks, adds });
}

/**
 * Stand at a time; a double click goes on as before.
 * @param {State} state
 * @param {Panel} panel
 * @param {number} time
 */
function setClock(state, panel, time) {
  const { time: before, playing } = state.clock;
  act(state, (clock) => hold(clock, snapped(clock, panel, time)));
  window.Plotly?.Fx.unhover(panel.plot);
  return () =>
    act(state, (clock) => {
      hold(clock, before);
      if (playing) play(clock);
    });
}

/**
 * Return a time, or the end of an epoch that is nearer than a pointer can tell.
 * @param {Clock} clock
 * @param {Panel} panel
 * @param {number} time
 */
function snapped({ focus }, panel, time) {
  const axes = axesOf(panel);
  if (!axes || !focus) return time;
  const end = Math.round(time / focus.epoch) * focus.epoch;
  const pixels = Math.abs(toRight(axes, end) - toRight(axes, time));
  return pixels <= SNAP_PIXELS ? end : time;
}

// ---------------------------------------------------------------- the clock's hand

/**
 * Let the hand over the curves be taken; a finger, which does not zoom, moves it from anywhere.
 * @param {State} state
 * @param {Panel} panel
 */
function takeHand(state, panel) {
  const { plot, element } = panel;
  const { signal } = state.ended;
  /** @type {PointerEvent | null} */
  let taken = null;
  let moved = false;

  /** @param {PointerEvent} event */
  const takes = (event) =>
    valuesUnder(panel, event) !== null && (isTouch(event) || isNear(state, panel, event));
  /** @param {PointerEvent} event */
  const onDown = (event) => {
    taken = isPlain(event) && takes(event) ? event : null;
    moved = false;
  };
  /** @param {PointerEvent} event */
  const onHover = (event) => element.toggleAttribute('data-takes', taken !== null || takes(event));
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (!taken) return;
    moved ||= isSideways(taken, event);
    if (moved) moveHand(state, panel, event, true);
  };
  /** @param {PointerEvent} event */
  const onEnd = (event) => {
    if (taken && moved) moveHand(state, panel, event, false);
    taken = null;
  };
  // Plotly zooms, and says what is under the pointer, by the mouse's own events. The first press
  // of a double click brings the hand under the second, which is Plotly's, if it saw the first.
  const isMine = () => taken !== null && !isTouch(taken);
  let wasMine = false;
  /** @param {MouseEvent} event */
  const onPress = (event) => {
    if (event.detail > 1) {
      if (isMine() && wasMine) resetAxes(state, panel);
      taken = null;
    }
    wasMine = isMine();
    keep(event);
  };
  /** @param {MouseEvent} event */
  const keep = (event) => {
    if (!isMine()) return;
    event.stopPropagation();
    event.preventDefault();
  };
  plot.addEventListener('pointerdown', onDown, { capture: true, signal });
  plot.addEventListener('pointermove', onHover, { capture: true, signal });
  plot.addEventListener('mousedown', onPress, { capture: true, signal });
  plot.addEventListener('mousemove', keep, { capture: true, signal });
  window.addEventListener('pointermove', onMove, { capture: true, signal });
  window.addEventListener('pointerup', onEnd, { capture: true, signal });
  window.addEventListener('pointercancel', onEnd, { capture: true, signal });
}

/**
 * Show the axes as the figure came.
 * @param {State} state
 * @param {Panel} panel
 */
function resetAxes({ data }, { name, plot }) {
  const { xaxis, yaxis } = data.panels[name]?.spec.layout ?? {};
  window.Plotly?.relayout(plot, { ...asItCame('xaxis', xaxis), ...asItCame('yaxis', yaxis) });
}

/**
 * Return what shows an axis as it came.
 * @param {string} name
 * @param {PlotAxis | undefined} axis
 */
function asItCame(name, axis) {
  return axis?.range ? { [`${name}.range`]: [...axis.range] } : { [`${name}.autorange`]: true };
}

/** @param {PointerEvent} event */
function isTouch({ pointerType }) {
  return pointerType === 'touch';
}

/**
 * Whether a pointer is at the clock's hand.
 * @param {State} state
 * @param {Panel} panel
 * @param {Place} place
 */
function isNear({ clock }, panel, { clientX }) {
  const axes = axesOf(panel);
  if (clock.time === null || !axes) return false;
  const hand = panel.element.getBoundingClientRect().left + toRight(axes, clock.time);
  return Math.abs(clientX - hand) <= HAND_PIXELS;
}

/**
 * Whether a press has become a drag to the side: up and down, fingers scroll.
 * @param {PointerEvent} from
 * @param {Place} to
 */
function isSideways(from, { clientX, clientY }) {
  const aside = Math.abs(clientX - from.clientX);
  return aside > CLICK_PIXELS / 2 && (aside > Math.abs(clientY - from.clientY) || !isTouch(from));
}

/**
 * Stand at the time under a pointer, wherever it has got to by now.
 * @param {State} state
 * @param {Panel} panel
 * @param {Place} place
 * @param {boolean} dragged
 */
function moveHand(state, panel, { clientX }, dragged) {
  const axes = axesOf(panel);
  if (!axes) return;
  const right = clientX - panel.element.getBoundingClientRect().left - axes.left;
  const { x: time } = valuesAt(axes, Math.min(1, Math.max(0, right / axes.width)), 0);
  act(state, (clock) => {
    clock.dragged = dragged;
    hold(clock, snapped(clock, panel, Math.max(0, time)));
  });
  window.Plotly?.Fx.unhover(panel.plot);
}

// ---------------------------------------------------------------- the start on a map

/** The name under which the start is held, and pixels beside it that take it: a finger's are more. */
const START = 'start';
const START_PIXELS = { mouse: 14, touch: 22 };

/** Milliseconds that a pointer stays before runs are asked for: a click that came at the same moment
 * would travel with the question, and the page would not hear it. */
const STAYS = 150;

/**
 * Let the start on a map be dragged, where a click may move it; letting go moves it there. A finger
 * that comes down on it drags it too; elsewhere it scrolls, and moves the start by a tap.
 * @param {State} state
 * @param {Panel} panel
 */
function takeStart(state, panel) {
  const { plot, element } = panel;
  const { signal } = state.ended;
  /** @type {PointerEvent | null} */
  let taken = null;
  /** @type {Pixel | null} */
  let at = null;
  const holdBack = askWhenNear(panel, signal, () => taken !== null);

  /** @param {PointerEvent} event */
  const takes = (event) => isAtStart(state, panel, event);
  /** @param {PointerEvent} event */
  const onDown = (event) => {
    holdBack();
    taken = isPlain(event) && takes(event) ? event : null;
    at = null;
    if (taken && !isTouch(taken)) tellStart('near');
  };
  /** @param {PointerEvent} event */
  const onHover = (event) => element.toggleAttribute('data-grabs', taken !== null || takes(event));
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    const to = taken && valuesUnder(panel, event);
    if (!taken || !to || !(at || isDragged(taken, event))) return;
    if (!at) leaveHover(panel);
    if (!at && isTouch(taken)) tellStart('near'); // a tap asks for nothing
    at = [to.x, to.y];
    tellStart('drag', at);
    state.keepUp(); // it is seen under the hand, whether or not its runs are
  };
  const onEnd = () => {
    taken = null;
    if (!at) return;
    tellStart('release', at);
    moveStart(state, { x: at[0], y: at[1] }, false);
    at = null;
  };
  const onCancel = () => {
    if (at) tellStart('gone');
    taken = at = null;
  };
  /** @param {Event} event */
  const keep = (event) => {
    if (!taken) return;
    event.stopPropagation();
    event.preventDefault();
  };
  const options = { capture: true, signal };
  plot.addEventListener('pointerdown', onDown, options);
  plot.addEventListener('pointermove', onHover, options);
  for (const type of ['mousedown', 'mousemove']) plot.addEventListener(type, keep, options);
  // What a browser does with a finger it decides when that comes down: it must wait for this.
  plot.addEventListener('touchstart', keep, { ...options, passive: false });
  window.addEventListener('pointermove', onMove, options);
  window.addEventListener('pointerup', onEnd, options);
  window.addEventListener('pointercancel', onCancel, options);
}

/**
 * Let Plotly take the pointer for gone: what it says of a point goes, and does not come again with the
 * next figure where the pointer was before a drag that it did not see.
 * @param {Panel} panel
 */
function leaveHover({ plot }) {
  plot.querySelector('.nsewdrag')?.dispatchEvent(new Event('mouseout'));
  window.Plotly?.Fx.unhover(plot);
}

/**
 * Ask for runs from every start when a pointer stays on a map; return what holds the question back.
 * @param {Panel} panel
 * @param {AbortSignal} signal
 * @param {() => boolean} isTaken
 */
function askWhenNear({ plot }, signal, isTaken) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  const onEnter = () => {
    soon = setTimeout(() => tellStart('near'), STAYS);
  };
  const onLeave = () => {
    clearTimeout(soon);
    if (!isTaken()) tellStart('away');
  };
  plot.addEventListener('pointerenter', onEnter, { capture: true, signal });
  plot.addEventListener('pointerleave', onLeave, { signal });
  return () => clearTimeout(soon);
}

/**
 * Tell the page what a hand does with the start.
 * @param {Hand['phase']} phase
 * @param {Pixel} [at]
 */
function tellStart(phase, at) {
  const detail = { control: START, phase, value: NaN, at };
  document.dispatchEvent(new CustomEvent(HAND, { detail }));
}

/**
 * Whether a pointer is at the start on a map.
 * @param {State} state
 * @param {Panel} panel
 * @param {PointerEvent} event
 */
function isAtStart({ data }, panel, { clientX, clientY, pointerType }) {
  const mark = data.panels[panel.name]?.spec.data.find(({ name }) => name === START);
  const axes = axesOf(panel);
  if (!data.clickable || panel.solid || !mark || !axes) return false;
  const corner = panel.element.getBoundingClientRect();
  const right = clientX - corner.left - toRight(axes, numbers(mark.x)[0]);
  const down = clientY - corner.top - toDown(axes, numbers(mark.y)[0]);
  return Math.hypot(right, down) <= START_PIXELS[pointerType === 'touch' ? 'touch' : 'mouse'];
}

/**
 * Whether a press has become a drag.
 * @param {PointerEvent} from
 * @param {Place} to
 */
function isDragged(from, { clientX, clientY }) {
  return Math.hypot(clientX - from.clientX, clientY - from.clientY) > CLICK_PIXELS;
}

// ---------------------------------------------------------------- Plotly's own gestures

/**
 * Keep flat charts from zooming by other buttons: a right one leaves axes of no width.
 * @param {State} state
 * @param {Panel} panel
 */
function leftButtonOnly({ ended: { signal } }, panel) {
  /** @param {MouseEvent} event */
  const onDown = (event) => {
    if (event.button !== 0 && !panel.solid) event.stopPropagation();
  };
  panel.plot.addEventListener('mousedown', onDown, { capture: true, signal });
}

/**
 * Let the wheel scroll the page over a scene, and zoom with Ctrl (a pinch on a touchpad).
 * @param {State} state
 * @param {Panel} panel
 */
function wheelOnlyWhenMeant({ ended: { signal } }, panel) {
  /** @param {WheelEvent} event */
  const onWheel = (event) => {
    if (panel.solid && !event.ctrlKey) event.stopPropagation();
  };
  panel.plot.addEventListener('wheel', onWheel, { capture: true, passive: true, signal });
}

/**
 * Let one finger turn a scene sideways only; up and down it scrolls the page.
 * @param {State} state
 * @param {Panel} panel
 */
function turnSidewaysOnly({ ended: { signal } }, panel) {
  /** @type {Touch | null} */
  let begun = null;
  /** @type {boolean | null} */
  let scrolls = null;
  /** @param {TouchEvent} event */
  const onStart = ({ touches }) => {
    begun = touches.length === 1 ? touches[0] : null;
    scrolls = null;
  };
  /** @param {TouchEvent} event */
  const onMove = (event) => {
    if (!panel.solid || !begun) return;
    const [touch] = event.touches;
    scrolls ??=
      Math.abs(touch.clientY - begun.clientY) > Math.abs(touch.clientX - begun.clientX);
    if (scrolls) event.stopPropagation();
  };
  // Plotly notes where a scene was turned to when a mouse's button goes up: after a finger none does.
  const onEnd = () => {
    if (!panel.solid || scrolls !== false) return;
    panel.plot.querySelector('canvas')?.dispatchEvent(new Event('mouseup'));
  };
  const options = { capture: true, passive: true, signal };
  panel.plot.addEventListener('touchstart', onStart, options);
  panel.plot.addEventListener('touchmove', onMove, options);
  panel.plot.addEventListener('touchend', onEnd, options);
}
