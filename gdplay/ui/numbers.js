/** Numbers as people read them, as words.py writes them. */

/** Between thousands: a narrow space that never breaks. */
const SPACE = '\u202f';

/**
 * What writes numbers with so many decimals, each made once: making one takes a while.
 * @type {Map<number, Intl.NumberFormat>}
 */
const formats = new Map();

/**
 * Return a number with so many decimals and gaps between thousands.
 * @param {number} value
 */
export function quantity(value, digits = 0) {
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = formats.get(digits) ?? new Intl.NumberFormat('en', decimals);
  formats.set(digits, format);
  return format.format(value).replaceAll(',', SPACE);
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/**
 * Return a number with so many significant figures, with a power of ten where it is very large or
 * small: −0.0123, 2.7 × 10⁻⁵.
 * @param {number} value
 * @returns {string}
 */
export function number(value, digits = 3) {
  if (value < 0) return `−${number(-value, digits)}`;
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(digits));
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(rounded);
  const [factor, power] = rounded.toExponential().split('e');
  const raised = [...power.replace('+', '')].map((c) => (c === '-' ? '⁻' : RAISED[Number(c)]));
  return `${factor} × 10${raised.join('')}`;
}

/**
 * Return a time as of a longest one, with three significant figures of that, and the unit of both.
 * @param {number} seconds
 * @param {number} longest
 */
export function duration(seconds, longest) {
  const [factor, unit] = longest < 1 ? [1000, 'ms'] : [1, 's'];
  const whole = Math.floor(Math.log10(factor * longest || 1)) + 1;
  const digits = Math.min(6, Math.max(0, 3 - whole));
  return { text: quantity(factor * seconds, digits), unit };
}

/**
 * Return the place of the option nearest to a value: by its logarithm, where all have one.
 * @param {number[]} options ascending
 * @param {number} value
 */
export function nearest(options, value) {
  const scale = options[0] > 0 ? Math.log : Number;
  /** @param {number} other */
  const apart = (other) => Math.abs(scale(other) - scale(value));
  return options.reduce((best, other, i) => (apart(other) < apart(options[best]) ? i : best), 0);
}
