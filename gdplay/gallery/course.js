/** The first page: which lessons are done, the theme, and what the next page will need. */

import { lessonsDone } from './progress.js';
import { followTheme } from './themes.js';

const own = document.currentScript;
const later = own instanceof HTMLScriptElement ? (own.dataset.later ?? '') : '';

followTheme(() => {});
showProgress();
// Whoever moves towards a page will want Plotly, which is most of it.
for (const type of ['pointerover', 'focusin', 'touchstart']) {
  document.querySelector('main')?.addEventListener(type, fetchLater, { passive: true });
}
// Back shows the page as it was left.
window.addEventListener('pageshow', showProgress);

/** @param {Event} event */
function fetchLater({ target }) {
  if (!(target instanceof Element) || !target.closest('main a')) return;
  if (document.querySelector('link[rel=prefetch]')) return;
  const link = Object.assign(document.createElement('link'), { rel: 'prefetch', href: later });
  document.head.append(link);
}

/** Tick the lessons that are done, and lead to the first that is not. */
function showProgress() {
  const links = [...document.querySelectorAll('a[data-lesson]')].filter(isLink);
  const done = lessonsDone();
  for (const link of links) link.toggleAttribute('data-done', done.has(nameOf(link)));
  const count = links.filter((link) => link.hasAttribute('data-done')).length;
  const told = document.querySelector('.gd-done');
  if (!(told instanceof HTMLElement)) return;
  told.hidden = count === 0;
  told.textContent = `${count} of ${links.length} done, as this browser remembers.`;
  const next = links.findIndex((link) => !link.hasAttribute('data-done'));
  const go = document.querySelector('a[data-go]');
  if (!(go instanceof HTMLAnchorElement) || count === 0 || next < 0) return;
  go.href = links[next].getAttribute('href') ?? '';
  go.textContent = `Go on with lesson ${next + 1}`;
}

/**
 * @param {Element} element
 * @returns {element is HTMLAnchorElement}
 */
function isLink(element) {
  return element instanceof HTMLAnchorElement;
}

/** @param {HTMLAnchorElement} link */
function nameOf(link) {
  return link.dataset.lesson ?? '';
}
