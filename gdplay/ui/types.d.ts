/** The shapes that our scripts hand about: read by `tsc`, never by a browser. */

// ---------------------------------------------------------------- numbers

/** A list of numbers or a typed array, as far as both are alike. */
interface Numbers extends ArrayLike<number>, Iterable<number> {
  slice(from?: number, to?: number): Numbers;
  filter(holds: (value: number, index: number) => boolean): Numbers;
  findIndex(holds: (value: number) => boolean): number;
}

/** Numbers as Plotly's figures hold them: bytes in base64, and NumPy's name of their kind. */
interface Packed {
  dtype: string;
  bdata: string;
  /** "rows, columns", where there are two dimensions. */
  shape?: string;
}

/** Numbers as they come from Python. */
type Sent = Packed | Numbers | null | undefined;

type Point = [x: number, y: number, z: number];
type Pixel = [right: number, down: number];
type Interval = [from: number, to: number];
/** Indices [from, to). */
type Span = [from: number, to: number];

// ---------------------------------------------------------------- Streamlit

/** What Streamlit hands a component's script, on every rerun. */
interface Component<Data> {
  parentElement: HTMLElement;
  data: Data;
  setStateValue(name: string, value: unknown): void;
  setTriggerValue(name: string, value: unknown): void;
}

/** What Streamlit calls when a component goes away. */
type CleanUp = () => void;

// ---------------------------------------------------------------- from Python to the player

type PanelName = 'surface' | 'curves' | 'fit';

/** What comes with every change: `player()` in player/__init__.py writes it. */
interface PlayerData {
  /** Tells the player's script apart from others, and the script where this visit has none yet. */
  version: string;
  script: string | null;
  /** The file name of Streamlit's own bundle of plotly.js. */
  chunk: string | null;
  clickable: boolean;
  play: Play | null;
  /** The name by which the wire knows this player; null where no close-up can be had. */
  wire: string | null;
  /** Whether a held clock offers to look inside an update. */
  inside: boolean;
  /** Differs where what is shown was opened at an address, not made by hand from what was there. */
  opened?: number;
  /** What follows a hand that drags a slider; null where nothing does. */
  hand: HandData | null;
  panels: Partial<Record<PanelName, Picture>>;
}

/** One panel's figure; `hash` changes exactly when the picture does. */
interface Picture {
  spec: Figure;
  hash: string;
  label: string;
}

/** What the player plays: `playing()` in player/packing.py writes it. */
interface Play {
  hash: string;
  unit: Unit;
  kind: FitKind | '';
  /** The network that fits are the weights of; null where fits are of another kind. */
  net: Net | null;
  /** How its units stand in the large picture; null where that shows something else. */
  diagram: Diagram | null;
  /** The rows of predictions, one after the other; over a plane their places and class first. */
  rows: Sent;
  /** The place of the run whose decisions tint the regions. */
  focus: number | null;
  /** A close-up holds so many updates before and behind its middle. */
  around: number;
  tracks: SentTrack[];
  /** The run and the update to stand at. */
  position: [place: number, update: number] | null;
}

/** A network: how many inputs, units and outputs its layers have, and how its inputs are made. */
interface Net {
  sizes: number[];
  activation: 'tanh' | 'relu' | 'sigmoid' | 'linear';
  mean: number[];
  scale: number[];
  /** Of more raw columns than two: the plane's origin, and what a step along each axis changes. */
  plane?: [origin: number[], right: number[], up: number[]] | null;
}

/** How a network is drawn: `diagram` in figures/network.py writes it. */
interface Diagram {
  /** The place of the run whose network it is. */
  place: number;
  /** Half the side of a unit's square, and the squares' middles, layer after layer. */
  half: number;
  middles: Pixel[][];
  /** What a unit's square shows: a range of the first column, and of the second where there is one. */
  box: Interval[];
  /** Below zero, at zero, above zero. */
  colors: [below: string, none: string, above: string];
  /** How many rows and columns a first unit's weights stand in, where inputs share one square. */
  grid?: [rows: number, columns: number] | null;
}

