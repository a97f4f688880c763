/**
 * The surface comes along: while a hand drags a slider from which it is not seen, its panel stands on
 * the screen beside that hand. Its place in the page is kept; only how it is painted changes.
 */

import { HAND } from './events.js';

/** A panel is in view when so much of it is. */
const MOSTLY = 0.6;
/** Milliseconds that it stays once the picture stands that the hand left, and that it takes to fade. */
const REMAINS = 1000;
const FADES = 200;
/** Pixels around it, and the least share of its size that it may be shown at. */
const APART = 8;
const LEAST = 0.5;

/** What bounds the part of the screen that scrolls: a bar that stands on it. */
const HEADER = '[data-testid="stHeader"]';

/** @typedef {{ top: number, bottom: number }} Band */

/**
 * Let the surface's panel come along with hands, until the player ends.
 * @param {State} state
 */
export function comeAlong(state) {
  const { ended, preview, panels } = state;
  const { signal } = ended;
  const { element } = panels.surface;
  /** @type {Stand | null} */
  let stand = null;
  const goBack = () => {
    stand = null;
    element.style.transform = '';
    delete element.dataset.along;
  };
  /** @param {number} now */
  const frame = (now) => {
    if (!stand) return;
    if (preview.hand) stand.rested = now;
    const over = now - stand.rested - REMAINS;
    const isBack = isSeen(placeInPage(element, stand), screenRoom());
    if (over > FADES || isBack || signal.aborted) {
      goBack();
      return;
    }
    element.dataset.along = over > 0 ? 'leaves' : '';
    keepStanding(element, stand);
    requestAnimationFrame(frame);
  };
  /** @param {Hand} hand */
  const onHand = ({ phase, held }) => {
    if (phase !== 'drag' || stand || !held || !preview.shown || element.hidden) return;
    const [box, room] = [element.getBoundingClientRect(), screenRoom()];
    if (isSeen(box, room)) return;
    stand = { ...standBeside(held.getBoundingClientRect(), box.height, room), shift: 0, rested: 0 };
    frame(performance.now());
  };
  document.addEventListener(HAND, ({ detail }) => onHand(detail), { signal });
  signal.addEventListener('abort', goBack);
}

/**
 * Return the part of the screen that the bar leaves.
 * @returns {Band}
 */
function screenRoom() {
  const { bottom = 0 } = document.querySelector(HEADER)?.getBoundingClientRect() ?? {};
  return { top: bottom, bottom: window.innerHeight };
}

/**
 * Whether most of what stands in the page is seen.
 * @param {Band} box
 * @param {Band} room
 */
function isSeen(box, room) {
  const seen = Math.min(box.bottom, room.bottom) - Math.max(box.top, room.top);
  return seen >= MOSTLY * (box.bottom - box.top);
}

/**
 * Return where a panel stands beside what is held, and its size: on the side that has more room,
 * smaller where that is too little.
 * @param {Band} held
 * @param {number} height
 * @param {Band} room
 */
export function standBeside(held, height, room) {
  const [above, below] = [held.top - room.top, room.bottom - held.bottom];
  const scale = Math.min(1, Math.max(LEAST, (Math.max(above, below) - 2 * APART) / height));
  return { top: above >= below ? room.top + APART : room.bottom - APART - scale * height, scale };
}

/**
 * Return where a panel would stand in the page.
 * @param {HTMLElement} element
 * @param {Stand} stand
 * @returns {Band}
 */
function placeInPage(element, { shift }) {
  const top = element.getBoundingClientRect().top - shift;
  return { top, bottom: top + element.offsetHeight };
}

/**
 * Let a panel stand at its place on the screen, wherever the page has scrolled to.
 * @param {HTMLElement} element
 * @param {Stand} stand
 */
function keepStanding(element, stand) {
  const shift = stand.top - placeInPage(element, stand).top;
  if (shift === stand.shift) return;
  stand.shift = shift;
  element.style.transform = `translateY(${shift}px) scale(${stand.scale})`;
}
