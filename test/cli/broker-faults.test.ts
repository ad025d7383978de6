import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { apiVersions } from '../../src/protocol/messages/api-versions.ts';
import { Wire } from '../broker/wire.ts';
import { Place } from './spillway.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

it('a broker meets its clients with the faults of a file', async () => {
  writeFileSync(place.path('faults.json'), '[{ "match": { "api": "ApiVersions" }, "drop": { "times": 1 } }]');
  const run = place.start('broker', '--data-dir', 'data', '--listen', '127.0.0.1:0', '--faults', 'faults.json');
  const [, port] = await run.wrote('stdout', /listening on 127\.0\.0\.1:(\d+)/);
  const address = { host: '127.0.0.1', port: Number(port) };
  const dropped = await Wire.open(address);
  dropped.send(apiVersions, 0, {});
  expect(await dropped.frame()).toBeNull();
  expect((await (await Wire.open(address)).ask(apiVersions, 0, {})).errorCode).toBe(0);
});

it.each([
  ['not there', null, /--faults: .*faults\.json cannot be read/],
  [
    'no fault',
    '[{ "drop": {} }, { "match": { "api": "Fetsch" }, "drop": {} }]',
    /faults\.json: fault 2: .*mean Fetch\?/,
  ],
])('a file of faults that is %s is wrong usage', async (_what, text, message) => {
  if (text !== null) writeFileSync(place.path('faults.json'), text);
  const ended = await place.run('broker', '--data-dir', 'data', '--listen', '127.0.0.1:0', '--faults', 'faults.json');
  expect(ended).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(message) });
});
