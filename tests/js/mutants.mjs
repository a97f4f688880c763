/**
 * Random faults in the nearly pure modules, and how many of them the unit tests find.
 *
 * `npm run mutants -- --count 40 --seed 1 --floor 0.85` prints each fault, works on copies in the
 * system's temporary folder, and fails where the share of those found is lower than the floor.
 */

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { parse } from 'acorn';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLAYER = 'gdplay/ui/player';
const MODULES = ['clock', 'lines', 'closeup', 'scene', 'fits', 'fitting', 'ink', 'pointer'];
/** A fault may make a loop endless. */
const TIMEOUT = 40_000;

/** What may stand in an operator's place. */
const OPERATORS = {
  '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'], '%': ['*'], '**': ['*'],
  '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'],
  '===': ['!=='], '!==': ['==='], '&': ['|'], '>>': ['<<'],
  '&&': ['||'], '||': ['&&'], '??': ['&&'],
  '+=': ['-='], '-=': ['+='], '*=': ['/='],
};
const CALLS = { min: 'max', max: 'min', floor: 'ceil', ceil: 'floor', round: 'floor', every: 'some' };

// ---------------------------------------------------------------- faults

/** What may go wrong at a node of the syntax, by its type: [from, to, text] of each fault. */
const FAULTS = {
  BinaryExpression: operatorFaults,
  LogicalExpression: operatorFaults,
  AssignmentExpression: operatorFaults,
  UnaryExpression: ({ start, operator }) => ('-!'.includes(operator) ? [[start, start + 1, ' ']] : []),
  IfStatement: testFaults,
  ConditionalExpression: testFaults,
  Literal: ({ start, end, value }) => instead(value).map((text) => [start, end, text]),
  CallExpression: callFaults,
};

function operatorFaults({ operator, left }, source) {
  const at = source.indexOf(operator, left.end);
  return (OPERATORS[operator] ?? []).map((text) => [at, at + operator.length, text]);
}

function testFaults({ test: { start, end } }, source) {
  return [[start, end, `!(${source.slice(start, end)})`]];
}

function callFaults({ callee: { property, computed } }) {
  const other = property && !computed && CALLS[property.name];
  return other ? [[property.start, property.end, other]] : [];
}

/** Return what may stand in a literal's place. */
function instead(value) {
  if (typeof value === 'boolean') return [String(!value)];
  if (typeof value !== 'number') return [];
  return value === 0 ? ['1'] : ['0', String(value + 1), String(value * 1.5)];
}

/** Return every fault that a module can have. */
function faultsIn(module, source) {
  const faults = [];
  const visit = (node) => {
    const here = FAULTS[node.type]?.(node, source) ?? [];
    for (const fault of here) faults.push([module, ...fault]);
    for (const child of Object.values(node).flat()) {
      if (typeof child?.type === 'string') visit(child);
    }
  };
  visit(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }));
  return faults;
}

/** Return a generator of shares from 0 to 1 (Mulberry32, Tommy Ettinger). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Return so many of the values, none twice. */
function drawn(values, count, random) {
  const left = [...values];
  const taken = Math.min(count, left.length);
  return Array.from({ length: taken }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
}

// ---------------------------------------------------------------- tests

/** Return a copy of what the unit tests need. */
async function copied() {
  const folder = await mkdtemp(join(tmpdir(), 'gdplay-mutants-'));
  for (const part of ['package.json', 'gdplay/ui', 'tests/js']) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  return folder;
}

/** Whether the unit tests of a module pass in a folder. */
function passes(folder, module) {
  const test = spawn(process.execPath, [`tests/js/${module}.test.mjs`], {
    cwd: folder, stdio: 'ignore', timeout: TIMEOUT, killSignal: 'SIGKILL',
  });
  return new Promise((resolve) => {
    test.on('close', (code) => resolve(code === 0));
  });
}

/** Whether the tests of all modules pass; those of the `first`, which has the fault, before others. */
async function allPass(folder, first) {
  for (const module of [first, ...MODULES.filter((each) => each !== first)]) {
    if (!(await passes(folder, module))) return false;
  }
  return true;
}

/** Put a fault into a copy, and tell whether its tests find it. */
async function isFound(folder, [module, from, to, text], source) {
  const file = join(folder, PLAYER, `${module}.js`);
  await writeFile(file, source.slice(0, from) + text + source.slice(to));
  const passed = await allPass(folder, module);
  await writeFile(file, source);
  return !passed;
}

/** Return a fault as one can read it. */
function line([module, from, to, text], source) {
  const number = source.slice(0, from).split('\n').length;
  const [start, end] = [source.lastIndexOf('\n', from - 1) + 1, source.indexOf('\n', to)];
  const written = `${source.slice(start, from)}[${source.slice(from, to)} -> ${text}]${source.slice(to, end)}`;
  return `${module}.js:${number}: ${written.trim()}`;
}

// ---------------------------------------------------------------- all of it

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    floor: { type: 'string', default: '0' },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    only: { type: 'string', default: MODULES.join(',') },
  },
});

const sources = {};
for (const module of MODULES) {
  sources[module] = await readFile(join(ROOT, PLAYER, `${module}.js`), 'utf8');
}
const all = options.only.split(',').flatMap((module) => faultsIn(module, sources[module]));
const chosen = drawn(all, Number(options.count), randomFrom(Number(options.seed)));
console.log(`seed ${options.seed}: ${chosen.length} of ${all.length} faults`);

let found = 0;
const waiting = [...chosen];
const folders = await Promise.all(Array.from({ length: Number(options.jobs) }, copied));
try {
  if (!(await allPass(folders[0], MODULES[0]))) throw new Error('the unit tests fail without any fault');
  await Promise.all(
    folders.map(async (folder) => {
      for (let fault = waiting.pop(); fault; fault = waiting.pop()) {
        const source = sources[fault[0]];
        const seen = await isFound(folder, fault, source);
        found += Number(seen);
        if (!seen) console.log(`  lives: ${line(fault, source)}`);
      }
    }),
  );
} finally {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}
const share = chosen.length === 0 ? 1 : found / chosen.length;
console.log(`${found} of ${chosen.length} found: ${(100 * share).toFixed(1)} %`);
if (share < Number(options.floor)) {
  console.error(`fewer than ${100 * Number(options.floor)} %`);
  process.exitCode = 1;
}
