/** Which keys are meant for something else on the page. */

/** What takes keys of its own; buttons take the space bar alone. */
const TAKES_KEYS =
  'input, textarea, select, [contenteditable=true], [role=slider], [role=dialog], ' +
  '[role=listbox], [role=menu], [role=radio], [role=tab], [role=combobox]';
const TAKES_SPACE = `${TAKES_KEYS}, button, a, summary`;

/**
 * Whether a key belongs to what has the focus.
 * @param {EventTarget | null} target
 * @param {string} code
 */
export function isBusy(target, code) {
  if (!(target instanceof Element)) return false;
  return target.closest(code === 'Space' ? TAKES_SPACE : TAKES_KEYS) !== null;
}
