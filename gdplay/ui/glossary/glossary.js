/**
 * What a word means stands beside it while a pointer, a finger or the focus is on it: what the label
 * says of itself, else what the glossary says.
 */

import { wordIn } from './words.js';

/** Where words are told: short labels of ours, of charts and of switches, and heads of tables. */
const LABELS =
  '[data-meaning], .gd-time, .gd-rate-says, .xtitle, .ytitle, .gd-table th, ' +
  '[data-testid="stPopoverButton"], ' +
  '[data-testid^="stBaseButton-segmented_control"]';
/** A pointer rests for so many milliseconds before it is told. */
const REST = 350;
/** Pixels between a word and its meaning, and from the page's edge. */
const GAP = 8;

/**
 * Listen on the whole page until the component goes away.
 * @param {Component<{ words: Record<string, string> }>} component
 * @returns {CleanUp}
 */
export default function glossary({ data: { words } }) {
  const ended = new AbortController();
  const options = { signal: ended.signal, passive: true };
  const bubble = newBubble();
  let rest = 0;
  /** @param {Event} event */
  const tell = ({ target }) => {
    const label = target instanceof Element ? target.closest(LABELS) : null;
    const meaning = label ? meaningOf(label, words) : '';
    if (label && meaning) show(bubble, label, meaning);
    else hide();
  };
  const hide = () => {
    clearTimeout(rest);
    bubble.hidden = true;
  };
  document.addEventListener(
    'pointerover',
    (event) => {
      hide();
      if (event.pointerType === 'mouse') rest = window.setTimeout(tell, REST, event);
    },
    options,
  );
  document.addEventListener('click', (event) => isTouch(event) && !opens(event) && tell(event), options);
  document.addEventListener('focusin', (event) => isSeen(event) && tell(event), options);
  for (const end of ['focusout', 'keydown', 'wheel', 'touchmove', 'pointerdown']) {
    document.addEventListener(end, hide, options);
  }
  ended.signal.addEventListener('abort', () => {
    hide();
    bubble.remove();
  });
  return () => ended.abort();
}

/** @param {Element} label @param {Record<string, string>} words */
function meaningOf(label, words) {
  return label.getAttribute('data-meaning') || (words[wordIn(label.textContent ?? '', words)] ?? '');
}

/** @param {Event} event */
const isTouch = (event) => event instanceof PointerEvent && event.pointerType === 'touch';

/** Whether a tap opens a menu, which would stand over what is told.
 * @param {Event} event */
const opens = ({ target }) =>
  target instanceof Element && target.closest('[data-testid="stPopoverButton"]') !== null;

/** @param {Event} event */
const isSeen = ({ target }) => target instanceof Element && target.matches(':focus-visible');

/** Return the element that meanings stand in. */
function newBubble() {
  const bubble = Object.assign(document.createElement('div'), { className: 'gd-meaning' });
  bubble.setAttribute('role', 'tooltip');
  bubble.hidden = true;
  document.body.append(bubble);
  return bubble;
}

/**
 * Show a meaning over a label, or under it where there is no room.
 * @param {HTMLElement} bubble
 * @param {Element} label
 * @param {string} meaning
 */
function show(bubble, label, meaning) {
  const page = getComputedStyle(document.querySelector('[data-testid="stApp"]') ?? document.body);
  bubble.textContent = meaning;
  bubble.hidden = false;
  Object.assign(bubble.style, { background: page.color, color: page.backgroundColor });
  const [at, own] = [label.getBoundingClientRect(), bubble.getBoundingClientRect()];
  const most = Math.max(GAP, window.innerWidth - own.width - GAP);
  const left = Math.min(Math.max(GAP, at.left + (at.width - own.width) / 2), most);
  const over = at.top - own.height - GAP;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${over < GAP ? at.bottom + GAP : over}px`;
}
