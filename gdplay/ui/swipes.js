/**
 * Fingers on sliders: a swipe along one moves its knob, a tap brings the knob there, and a swipe up or
 * down scrolls the page. A browser moves the knob to where a finger comes down, whatever it does next.
 */

/** Pixels after which a finger's way is known; phones begin to scroll at about 8. */
const SURE = 10;
/** A page that scrolls again and again within so many milliseconds is in flight: a finger halts it. */
const FLIGHT = 100;

/** @typedef {{ clientX: number, clientY: number }} Spot */

/**
 * Return whether a finger goes along a slider or across it; null while it is not known.
 * @param {Spot} from
 * @param {Spot} to
 * @returns {'along' | 'across' | null}
 */
export function headingOf(from, to) {
  const [aside, up] = [to.clientX - from.clientX, to.clientY - from.clientY].map(Math.abs);
  if (Math.max(aside, up) < SURE) return null;
  return aside > up ? 'along' : 'across';
}

/**
 * Whether a pointer is the first finger, or a pen, which scroll where a mouse drags.
 * @param {PointerEvent} event
 */
export function isFinger({ pointerType, isPrimary }) {
  return isPrimary && pointerType !== 'mouse';
}

/**
 * A finger on a slider: where it came down, where it goes, the value that the page gave the slider,
 * whether a move is told just now, and whether the finger halts a page in flight.
 * @typedef {{
 *   from: Spot, heading: ReturnType<typeof headingOf>, value: string, tells: boolean, halts: boolean,
 * }} Finger
 */

/**
 * Let fingers move a slider by `input` events, as hands with a mouse do, where they mean to.
 *
 * What listens to the slider's pointers hears of them after this; its style must leave `pan-y`.
 * @param {HTMLInputElement} slider
 * @param {number} knob its width in pixels
 * @param {AbortSignal} signal
 */
export function heedSwipes(slider, knob, signal) {
  /** @type {Finger | null} */
  let finger = null;
  const isInFlight = flights(signal);
  const lift = () => (finger = null);
  /** @param {PointerEvent} event */
  const onDown = (event) => {
    if (!event.isPrimary) return;
    lift();
    if (!isFinger(event)) return;
    const halts = isInFlight(event);
    finger = { from: event, heading: null, value: slider.value, tells: false, halts };
  };
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (!finger || !isFinger(event)) return;
    finger.heading ??= headingOf(finger.from, event);
    if (finger.heading === 'along') bring(slider, knob, finger, event);
  };
  /** @param {PointerEvent} event */
  const onUp = (event) => {
    if (finger?.heading !== null || finger.halts || !isFinger(event)) return;
    bring(slider, knob, finger, event);
  };
  const note = () => finger && (finger.value = slider.value);
  /** @param {TouchEvent} event */
  const onTouch = (event) => {
    note();
    if (finger?.heading === 'along') prevent(event); // now up and down is no scroll, either
  };
  /** @param {TouchEvent} event */
  const onEnd = (event) => {
    note();
    if (!finger || event.targetTouches.length > 0) return;
    prevent(event); // or a mouse is made up that presses there, too
    setTimeout(lift); // what the browser says of this end comes first
  };
  /** @param {Event} event */
  const onNews = (event) => {
    if (!finger || finger.tells) return;
    event.stopImmediatePropagation();
    slider.value = finger.value;
  };
  /** @type {[type: string, listener: (event: any) => void][]} */
  const listeners = [
    ['pointerdown', onDown], ['pointermove', onMove], ['pointerup', onUp], ['keydown', lift],
    // The browser's own moves follow these.
    ['touchstart', note], ['touchmove', onTouch], ['touchend', onEnd],
    ['input', onNews], ['change', onNews],
  ];
  for (const [type, listener] of listeners) {
    slider.addEventListener(type, listener, { capture: true, passive: false, signal });
  }
}

/**
 * Return what tells whether the page is in flight when something happens.
 * @param {AbortSignal} signal
 */
function flights(signal) {
  let scrolled = -Infinity;
  let flies = false;
  /** @param {Event} event */
  const onScroll = ({ timeStamp }) => {
    flies = timeStamp - scrolled < FLIGHT;
    scrolled = timeStamp;
  };
  document.addEventListener('scroll', onScroll, { capture: true, passive: true, signal });
  /** @param {Event} event */
  return ({ timeStamp }) => flies && timeStamp - scrolled < FLIGHT;
}

/**
 * Keep a browser from what it does by itself, unless it is past that.
 * @param {Event} event
 */
function prevent(event) {
  if (event.cancelable) event.preventDefault();
}

/**
 * Bring a slider's knob under a finger, and tell.
 * @param {HTMLInputElement} slider
 * @param {number} knob
 * @param {Finger} finger
 * @param {Spot} spot
 */
function bring(slider, knob, finger, spot) {
  slider.value = String(settingAt(slider, knob, spot));
  if (slider.value === finger.value) return;
  Object.assign(finger, { value: slider.value, tells: true });
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  Object.assign(finger, { tells: false });
}

/**
 * Return the value of a slider whose knob stands at a place.
 * @param {HTMLInputElement} slider
 * @param {number} knob
 * @param {Spot} spot
 */
function settingAt(slider, knob, { clientX }) {
  const { left, width } = slider.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (clientX - left - knob / 2) / (width - knob)));
  const [low, high] = [slider.min, slider.max].map(Number);
  return low + share * (high - low);
}