type Unit = 'epochs' | 'updates' | 'examples' | 'seconds';
type FitKind = 'line' | 'regions' | 'predicted' | 'confusion';

/** What stays of a track, however it travels. */
interface Run {
  place: number;
  label: string;
  color: string;
  /** Its marker's lines, by their corners in radii right of and below its middle; a disc has none. */
  marker: Marker;
  /** Its dashes: pixels of line and gap in turn. */
  dash: number[];
  /** Updates in an epoch, and what an epoch, and an update inside one, put on the clock. */
  perEpoch: number;
  epoch: number;
  update: number;
  /** The update at which it was seen to be lost, or -1. */
  lost: number;
  /** The training loss at its end; null, or NaN under a hand, where it was lost. */
  loss: number | null;
  /** Whether it is another run once more, from a further start: it has no line of its own in lists. */
  beside: boolean;
  /** Of each fit: how many lists of how many numbers; null where it has none. */
  shape: [lists: number, size: number] | null;
}

type Marker = Pixel[][];

interface SentTrack extends Run {
  updates: Sent;
  fitted: Sent;
  fits: Sent;
  /** Where it is drawn at each of its first states, by what draws it; null where that is not told. */
  arrows: Partial<Record<Draw, Sent>> | null;
}

/** What draws a run: `Arrows` in figures/arrows.py says of each what it is. */
type Draw = 'downhill' | 'velocity' | 'step';

/** An arrow in pixels: where it begins, and where it leads. */
interface Arrow {
  name: Draw;
  at: Pixel;
  color: string;
  right: number;
  down: number;
}

/** A run, the updates it has made, where it is drawn, and how a small way from there is. */
interface Held {
  track: Pick<Track, 'arrows' | 'color'>;
  made: number;
  at: Pixel;
  toward: (way: Point) => Pixel;
}

/** States of a run: the `updates` after which they are known, and `fits` after those `fitted`. */
interface States {
  updates: Numbers;
  fitted: Numbers;
  fits: Numbers;
}

/** One run's states in time. */
interface Track extends Run, States {
  /** The last update. */
  last: number;
  /** As they came, with numbers: x and y in turn. */
  arrows: Partial<Record<Draw, Numbers>> | null;
  /** The states that came first, before any close-up. */
  thin: States;
  closeUp: CloseUp | null;
}

// ---------------------------------------------------------------- close-ups

/** Every state of a run for a while, as it comes; `close_up()` in player/packing.py writes it. */
interface SentCloseUp {
  place: number;
  window: number;
  updates: Sent;
  x: Sent;
  y: Sent;
  loss: Sent;
  value: Sent;
  fits: Sent;
}

/** The same with numbers; `value` and `fits` are empty where there are none. */
interface CloseUp {
  window: number;
  updates: Numbers;
  x: Numbers;
  y: Numbers;
  loss: Numbers;
  value: Numbers;
  fits: Numbers;
}

/** What a player asks: close-ups of [place, window] of what it plays. */
interface Question {
  hash: string;
  windows: [place: number, window: number][];
}

interface Answer {
  hash: string;
  closeUps: SentCloseUp[];
}

/** What wire.py hands its script: whose wire it is, and the newest answer. */
interface WireData {
  player: string;
  answer: Answer | RatesAnswer | StartsAnswer | null;
}

interface DocumentEventMap {
  'gdplay:question': CustomEvent<{ player: string; question: Question | RatesQuestion }>;
  'gdplay:answer': CustomEvent<WireData>;
  'gdplay:hand': CustomEvent<Hand>;
  'gdplay:lost': CustomEvent<RunEnd[]>;
}

// ---------------------------------------------------------------- sliders under a hand

/**
 * What a hand does with a slider, the element that is `held`, or with the start on a map, which stands
 * `at` a place there.
 */
