/**
 * What a visitor reads when a file did not arrive.
 *
 * Streamlit writes there what its HTTP client says. Behind several servers a file may come to one
 * that does not know the page (400), and a server that holds enough takes none (413).
 */

/** Watch all places for files. */
export default function uploads() {
  const watcher = new MutationObserver(tell);
  watcher.observe(document.body, { childList: true, characterData: true, subtree: true });
  tell();
  return () => watcher.disconnect();
}

/** Write a sentence in place of each refusal that is on the page. */
function tell() {
  for (const box of document.querySelectorAll('[data-testid="stFileUploader"]')) {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const said = texts.currentNode.nodeValue ?? '';
      const sentence = arrived(said) || fitting(said, box.querySelector('input')?.accept ?? '');
      if (sentence) texts.currentNode.nodeValue = sentence;
    }
  }
}

const REASONS = /** @type {Record<string, string>} */ ({
  400: 'another server than this page’s took it. Choose it again',
  413: 'the server holds no more files now. Remove one or come back later',
});

/**
 * Return a sentence on which files are read where Streamlit says which are not; '' for other texts.
 * @param {string} said
 * @param {string} accept  the endings of names, as the input's attribute has them
 */
export function fitting(said, accept) {
  if (!/ files are not allowed\.?$/.test(said)) return '';
  const endings = accept.match(/\.\w+/g) ?? [];
  const kinds = endings.map((ending) => ending.slice(1).toUpperCase());
  return `Only these files are read: ${kinds.join(', ')}.`;
}

/**
 * Return a sentence for what an HTTP client says of an upload; '' for any other text.
 * @param {string} said
 */
export function arrived(said) {
  const error = /AxiosError: (?:.*status code (\d+))?/.exec(said);
  if (!error) return '';
  const reason = REASONS[error[1]] ?? 'the connection broke. Choose it again';
  return `The file did not arrive: ${reason}; rows can be pasted, too.`;
}
