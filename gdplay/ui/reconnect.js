/**
 * A rerun after a lost connection.
 *
 * Streamlit's page connects again by itself, but asks for nothing: a server that has started anew,
 * or another replica, knows none of its controls, and the first click would be lost.
 */

const STATE = 'data-test-connection-state';

/** @param {Component<null>} component */
export default function reconnect({ setTriggerValue }) {
  const app = document.querySelector(`[${STATE}]`);
  if (!app) return undefined;
  let lost = false;
  const watcher = new MutationObserver(() => {
    const connected = app.getAttribute(STATE) === 'CONNECTED';
    if (connected && lost) setTriggerValue('back', true);
    lost = !connected;
  });
  watcher.observe(app, { attributes: true, attributeFilter: [STATE] });
  return () => watcher.disconnect();
}
