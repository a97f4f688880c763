/** The lines of a panel's figure, read: the runs by the names of their traces. */

import { numbers } from './clock.js';
import { refine } from './closeup.js';

/**
 * Return the line of each run in a panel's figure, by label, with what close-ups show of it.
 * @param {State} state
 * @param {Panel} panel
 */
export function linesOf({ data, clock, closeUps, preview }, panel) {
  if (preview.shown) return preview.shown.lines[panel.name];
  const picture = data.panels[panel.name];
  const key = `${picture?.hash} ${closeUps.taken}`;
  if (panel.lines?.key !== key) {
    const byLabel = readLines(picture?.spec.data ?? []);
    for (const track of clock.tracks) {
      const line = byLabel.get(track.label);
      if (line) refine(panel.name, track, line);
    }
    panel.lines = { key, byLabel };
  }
  return panel.lines.byLabel;
}

/**
 * Return traces that are drawn as lines or points, by name, with their numbers.
 *
 * What stands beside another of its name is no run's own line.
 * @param {Trace[]} traces
 */
export function readLines(traces) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (const trace of traces) {
    const { type, name, line, meta } = trace;
    const own = line?.width !== 0 && meta !== 'beside';
    if (type.startsWith('scatter') && name && own) lines.set(name, readLine(trace));
  }
  return lines;
}

/** What figures/paths.py calls the places that it marks. */
const PLACES = new Set(['start', 'minimum']);

/**
 * Return the start and the minimum as a panel's traces mark them, several where there are several.
 * @param {Trace[]} traces
 * @returns {Place[]}
 */
export function placesIn(traces) {
  return traces.flatMap(({ name = '', mode = '', x, y, z, text, textposition, textfont }) => {
    if (!PLACES.has(name) || !mode.startsWith('markers')) return [];
    const [[across], [up], [high = 0]] = [numbers(x), numbers(y), numbers(z)];
    const place = { name, at: /** @type {Point} */ ([across, up, high]) };
    if (!mode.endsWith('text') || !text || !textposition || !textfont) return [place];
    return [{ ...place, called: { text: text[0], side: textposition, size: textfont.size } }];
  });
}

/**
 * Return one trace's numbers; a map tells updates and losses side by side, a scene its lift.
 * @param {Trace} trace
 * @returns {Line}
 */
function readLine({ x, y, z, customdata, meta }) {
  const rows = numbers(customdata);
  const shape = customdata && 'shape' in customdata ? customdata.shape : undefined;
  const columns = Number(shape?.split(',')[1] ?? 1);
  const updates = rows.filter((_, i) => i % columns === 0);
  return { x: numbers(x), y: numbers(y), z: numbers(z), updates, lift: Number(meta ?? 0) };
}

/**
 * Return all lines of a run that stand in the curves, as they are drawn there.
 * @param {Trace[]} traces
 * @param {Run} run
 * @param {Record<string, number[]>} dashes
 * @returns {Stroke[]}
 */
export function strokesOf(traces, { label, color }, dashes) {
  return traces.flatMap(({ name, mode, line, opacity = 1, x, y }) => {
    if (name !== label || mode !== 'lines' || !line?.width) return [];
    const look = { dash: dashes[line.dash ?? 'solid'], width: line.width, opacity };
    return [{ x: numbers(x), y: numbers(y), color, look }];
  });
}

/**
 * Whether a point of a path is a state, not one on the way to the next.
 * @param {Line} line
 * @param {number} i
 */
export function isState({ updates }, i) {
  return Number.isInteger(updates[i]) && updates[i] !== updates[i + 1];
}