interface Hand {
  control: string;
  phase: 'shown' | 'near' | 'away' | 'drag' | 'release' | 'gone';
  value: number;
  held?: HTMLElement;
  at?: Pixel;
}

/**
 * Where a panel stands on the screen, and its size there; how far that is below its place in the page,
 * and when a hand last moved it or what it shows was still to come.
 */
interface Stand {
  top: number;
  scale: number;
  shift: number;
  rested: number;
}

/** Whether a run that is shown is lost. */
interface RunEnd {
  place: number;
  label: string;
  lost: boolean;
}

/** What a player asks when a hand comes near a slider, by the hash that was offered for it. */
interface RatesQuestion {
  hash: string;
}

interface RatesAnswer {
  hash: string;
  rates: SentRates;
}

interface StartsAnswer {
  hash: string;
  starts: SentStarts;
}

/** Runs from every start on a map: `packed_starts()` in figures/start_tracks.py writes it. */
interface SentStarts extends CurveLooks {
  /** The middle of the map and half its sides: starts count from there in these. */
  middle: Pixel;
  half: Pixel;
  runs: SentStartRun[];
}

/** One run: of states and fits the coefficients of 1, u, v, one list after the other; of losses those
 * of 1, u, v, u², uv, v². */
interface SentStartRun {
  place: number;
  path: Sent;
  x: Sent;
  y: Sent;
  curves: { value: Sent; updates: Sent }[];
  fitted: Sent;
  fits: Sent;
  shape: [lists: number, size: number] | null;
  loss: number[];
}

interface Starts extends CurveLooks {
  middle: Pixel;
  half: Pixel;
  runs: StartRun[];
}

/** The same with numbers. */
interface StartRun {
  place: number;
  path: Numbers;
  x: Numbers;
  y: Numbers;
  curves: { value: Numbers; updates: Numbers }[];
  fitted: Numbers;
  fits: Numbers;
  shape: [lists: number, size: number] | null;
  loss: number[];
}

/** By slider: what can be asked for, and the value that the picture shows. */
interface HandData {
  wire: string;
  offers: Record<string, string>;
  values: Record<string, number>;
}

type CodeRange = [low: number, high: number, log: boolean];

/** Runs at every option of a slider: `packed_slider()` in figures/slider_packing.py writes it. */
interface SentRates extends CurveLooks {
  options: number[];
  /** Whether the clock ends where the runs do. */
  ends: boolean;
  ranges: Record<'x' | 'y' | 'z' | 'value', CodeRange>;
  runs: SentRateRun[];
  /** Lists of updates, one behind the other. */
  grids: { lengths: Sent; updates: Sent };
}

/** How each of a run's curves is drawn, and over how many epochs smoothed. */
interface CurveLooks {
  /** Null where a run's line looks as its track says. */
  looks: (Omit<Look, 'dash'> | null)[];
  /** Of what lies behind its own smoothed line. */
  raw: Omit<Look, 'dash'>;
  /** Pixels of line and gap in turn, by what figures call them. */
  dashes: Record<string, number[]>;
  smooth: number;
}

/** One run: option after option, its codes; which list its path, curves and fits go by; how it ended. */
interface SentRateRun {
  place: number;
  x: Sent;
  y: Sent;
  z: Sent;
  path: Sent;
  curves: { value: Sent; updates: Sent }[];
  fitted: Sent;
  fits: Sent;
  shape: [lists: number, size: number] | null;
  last: Sent;
  lost: Sent;
  loss: Sent;
}

interface Rates extends CurveLooks {
  options: number[];
  ends: boolean;
  runs: RateRun[];
}

/** The same with numbers, one list for each option. */
interface RateRun {
  place: number;
  x: Numbers[];
  y: Numbers[];
  z: Numbers[];
  path: Numbers[];
  curves: { value: Numbers[]; updates: Numbers[] }[];
  fitted: Numbers[];
  fits: Numbers[];
  shape: [lists: number, size: number] | null;
  last: Numbers;
  lost: Numbers;
  loss: Numbers;
}

