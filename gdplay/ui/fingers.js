/**
 * What Streamlit's page leaves to wish under fingers: flat charts take every touch for a drag and
 * sliders every one for a choice, so that nobody scrolls past them, and the list of pages, which
 * style.css has scroll sideways in the header, does not show the page one is on.
 */

import { headingOf, isFinger } from './swipes.js';

/** What hears drags in Streamlit's own flat charts: a scene's canvas is none of it. */
const CHART = '[data-testid="stPlotlyChart"] .draglayer';
/** What hears them in its sliders, whose style leaves `pan-y`. */
const SLIDER = '[data-testid="stSlider"] [data-orientation]';
const HERE = '[data-testid="stSidebarNavLink"][aria-current]';

/** Listen for as long as the page stands. */
export default function fingers() {
  const ended = new AbortController();
  const { signal } = ended;
  // A tap comes as a mouse's press, too, which charts and sliders hear.
  document.addEventListener('touchstart', keepTouches, { capture: true, passive: true, signal });
  holdPresses(signal);
  document.addEventListener('animationstart', onCurrent, { signal });
  showHere();
  return () => ended.abort();
}

/** @param {TouchEvent} event */
function keepTouches(event) {
  if (isIn(event.target, CHART) || isIn(event.target, SLIDER)) event.stopPropagation();
}

/**
 * Hand a slider a finger's press once that goes along it, and none that scrolls.
 * @param {AbortSignal} signal
 */
function holdPresses(signal) {
  /** @type {PointerEvent | null} */
  let press = null;
  let hands = false;
  /** @param {PointerEvent} event */
  const onDown = (event) => {
    if (hands || !isFinger(event)) return;
    press = isIn(event.target, SLIDER) ? event : null;
    if (press) event.stopPropagation();
  };
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    const heading = press && isFinger(event) ? headingOf(press, event) : null;
    if (!press || !heading) return;
    hands = true;
    if (heading === 'along') press.target?.dispatchEvent(new PointerEvent('pointerdown', press));
    hands = false;
    press = null;
  };
  const onEnd = () => (press = null);
  const options = { capture: true, signal };
  document.addEventListener('pointerdown', onDown, options);
  document.addEventListener('pointermove', onMove, options);
  for (const type of ['pointerup', 'pointercancel']) document.addEventListener(type, onEnd, options);
}

/**
 * Hear from style.css that another page is the one one is on, or that the list came anew.
 * @param {AnimationEvent} event
 */
function onCurrent({ animationName }) {
  if (animationName === 'gd-here') showHere();
}

/** Scroll the list of pages until the page one is on stands in its middle. */
function showHere() {
  const link = document.querySelector(HERE);
  const list = link?.closest('ul');
  if (!link || !list) return;
  const [{ left, width }, room] = [link.getBoundingClientRect(), list.getBoundingClientRect()];
  list.scrollLeft += left + width / 2 - (room.left + room.width / 2);
}

/**
 * Whether something on the page stands in what a selector names.
 * @param {EventTarget | null} target
 * @param {string} selector
 */
function isIn(target, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}
