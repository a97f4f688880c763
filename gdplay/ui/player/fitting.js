/**
 * How far away and how high a scene is looked at from, so that it and what is written along its axes
 * fill a panel and none is cut off.
 */

import { roomOf } from './lettering.js';

/** Plotly's cameras see 45 degrees from top to bottom: half of it, as a tangent. */
const HALF_VIEW = Math.tan(Math.PI / 8);
/** So many pixels are kept free around them. */
const RIM = 3;
/** Distances that are tried, nearest first, as shares of the one that is given; else the last. */
const DISTANCES = Array.from({ length: 66 }, (_, k) => 0.7 + 0.02 * k);
const FAR = 2;
/** So often is a scene moved up or down until as much of it stands above the middle as below. */
const TURNS = 4;
/** Of a box's height a surface fills about so much where it stands highest on the screen. */
const TOP = 0.8;
/** @type {Point[]} */
const BOX_CORNERS = [-1, 1].flatMap((x) =>
  [-1, 1].flatMap((y) => [-1, TOP].map((z) => /** @type {Point} */ ([x, y, z]))),
);

/**
 * Return a camera that looks the same way, from as near as a panel lets it.
 * @param {SceneView} camera
 * @param {Eye} aspect width, depth and height of the scene's box
 * @param {number} width of the panel, in pixels
 * @param {number} height
 * @param {Pick<Lettering, 'axes' | 'measure'>} writing
 * @returns {SceneView}
 */
export function fitted(camera, aspect, width, height, writing) {
  for (const share of DISTANCES) {
    const view = middled(camera, share, aspect, height, writing);
    if (isWhole(view, aspect, width, height, writing)) return view;
  }
  return middled(camera, FAR, aspect, height, writing);
}

/**
 * Return on which side of a scene's box the viewer stands.
 * @param {Eye} eye
 * @returns {[number, number]}
 */
function nearOf({ x, y }) {
  return [Math.sign(x) || 1, Math.sign(y) || 1];
}

/**
 * Return a camera at a share of its distance, raised or lowered to have the scene in the middle.
 * @param {SceneView} camera
 * @param {number} share
 * @param {Eye} aspect
 * @param {number} height
 * @param {Pick<Lettering, 'axes' | 'measure'>} writing
 */
function middled({ eye, center }, share, aspect, height, writing) {
  let view = { eye: { x: share * eye.x, y: share * eye.y, z: share * eye.z }, center };
  for (let turn = 0; turn < TURNS; turn += 1) {
    const [, top, , bottom] = edgesAround(view, aspect, height, writing);
    // A pixel at the scene's middle, in its own units.
    const unit = (2 * HALF_VIEW * Math.hypot(view.eye.x, view.eye.y, view.eye.z)) / height;
    const up = (-unit * (top + bottom)) / 2;
    view = { eye: raised(view.eye, up), center: raised(view.center, up) };
  }
  return view;
}

/** @param {Eye} place @param {number} up */
function raised({ x, y, z }, up) {
  return { x, y, z: z + up };
}

/**
 * Whether a scene and its titles stand within a panel.
 * @param {SceneView} view
 * @param {Eye} aspect
 * @param {number} width
 * @param {number} height
 * @param {Pick<Lettering, 'axes' | 'measure'>} writing
 */
function isWhole(view, aspect, width, height, writing) {
  const [left, top, right, bottom] = edgesAround(view, aspect, height, writing);
  const [across, down] = [width / 2 - RIM, height / 2 - RIM];
  return left > -across && right < across && top > -down && bottom < down;
}

/**
 * Return how far a scene and its titles reach from a panel's middle: left, top, right, bottom.
 * @param {SceneView} view
 * @param {Eye} aspect
 * @param {number} height
 * @param {Pick<Lettering, 'axes' | 'measure'>} writing
 */
function edgesAround(view, aspect, height, writing) {
  /** @param {Point} corner */
  const place = ([x, y, z]) =>
    pixelOf(view, [(x * aspect.x) / 2, (y * aspect.y) / 2, (z * aspect.z) / 2], height);
  const near = nearOf(view.eye);
  const boxes = roomOf({ place, near, ...writing }).flatMap(({ x, y, width: wide, height: high }) => [
    [x - wide / 2, y - high / 2],
    [x + wide / 2, y + high / 2],
  ]);
  const points = [...BOX_CORNERS.map(place), ...boxes];
  const [across, down] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
}

/**
 * Return where a point of a scene stands on the screen, in pixels right and down of its middle.
 * @param {SceneView} view
 * @param {number[]} point
 * @param {number} height
 * @returns {Pixel}
 */
function pixelOf({ eye, center }, point, height) {
  const ahead = scaled([center.x - eye.x, center.y - eye.y, center.z - eye.z]);
  const right = scaled([ahead[1], -ahead[0], 0]);
  const up = [
    right[1] * ahead[2],
    -right[0] * ahead[2],
    right[0] * ahead[1] - right[1] * ahead[0],
  ];
  const away = [point[0] - eye.x, point[1] - eye.y, point[2] - eye.z];
  const pixels = height / 2 / HALF_VIEW / inner(away, ahead);
  return [pixels * inner(away, right), -pixels * inner(away, up)];
}

/** @param {number[]} a @param {number[]} b */
function inner(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** @param {number[]} way */
function scaled(way) {
  const length = Math.hypot(...way);
  return way.map((part) => part / length);
}
