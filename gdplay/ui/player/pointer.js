/**
 * What a pointer does to charts besides what it does in Plotly: clicks on planes and curves, the
 * clock's hand over the curves, and scrolling the page where a chart would swallow that.
 */

import { act } from './bar.js';
import { hold, play } from './clock.js';
import { axesOf, toRight, valuesAt } from './ink.js';

/** Pixels a pointer may move, and milliseconds it may stay, in what still counts as a click. */
const CLICK_PIXELS = 4;
const CLICK_MILLISECONDS = 600;
/** A second press within this time belongs to a double click (Plotly's "reset the view"). */
const DOUBLE_MILLISECONDS = 300;
/** Pixels beside the clock's hand that still take it, and beside an epoch's end that are that. */
const HAND_PIXELS = 7;
const SNAP_PIXELS = 1.5;

/** Listen to pointers on all charts. */
export function listenToPointers(state) {
  for (const panel of state.panels.values()) {
    leftButtonOnly(state, panel);
    wheelOnlyWhenMeant(state, panel);
    turnSidewaysOnly(state, panel);
  }
  onClick(state, state.panels.get('surface'), (point) => moveStart(state, point));
  onClick(state, state.panels.get('curves'), ({ x }) => setClock(state, state.panels.get('curves'), x));
  takeHand(state, state.panels.get('curves'));
}

// ---------------------------------------------------------------- clicks

/** Call `react` with the values under plain clicks; what it returns takes it back (see below). */
function onClick(state, panel, react) {
  const { signal } = state.ended;
  let press = null;
  let reacted = -Infinity;
  let takeBack = null;

  // Plotly covers the page while a button is down, so a native "click" never comes.
  const onDown = (event) => (press = isPlain(event) ? event : null);
  const onUp = (event) => {
    if (!press) return;
    const still = Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY);
    const lasted = event.timeStamp - press.timeStamp;
    press = null;
    if (still > CLICK_PIXELS || lasted > CLICK_MILLISECONDS) return;
    const point = panel.solid ? null : valuesUnder(panel, event);
    if (!point) return;
    if (event.timeStamp - reacted < DOUBLE_MILLISECONDS) {
      takeBack?.();
      return;
    }
    reacted = event.timeStamp;
    takeBack = react(point);
  };
  panel.plot.addEventListener('pointerdown', onDown, { capture: true, signal });
  window.addEventListener('pointerup', onUp, { capture: true, signal });
  window.addEventListener('pointercancel', () => (press = null), { capture: true, signal });
}

/** Whether a press is on the chart itself, with the first button. */
function isPlain({ isPrimary, button, target }) {
  return isPrimary && button === 0 && !target.closest('.modebar, .legend');
}

/** Return the values under a pointer, null outside the axes. */
function valuesUnder(panel, { clientX, clientY }) {
  const axes = axesOf(panel);
  if (!axes) return null;
  const corner = panel.element.getBoundingClientRect();
  const [right, down] = [clientX - corner.left - axes.left, clientY - corner.top - axes.top];
  if (right < 0 || down < 0 || right > axes.width || down > axes.height) return null;
  const values = valuesAt(axes, right / axes.width, 1 - down / axes.height);
  return Object.values(values).every(Number.isFinite) ? values : null;
}

/** Ask Python to start where the visitor clicked. */
function moveStart(state, { x, y }) {
  if (!state.data.clickable) return;
  state.clicks += 1;
  const [short, high] = [x, y].map((value) => Number(value.toPrecision(4)));
  state.component.setTriggerValue('start', { x: short, y: high, n: state.clicks });
}

/** Stand at a time; a double click goes on as before. */
function setClock(state, panel, time) {
  const { time: before, playing } = state.clock;
  act(state, (clock) => hold(clock, snapped(clock, panel, time)));
  window.Plotly.Fx.unhover(panel.plot);
  return () =>
    act(state, (clock) => {
      hold(clock, before);
      if (playing) play(clock);
    });
}

/** Return a time, or the end of an epoch that is nearer than a pointer can tell. */
function snapped({ focus: { epoch } }, panel, time) {
  const { width, x } = axesOf(panel);
  const end = Math.round(time / epoch) * epoch;
  const pixels = (Math.abs(end - time) * width) / (x.range[1] - x.range[0]);
  return pixels <= SNAP_PIXELS ? end : time;
}

// ---------------------------------------------------------------- the clock's hand

