/**
 * Events on the document, between a player and its wire: a component of its own, so that nothing
 * else on the page is made again when the server answers.
 */

/** A player's question. A wire that takes it to the server prevents its default. */
export const QUESTION = 'gdplay:question';

/** What the server has answered so far. */
export const ANSWER = 'gdplay:answer';