/** All that is drawn at one option. */
interface RateSet {
  tracks: Track[];
  lines: Record<PanelName, Map<string, Line>>;
  strokes: Stroke[];
  /** Where the start is dragged to on a map. */
  start: Pixel | null;
}

/** How a line is drawn; its dashes are pixels of line and gap in turn. */
interface Look {
  dash: number[];
  width: number;
  opacity: number;
}

/** A line in the curves. */
interface Stroke {
  x: Numbers;
  y: Numbers;
  color: string;
  look: Look;
}

/** What a player knows of hands; `newPreview` in player/preview.js makes it. */
interface Preview {
  /** What came, and when what was asked for, by hash. */
  rates: Map<string, Rates | Starts>;
  asked: Map<string, number>;
  /** The sliders that a pointer or the keys are at. */
  near: Set<string>;
  /** What the last hand that dragged did last; null once the picture stands. */
  hand: Hand | null;
  /** For how many frames it has not moved. */
  still: number;
  /** What is shown in place of the clock's own tracks, and what was drawn last. */
  shown: RateSet | null;
  drawn: RateSet | null;
  /** Whether the picture that the hand asked for has come. */
  answered: boolean;
  own: Track[];
  /** What the curves run along, as it was before a hand stretched it. */
  range: Interval | null;
  /** What was made for some picture, by the place of the option. */
  sets: Map<number, RateSet>;
  about: string;
  /** The lines in that picture's figures. */
  standing: Record<PanelName, Map<string, Line>>;
}

/** What a player knows of its close-ups: how many it took in, and its last question. */
interface CloseUps {
  taken: number;
  question: string;
  at: number;
  tries: number;
  open: boolean;
}

// ---------------------------------------------------------------- the player

/** What lasts while a player stands; `newState` in player/state.js makes it. */
interface State {
  root: HTMLElement;
  component: Component<PlayerData>;
  data: PlayerData;
  panels: Record<PanelName, Panel>;
  transport: Transport;
  style: HTMLStyleElement;
  clock: Clock;
  closeUps: CloseUps;
  preview: Preview;
  theme: Theme;
  /** How often Streamlit has called, how often charts were drawn, how often a plane was clicked. */
  calls: number;
  draws: number;
  clicks: number;
  /** Whether charts are being drawn, and whether frames follow the clock. */
  drawing: boolean;
  following: boolean;
  /** Whether a scene's camera could not be read, so that Plotly moves the paths. */
  reduced: boolean;
  /** Show the clock's time, frame after frame, until it rests. */
  keepUp: () => void;
  /** Ends every listener and observer at once. */
  ended: AbortController;
}

/** One chart and what lies over and under it. */
interface Panel {
  name: PanelName;
  element: HTMLElement;
  plot: Plot;
  /** What tells apart the figure and the theme on the screen, '' before the first. */
  picture: string;
  /** Whether it shows a three-dimensional scene, and at which size. */
  solid: boolean;
  size: string;
  /** Why what moves has stepped back: time is held, or a hand drags a rate. */
  faded: '' | 'held' | 'drag';
  over: HTMLCanvasElement | null;
  under: HTMLCanvasElement | null;
  /** What the arrows over it mean, while there are any. */
  key: HTMLElement | null;
  lines: Kept<Line> | null;
  projections: Projections | null;
  /** What is written in its scene, and what tells that apart. */
  words: SVGElement | null;
  written: string;
  /** Whether Plotly moves its paths, and whether the clock has moved on since. */
  moving: boolean;
  behind: boolean;
}

type Layer = 'over' | 'under';

/** Something of each run, by label, for as long as `key` stays the same. */
interface Kept<Value> {
  key: string;
  byLabel: Map<string, Value>;
}

