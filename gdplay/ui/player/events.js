/**
 * Events on the document, between a player and what is apart from it: its wire, so that nothing else
 * on the page is made again when the server answers, and the sliders of rates.
 */

/** A player's question. A wire that takes it to the server prevents its default. */
export const QUESTION = 'gdplay:question';

/** What the server has answered so far. */
export const ANSWER = 'gdplay:answer';

/** What a hand does with a rate: comes near, drags, lets go; or that its slider has come. */
export const HAND = 'gdplay:hand';

/** Which of the runs that are shown are lost: at the value under a hand while there is one. */
export const RUNS_LOST = 'gdplay:lost';
