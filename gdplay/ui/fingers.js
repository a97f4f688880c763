/**
 * What Streamlit's page leaves to wish under fingers: flat charts take every touch for a drag, so that
 * nobody scrolls past them, and the menu of pages stays open over the page that was chosen from it
 * wherever the browser does not call itself a phone's.
 */

/** What hears drags in Streamlit's own flat charts: a scene's canvas is none of it. */
const CHART = '[data-testid="stPlotlyChart"] .draglayer';
const PAGE = '[data-testid="stSidebarNavLink"]';

/** Listen for as long as the page stands. */
export default function fingers() {
  const ended = new AbortController();
  const { signal } = ended;
  // A tap comes as a mouse's press, too, which Plotly hears.
  document.addEventListener('touchstart', keepFromCharts, { capture: true, passive: true, signal });
  document.addEventListener('click', closeMenu, { signal });
  return () => ended.abort();
}

/** @param {TouchEvent} event */
function keepFromCharts(event) {
  if (isIn(event.target, CHART)) event.stopPropagation();
}

/**
 * Press beside the menu, which closes it where it lies over the page.
 * @param {MouseEvent} event
 */
function closeMenu({ target }) {
  if (!isIn(target, PAGE)) return;
  const app = document.querySelector('[data-testid="stApp"]');
  app?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
}

/**
 * Whether something on the page stands in what a selector names.
 * @param {EventTarget | null} target
 * @param {string} selector
 */
function isIn(target, selector) {
  return target instanceof Element && target.closest(selector) !== null;
}