/** Paths on the screen as long as `key` stays the same, by the lines they were made of. */
interface Projections {
  key: string;
  ground: Ground;
  byLines: WeakMap<Map<string, Line>, Map<string, Projection>>;
}

/** The transport's parts, and which runs it lists. */
interface Transport {
  bar: HTMLElement;
  now: HTMLElement;
  slider: HTMLInputElement;
  output: HTMLOutputElement;
  toggle: HTMLButtonElement;
  inside: HTMLButtonElement;
  runs: string;
}

/** Time, as something one holds: `newClock` in player/clock.js makes it. */
interface Clock {
  /** What is played, and where the page last asked to stand. */
  hash: string;
  position: string;
  tracks: Track[];
  rows: Numbers;
  unit: Unit;
  around: number;
  end: number;
  /** Null at rest: all runs stand drawn to their ends, as on arrival. */
  time: number | null;
  playing: boolean;
  dragged: boolean;
  speed: number;
  /** Seconds since the last jump of reduced motion. */
  waited: number;
  focus: Track | null;
}

/** The app's colours and font; `id` changes when any of them does. */
interface Theme {
  page: string;
  text: string;
  quiet: string;
  line: string;
  faint: string;
  card: string;
  accent: string;
  font: string;
  id: string;
}

// ---------------------------------------------------------------- pictures

/** A run's line in a figure, and the updates whose states it holds. */
interface Line {
  x: Numbers;
  y: Numbers;
  z: Numbers;
  updates: Numbers;
  /** How far a scene's path stands over the ground. */
  lift: number;
}

interface Axis {
  type?: string;
  range: Interval;
  /** Where a logarithmic axis of what runs from 0 has its start. */
  edge?: number;
}

/** Flat axes: where they stand in their panel, and how values become pixels. */
interface Axes {
  left: number;
  top: number;
  width: number;
  height: number;
  x: Axis;
  y: Axis;
}

/** A scene's camera: `matrix` from data to the screen (column by column), `eye` in data. */
interface Camera {
  matrix: number[];
  eye: number[];
  box: DOMRect;
}

/** The box that a scene shows, and the heights of its ground on a grid, row after row. */
interface Ground {
  box: Interval[];
  x: Numbers;
  y: Numbers;
  z: Numbers;
}

/** A path on the screen: see `projected` in player/scene.js. */
interface Projection {
  ends: Float32Array;
  seen: Uint8Array;
  stands: Uint8Array;
}

// ---------------------------------------------------------------- Plotly

interface Trace {
  type: string;
  name?: string;
  mode?: string;
  opacity?: number;
  showlegend?: boolean;
  marker?: object;
  line?: { width?: number; color?: string; dash?: string };
  x?: Sent;
  y?: Sent;
  z?: Sent;
  customdata?: Sent;
  text?: string[];
  textposition?: string;
  textfont?: { size: number };
  meta?: unknown;
  colorscale?: [share: number, color: string][];
}

interface Layout {
  showlegend?: boolean;
  legend?: object;
  paper_bgcolor?: string;
  margin?: { b?: number };
  autosize?: boolean;
  dragmode?: string | false;
  template?: { layout?: object };
  uirevision: string;
  meta?: { edge?: number };
  xaxis: PlotAxis;
  yaxis: PlotAxis;
  scene?: SceneLayout;
}

interface SceneLayout {
  camera?: PlotCamera;
  aspectratio?: Eye;
  xaxis: PlotAxis;
  yaxis: PlotAxis;
  zaxis: PlotAxis;
  annotations?: SceneNote[];
}

/** A marked place: the start or a minimum. */
interface Place {
  name: string;
  at: Point;
  /** What a map calls it, and where beside it, in Plotly's words, such as "top center". */
  called?: { text: string; side: string; size: number };
}

/** A text at a point of a scene. */
interface SceneNote {
  x: number;
  y: number;
  z: number;
  text: string;
}

