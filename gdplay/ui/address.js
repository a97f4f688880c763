/**
 * An address in place of the one that a page was opened under, with no entry of its own.
 *
 * Streamlit tells the browser of a page and of its query apart, and each makes an entry in the
 * history. So a page is opened first, and what its address is to say is put in its place here.
 */

/** What Streamlit itself reads in an address, and keeps. */
const EMBED = /^embed(_options)?$/i;

/** @param {Component<AddressData>} component */
export default function address({ data }) {
  const { page, others, instead, query } = data;
  const last = location.pathname.split('/').pop() ?? '';
  const here = page ? last === page : !others.includes(last);
  // Whoever has gone on meanwhile has another address, which stays.
  if (!here || !instead.map(ours).includes(ours(location.search))) return;
  const all = [query, embed(location.search)].filter(Boolean).join('&');
  history.replaceState(history.state, '', location.pathname + (all && `?${all}`) + location.hash);
}

/**
 * Return a query as browsers write it, without what is Streamlit's own.
 * @param {string} search
 */
function ours(search) {
  return select(search, (name) => !EMBED.test(name));
}

/** @param {string} search */
function embed(search) {
  return select(search, (name) => EMBED.test(name));
}

/**
 * @param {string} search
 * @param {(name: string) => boolean} takes
 */
function select(search, takes) {
  const pairs = [...new URLSearchParams(search)].filter(([name]) => takes(name));
  return new URLSearchParams(pairs).toString();
}
