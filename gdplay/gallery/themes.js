/** Light or dark: as the system has it, or as the visitor chose, who is asked once. */

const CHOSEN = 'gdplay.theme';

/** @returns {'light' | 'dark'} */
export function themeNow() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/**
 * Let the button on top turn the theme; tell whenever it has changed.
 * @param {() => void} told
 */
export function followTheme(told) {
  document.querySelector('.gd-theme')?.addEventListener('click', () => {
    const theme = themeNow() === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    remember(CHOSEN, theme);
    told();
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', told);
}

/**
 * Keep a text in this browser, where it lets us.
 * @param {string} key
 * @param {string} text
 */
export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // A browser may refuse: the page works all the same, and forgets.
  }
}

/**
 * Return a text that was kept, '' where there is none.
 * @param {string} key
 */
export function remembered(key) {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