/** A box on the screen, by its middle. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A text on the screen. */
interface Lettered extends Box {
  kind: 'tick' | 'title' | 'mark';
  text: string;
}

/** An axis' title and its ticks, each `at` a place in the scene's box: -1 to 1. */
interface Scale {
  title: string;
  ticks: { at: number; text: string }[];
}

/** An axis and the edge that it is written along: its points, and which way leads off it. */
interface ScaleEdge extends Scale {
  axis: number;
  way: (along: number) => Pixel;
  out: Pixel;
  rises: boolean;
}

/** What is to be written in a scene: `place` tells where a point of its box is on the screen. */
interface Lettering {
  place: (point: Point) => Pixel;
  /** On which side of the box, -1 or 1 along the ground's axes, the viewer stands. */
  near: [number, number];
  axes: Scale[];
  marks: { text: string; at: Point }[];
  /** Where paths run. */
  busy: Pixel[];
  width: number;
  height: number;
  measure: (text: string, size: number) => number;
}

/** A place, or lengths, in a scene's own units. */
interface Eye {
  x: number;
  y: number;
  z: number;
}

interface PlotCamera {
  eye?: Eye;
  center?: Eye;
}

/** Where a scene is looked at from, what the viewer looks at, and the size of the scene's box. */
interface SceneView {
  eye: Eye;
  center: Eye;
  aspect: Eye;
}

/** A view that fills its panel, and how low its box is: as a share of the one that came. */
interface FittedView extends SceneView {
  flatness: number;
}

/** A panel that a scene is to fill, in pixels, and what is written along the scene's axes. */
interface FitPanel {
  width: number;
  height: number;
  writing: Pick<Lettering, 'axes' | 'measure'>;
}

interface PlotAxis {
  type?: string;
  range?: Interval;
  title?: { text?: string };
  tickvals?: number[];
  showticklabels?: boolean;
}

interface Figure {
  data: Trace[];
  layout: Layout;
}

/** The element that Plotly draws into. */
interface Plot extends HTMLElement {
  data?: Trace[];
  layout?: Layout;
  /** Once Plotly has drawn into it. */
  on?(name: 'plotly_relayout', hear: (change: { 'scene.camera'?: PlotCamera }) => void): void;
  /** Private fields of plotly.js: see `readCamera` in player/scene.js. */
  _fullLayout?: { scene?: { _scene?: PrivateScene } };
}

interface PrivateScene {
  dataScale?: number[];
  getCamera?: () => PlotCamera;
  camera?: { view?: PrivateView };
  glplot?: {
    canvas: HTMLCanvasElement;
    cameraParams?: { model?: Numbers; view?: Numbers; projection?: Numbers };
  };
}

/** What turns a scene: `angle` is azimuth and elevation, its lowest and highest. */
interface PrivateView {
  setDistanceLimits?(nearest: number, farthest: number): void;
  _active?: { angle?: { bounds?: [Numbers, Numbers] } };
}

/** What we call of plotly.js. */
interface Plotly {
  Icons: { home: object; camera: object };
  Fx: { unhover(plot: Plot): void };
  Plots: { resize(plot: Plot): Promise<void> | undefined };
  react(plot: Plot, traces: Trace[], layout: Layout, config: object): Promise<void>;
  restyle(plot: Plot, changes: object, indices: number[]): Promise<void>;
  relayout(plot: Plot, changes: object): Promise<void>;
  purge(plot: Plot): void;
  toImage(figure: object, options: object): Promise<string>;
}

interface Window {
  Plotly?: Plotly;
  /** The player's module by version, as boot.js leaves it. */
  gdplayVersions?: Record<string, Promise<PlayerModule>>;
  /** On pages of the gallery: what their scripts have in common. */
  gdplay: Gallery;
}

interface PlayerModule {
  default: (component: Component<PlayerData>) => CleanUp;
}

/** The text of a script's style, put before it by Python: play.css, rate.css. */
declare const STYLE: string;

