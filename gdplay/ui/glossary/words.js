/** Which word of a glossary stands in a text. */

/**
 * Return the first word of a glossary in a text, in any case and number, the longest where several
 * begin at one place; '' where none does.
 * @param {string} text
 * @param {Record<string, string>} words by their lower case
 */
export function wordIn(text, words) {
  const longestFirst = Object.keys(words).sort((a, b) => b.length - a.length);
  const any = longestFirst.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const found = new RegExp(`(?<![\\p{L}\\d/-])(${any})s?(?![\\p{L}\\d/-])`, 'iu').exec(text);
  return found ? found[1].toLowerCase() : '';
}
