/**
 * A page of the gallery: it hands the player what is to be played, and does for it and for the slider
 * what a server does in the app.
 */

import { ANSWER, HAND, QUESTION } from '../ui/player/events.js';
import { noteDone } from './progress.js';
import { followTheme, themeNow } from './themes.js';
import { closeUpsOf, inTheme, playerData, unpacked } from './unpacking.js';

/** So long after the pictures stand do the runs at all rates come, where no hand asks before. */
const PATIENCE = 1200;

const own = document.currentScript;
const { plotly = '', rates = '', near = '', lesson = '' } =
  own instanceof HTMLScriptElement ? own.dataset : {};

/** Where what is fetched later stands; empty where there is no such thing. */
const LATER = { rates, near };

/** @type {GalleryPage} */
const page = {
  sent: null, ground: '3d', asks: lesson !== '', rates: null, near: null, held: null,
  asked: new Set(), question: null,
};

/** Open the page. */
export default function start() {
  window.gdplay.take = (name, text) => {
    void unpacked(text).then((value) => {
      page[name] = value;
      answer(name);
    });
  };
  followTheme(show);
  void begin();
}

/** Unpack what the page was sent, and show it as soon as Plotly has come. */
async function begin() {
  const sent = /** @type {GallerySent} */ (await unpacked(partOf('#data').textContent ?? ''));
  Object.assign(page, { sent, ground: sent.light.ground, held: sent.rate?.value ?? null });
  document.addEventListener(QUESTION, (event) => {
    event.preventDefault();
    const { question } = event.detail;
    const name = 'windows' in question ? 'near' : 'rates';
    if ('windows' in question) page.question = question;
    if (page[name]) setTimeout(() => answer(name));
    else fetchLater(name);
  });
  for (const button of document.querySelectorAll('[data-choice]')) {
    button.addEventListener('click', () => choose(button));
  }
  drawRate();
  await loaded(plotly);
  offerGrounds();
  show();
  setTimeout(() => fetchLater('rates'), PATIENCE);
}

/**
 * Load a classic script.
 * @param {string} address
 */
function loaded(address) {
  return new Promise((done, failed) => {
    const script = document.createElement('script');
    Object.assign(script, { src: address, onload: done, onerror: failed });
    document.head.append(script);
  });
}

/** @param {string} selector */
function partOf(selector) {
  const part = document.querySelector(selector);
  if (!(part instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return part;
}

// ---------------------------------------------------------------- the pictures

/** Show the pictures as the page stands. */
function show() {
  if (!page.sent || !window.Plotly) return;
  window.gdplay.player({
    parentElement: partOf('main'),
    data: playerData(inTheme(page.sent, themeNow()), page, LATER.near !== ''),
    setStateValue: (name, value) => setTimeout(() => hear(name, value)),
    setTriggerValue: () => {},
  });
  for (const button of document.querySelectorAll('[data-ground]')) {
    const pressed = button instanceof HTMLElement && button.dataset.ground === page.ground;
    button.setAttribute('aria-pressed', String(pressed));
  }
}

/**
 * Hear what the player says of this browser: without scenes there is the map.
 * @param {string} name
 * @param {unknown} value
 */
function hear(name, value) {
  if (name === 'failed') console.warn('gdplay: this browser draws no charts', value);
  if (name !== 'flat') return;
  page.ground = 'map';
  partOf('.gd-ground').hidden = true;
  show();
}

/** Let the visitor choose between the scene and the map. */
function offerGrounds() {
  partOf('.gd-ground').hidden = false;
  for (const button of document.querySelectorAll('[data-ground]')) {
    if (!(button instanceof HTMLElement)) continue;
    button.addEventListener('click', () => {
      page.ground = button.dataset.ground === 'map' ? 'map' : '3d';
      show();
    });
  }
}

// ---------------------------------------------------------------- the slider

/** Draw the slider as it is held. */
function drawRate() {
  const data = page.sent?.rate;
  const place = document.querySelector('.gd-rate-place');
  if (!data || !(place instanceof HTMLElement)) return;
  window.gdplay.rate({
    parentElement: place,
    data: { ...data, value: page.held ?? data.value },
    setStateValue: (_name, value) => holdRate(Number(value)),
    setTriggerValue: () => {},
  });
}

/**
 * Hold a rate: the pictures follow, and the page says what its sentences are about.
 * @param {number} value
 */
function holdRate(value) {
  page.held = value;
  drawRate();
  moveHand();
  sayHeld();
}

/** Do what a hand does that drags the slider to where it stands. */
function moveHand() {
  const value = page.held ?? 0;
  for (const phase of /** @type {const} */ (['drag', 'release'])) {
    const detail = { control: page.sent?.rate?.name ?? '', phase, value };
    document.dispatchEvent(new CustomEvent(HAND, { detail }));
  }
}

// ---------------------------------------------------------------- what comes where it is asked for

/**
 * Fetch it, once.
 * @param {LaterName} name
 */
function fetchLater(name) {
  if (page.asked.has(name) || !LATER[name]) return;
  page.asked.add(name);
  loaded(LATER[name]).catch(() => page.asked.delete(name));
}

/**
 * Give the player what it asked for.
 * @param {LaterName} name
 */
function answer(name) {
  if (name === 'rates') giveRates();
  else giveCloseUps();
}

/** Give it the runs at all rates; a hand may have let go meanwhile. */
function giveRates() {
  const { rates: runs, sent, held } = page;
  if (!runs || !sent?.rate) return;
  tell({ player: 'rates', answer: { hash: 'rates', rates: runs } });
  if (held !== sent.rate.value) moveHand();
}

/** Give it every state near the clock that it holds. */
function giveCloseUps() {
  const { near: runs, question, sent } = page;
  if (!runs || !question || !sent) return;
  const { hash, windows } = question;
  const closeUps = closeUpsOf(runs, windows, sent.light.play.around);
  tell({ player: 'near', answer: { hash, closeUps } });
}

/** @param {WireData} detail */
function tell(detail) {
  document.dispatchEvent(new CustomEvent(ANSWER, { detail }));
}

/** Say which rate is shown where the sentences are about another, and let the app open at it. */
function sayHeld() {
  const data = page.sent?.rate;
  const { held } = page;
  if (!data || held === null) return;
  const stale = held !== data.value;
  for (const note of document.querySelectorAll('.gd-stale')) {
    if (!(note instanceof HTMLElement)) continue;
    note.hidden = !stale;
    note.replaceChildren(`The pictures show a rate of ${held}; what is said here is of ${data.value}. `);
    const back = Object.assign(document.createElement('button'), {
      type: 'button', textContent: `Back to ${data.value}`, onclick: () => holdRate(data.value),
    });
    note.append(back);
  }
  for (const link of document.querySelectorAll('a[data-with-rate]')) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    link.dataset.first ??= link.href;
    const template = link.dataset.withRate ?? '';
    link.href = stale ? template.replace(/\{rate\}/g, String(held)) : link.dataset.first;
  }
}

// ---------------------------------------------------------------- a lesson

/**
 * Answer the question: say what is to be said of the choice, and uncover the pictures.
 * @param {Element} button
 */
function choose(button) {
  if (!(button instanceof HTMLElement) || !page.asks) return;
  page.asks = false;
  document.body.classList.remove('gd-asks');
  partOf('.gd-choices').hidden = true;
  partOf(`[data-answer="${button.dataset.choice}"]`).hidden = false;
  partOf('.gd-watch').hidden = false;
  partOf('.gd-why').hidden = false;
  noteDone(lesson);
  show();
}