// ---------------------------------------------------------------- rates

interface RateMark {
  label: string;
  /** As people read it. */
  rate: string;
  /** What stands there in plain sight; empty where only a hand that is near is told. */
  plain: string;
  about: string;
  weight: number;
  /** Where it stands on the slider, 0 to 1, or outside. */
  at: number;
}

/** What rate/__init__.py hands its script. */
interface RateData {
  version: string;
  script: string | null;
  name: string;
  label: string;
  title: string;
  value: number;
  low: number;
  high: number;
  whole: boolean;
  /** Whether a typed value becomes the option nearest to it. */
  snaps?: boolean;
  /** What is said of a typed value that is none. */
  wanted: string;
  options: number[];
  /** For each option: how much it is, what it does in few words, and in a sentence with its limit;
   * empty where there is nothing to say. */
  says: string[];
  words: string[];
  verdicts: string[];
  zones: { key: string; about: string; end: number }[];
  marks: RateMark[];
}

/** What lasts while such a control stands; `newControl` in rate/rate.js makes it. */
interface RateControl {
  component: Component<RateData>;
  root: HTMLElement;
  slider: HTMLInputElement;
  text: HTMLInputElement;
  name: HTMLElement;
  says: HTMLElement;
  words: HTMLElement;
  zones: HTMLElement;
  marks: HTMLElement;
  wrong: HTMLElement;
  /** In words which runs are lost. */
  gone: string;
  held: '' | 'key' | 'pointer';
  /** Whether the field holds what is being typed, which has not been taken. */
  typing: boolean;
  /** The value under the hand, and the one written that the page has not taken yet. */
  value: number;
  written: number | null;
  /** What tells apart the scale drawn. */
  drawn: string;
  calls: number;
  ended: AbortController;
}

// ---------------------------------------------------------------- steps and tiles

/** What steps/__init__.py hands its script. */
interface StepsData {
  run: number;
  at: number;
  last: number;
  ways: Record<string, { by: number; key: string }>;
}

/** Presses that may not have reached the page: where they lead, and whether an answer is due. */
interface Walk {
  component: Component<StepsData>;
  target: number | null;
  open: boolean;
  sentAt: number;
  calls: number;
  ended: AbortController;
}

/** What `state.py` tells of the address that a page is to have. */
interface AddressData {
  /** The page's own part of the path, empty for the first page; and those of all others. */
  page: string;
  others: string[];
  /** The queries in whose place the new one may be put. */
  instead: string[];
  query: string;
}

/** What share/__init__.py hands its script: texts to copy by title; null for charts to save. */
interface TakeawayData {
  copies: Record<string, string>;
  charts: boolean;
  runs: string[];
  prints?: boolean;
  files: { key: string; title: string; about: string }[];
  made?: { number: number; name: string; mime: string; text: string } | null;
}

/** What lessons/parts.py hands its script: which step of which lesson is shown. */
interface TopData {
  step: string;
}

/** What tiles/__init__.py hands its script. */
interface TilesData {
  first: number;
  sizes: number[];
  lit: number;
  more: [before: boolean, behind: boolean];
  dropped: number;
  color: string;
}

// ---------------------------------------------------------------- predictions

/** A run that something is to be said of. */
interface AskedRun {
  place: number;
  name: string;
  color: string;
  /** The address of a picture of its line. */
  source: string;
  /** Where it ends on the axis. */
  end: number;
}

/** The marks of lessons whose question was answered, and whose target was reached. */
interface Progress {
  done: number;
  reached: number;
}

/** What the page of lessons tells of progress; it `asks` for what is kept unless that is `known`. */
interface ProgressData extends Progress {
  asks: boolean;
  known: string;
}

