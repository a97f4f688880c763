/** A file that did not arrive is told in a sentence, whatever the HTTP client says. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arrived, fitting } from '../../gdplay/ui/uploads.js';

test('each refusal has its sentence, and what Streamlit says itself stays', () => {
  const failed = (code) => arrived(`Error: AxiosError: Request failed with status code ${code}`);
  assert.match(failed(400), /^The file did not arrive: another server .* Choose it again; rows can/);
  assert.match(failed(413), /^The file did not arrive: the server holds no more files/);
  assert.match(failed(502), /^The file did not arrive: the connection broke/);
  assert.match(arrived('AxiosError: Network Error'), /the connection broke/);
  for (const own of ['rows.csv', 'File must be 5.0MB or smaller.', failed(400)]) {
    assert.equal(arrived(own), '');
  }
});

test('a file of another kind is told which kinds are read', () => {
  const said = fitting('application/pdf files are not allowed.', '.csv,.tsv,.txt,.xlsx');
  assert.equal(said, 'Only these files are read: CSV, TSV, TXT, XLSX.');
  for (const own of ['rows.csv', 'File must be 5.0MB or smaller.', said]) {
    assert.equal(fitting(own, '.csv'), '');
  }
});
