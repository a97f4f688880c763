/** The whole app in a browser: where it stands, what its address means, and what it is made of. */

/**
 * Start the app in its page. The page says in JSON what it is made of; addresses in it are seen
 * from the app's folder.
 */
export default function start() {
  const said = document.getElementById('app')?.textContent ?? '{}';
  const { page, plotly, stlite, pyodide, ...options } = JSON.parse(said);
  const { pathname, search, hash, origin } = location;
  const folder = folderOf(pathname, page);
  const from = (/** @type {string} */ address) => new URL(address, origin + folder).href;
  const style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = from(`${stlite}stlite.css`);
  document.head.append(style);
  const archives = options.archives.map((/** @type {{url: string}} */ archive) => ({
    ...archive,
    url: from(archive.url),
  }));
  const run = async () => {
    await loaded(from(plotly)); // before the app's player asks for it
    const { mount } = await import(from(`${stlite}stlite.js`));
    // Streamlit takes the address at its start for that of the first page, and pages from there.
    history.replaceState(history.state, '', folder);
    const more = pyodide ? { pyodideUrl: from(pyodide) } : {};
    const place = /** @type {HTMLElement} */ (document.getElementById('root'));
    place.textContent = '';
    mount({ ...options, archives, ...more }, place);
    history.replaceState(history.state, '', folder + page + search + hash);
  };
  run().catch((error) => {
    const place = document.getElementById('root');
    if (place) place.textContent = `The app could not be started: ${error.message}`;
  });
}

/**
 * Return the path of the app's folder, with a slash at its end, from that of one of its pages:
 * hosts serve `lessons/index.html` under `lessons`, `lessons/` and its own name.
 * @param {string} path
 * @param {string} page empty for the first page
 */
export function folderOf(path, page) {
  const bare = path.replace(/index\.html$/, '').replace(/\/+$/, '');
  return page ? bare.slice(0, bare.lastIndexOf('/') + 1) : `${bare}/`;
}

/**
 * Run a classic script, and return when it has run.
 * @param {string} address
 * @returns {Promise<unknown>}
 */
function loaded(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${address} did not come`));
    script.src = address;
    document.head.append(script);
  });
}