/** What a browser is to keep of a room: `keep()` in room/visit.py writes it. */
interface KeepData {
  /** What stands for the visitor where the browser keeps nothing yet. */
  member: string;
  code: string;
  /** The teacher's key, where the room was opened here. */
  key: string | null;
  /** What the server has heard from the browser: the member and the key. */
  known: string | null;
  /** How often the browser was asked: what it said may have been lost. */
  calls: number;
}

/** What a student's browser looks for: `follow()` in room/visit.py writes it. */
interface LookData {
  ticket: string;
  /** How far the room is on the page. */
  version: number;
}

/** What a browser keeps of rooms; the latest room comes last. */
interface KeptRooms {
  member: string | undefined;
  keys: [code: string, key: string][];
}

/** What is asked: `predict()` in predict/__init__.py writes it. */
interface PredictData {
  /** Tells one question from another. */
  id: string;
  kind: 'rank' | 'draw';
  /** What comes first. */
  best: string;
  /** The value at the start, and what is counted along the axis. */
  start: number;
  unit: string;
  /** What the button says that answers, and what is said beside it. */
  act: string;
  then: string;
  /** Whether it stands without a player. */
  alone: boolean;
  runs: AskedRun[];
}

/** Heights of a drawn line by column, 0 to 1 of the axis; null where nothing is drawn. */
type DrawnLine = (number | null)[];

type Shape = 'fast' | 'slow' | 'wobbles' | 'leaves';

/** Where a hand is: how far along a run, and how high, 0 to 1. */
interface Spot {
  along: number;
  up: number;
}

/** Places of runs: in their order so far, and those that are thought lost. */
interface Ranks {
  order: number[];
  lost: number[];
}

/** What stands in the transport's place. */
interface Strip {
  root: HTMLElement;
  tools: HTMLElement;
  note: HTMLOutputElement;
  reveal: HTMLButtonElement;
}

/** A question while it is answered. */
interface Asking {
  component: Component<PredictData>;
  cover: HTMLElement;
  strip: Strip;
  ranks: Ranks;
  /** What is drawn, by place; the run in hand, the point that keys move, and where a hand is. */
  strokes: Record<number, DrawnLine>;
  active: number;
  column: number;
  hand: Spot | null;
  /** The axes, what tells them apart, what is drawn on, and the frame that looks at them next. */
  axes: Axes | null;
  seen: string;
  paper: SVGElement | null;
  frame: number;
  calls: number;
  ended: AbortController;
}

// ---------------------------------------------------------------- the gallery

/** What pages without a server call. */
interface Gallery {
  player: (component: Component<PlayerData>) => CleanUp;
  rate: (component: Component<RateData>) => CleanUp;
  /** Takes in what a file of its own holds, packed. */
  take: (name: LaterName, text: string) => void;
}

type GroundName = '3d' | 'map';

/** What a page fetches where it is asked for: the runs at all rates, and every state of them. */
type LaterName = 'rates' | 'near';

/** What a page holds: gallery/contents.py writes it. */
interface GallerySent {
  light: GalleryTold;
  /** Where the dark theme differs: the keys that lead there, and what it has there. */
  dark: [way: (string | number)[], value: unknown][];
  rate: RateData | null;
}

interface GalleryTold {
  ground: GroundName;
  grounds: Record<GroundName, Picture>;
  panels: Partial<Record<PanelName, Picture>>;
  play: Play;
  /** Of a lesson, before its answer: the traces of grounds that stay, and the other pictures. */
  covered?: { kept: Record<GroundName, number[]>; panels: Partial<Record<PanelName, Picture>> };
}

/** How a page of the gallery stands. */
interface GalleryPage {
  sent: GallerySent | null;
  ground: GroundName;
  /** Whether a lesson's question is open. */
  asks: boolean;
  /** What was fetched, where it has come, and what was asked for. */
  rates: SentRates | null;
  near: SentCloseUp[] | null;
  asked: Set<LaterName>;
  /** What the player asked last of single updates. */
  question: Question | null;
  /** The rate that the slider stands at. */
  held: number | null;
}