/** Let the hand over the curves be taken; a finger, which does not zoom, moves it from anywhere. */
function takeHand(state, panel) {
  const { plot, element } = panel;
  const { signal } = state.ended;
  let taken = null;
  let moved = false;

  const takes = (event) =>
    valuesUnder(panel, event) && (isTouch(event) || isNear(state, panel, event));
  const onDown = (event) => {
    taken = isPlain(event) && takes(event) ? event : null;
    moved = false;
  };
  const onHover = (event) => element.toggleAttribute('data-takes', Boolean(taken || takes(event)));
  const onMove = (event) => {
    if (!taken) return;
    moved ||= isSideways(taken, event);
    if (moved) moveHand(state, panel, event, true);
  };
  const onEnd = (event) => {
    if (taken && moved) moveHand(state, panel, event, false);
    taken = null;
  };
  // Plotly zooms, and says what is under the pointer, by the mouse's own events. The first press
  // of a double click brings the hand under the second, which is Plotly's, if it saw the first.
  const isMine = () => taken !== null && !isTouch(taken);
  let wasMine = false;
  const onPress = (event) => {
    if (event.detail > 1) {
      if (isMine() && wasMine) resetAxes(state, panel);
      taken = null;
    }
    wasMine = isMine();
    keep(event);
  };
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

/** Show the axes as the figure came. */
function resetAxes({ data }, { plot }) {
  const { xaxis, yaxis } = data.panels.curves.spec.layout;
  const reset = (name, { range }) =>
    range ? { [`${name}.range`]: [...range] } : { [`${name}.autorange`]: true };
  window.Plotly.relayout(plot, { ...reset('xaxis', xaxis), ...reset('yaxis', yaxis) });
}

function isTouch({ pointerType }) {
  return pointerType === 'touch';
}

/** Whether a pointer is at the clock's hand. */
function isNear({ clock }, panel, { clientX }) {
  if (clock.time === null) return false;
  const hand = panel.element.getBoundingClientRect().left + toRight(axesOf(panel), clock.time);
  return Math.abs(clientX - hand) <= HAND_PIXELS;
}

/** Whether a press has become a drag to the side: up and down, fingers scroll. */
function isSideways(from, { clientX, clientY }) {
  const aside = Math.abs(clientX - from.clientX);
  return aside > CLICK_PIXELS / 2 && (aside > Math.abs(clientY - from.clientY) || !isTouch(from));
}

/** Stand at the time under a pointer, wherever it has got to by now. */
function moveHand(state, panel, { clientX }, dragged) {
  const axes = axesOf(panel);
  const right = clientX - panel.element.getBoundingClientRect().left - axes.left;
  const { x: time } = valuesAt(axes, Math.min(1, Math.max(0, right / axes.width)), 0);
  act(state, (clock) => {
    clock.dragged = dragged;
    hold(clock, snapped(clock, panel, Math.max(0, time)));
  });
  window.Plotly.Fx.unhover(panel.plot);
}

// ---------------------------------------------------------------- Plotly's own gestures

/** Keep flat charts from zooming by other buttons: a right one leaves axes of no width. */
function leftButtonOnly({ ended: { signal } }, panel) {
  const onDown = (event) => {
    if (event.button !== 0 && !panel.solid) event.stopPropagation();
  };
  panel.plot.addEventListener('mousedown', onDown, { capture: true, signal });
}

/** Let the wheel zoom a scene once it was pressed, or with Ctrl (a pinch on a touchpad). */
function wheelOnlyWhenMeant({ ended: { signal } }, panel) {
  let pressed = false;
  const onWheel = (event) => {
    if (panel.solid && !pressed && !event.ctrlKey) event.stopPropagation();
  };
  panel.plot.addEventListener('pointerdown', () => (pressed = true), { capture: true, signal });
  panel.plot.addEventListener('pointerleave', () => (pressed = false), { signal });
  panel.plot.addEventListener('wheel', onWheel, { capture: true, passive: true, signal });
}

/** Let one finger turn a scene sideways only; up and down it scrolls the page. */
function turnSidewaysOnly({ ended: { signal } }, panel) {
  let begun = null;
  let scrolls = null;
  const onStart = ({ touches }) => {
    begun = touches.length === 1 ? touches[0] : null;
    scrolls = null;
  };
  const onMove = (event) => {
    if (!panel.solid || !begun) return;
    const [touch] = event.touches;
    scrolls ??=
      Math.abs(touch.clientY - begun.clientY) > Math.abs(touch.clientX - begun.clientX);
    if (scrolls) event.stopPropagation();
  };
  const options = { capture: true, passive: true, signal };
  panel.plot.addEventListener('touchstart', onStart, options);
  panel.plot.addEventListener('touchmove', onMove, options);
}
