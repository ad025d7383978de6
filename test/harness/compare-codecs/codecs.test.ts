import { expect, test } from 'vitest';
import { requireCodecs } from '../../../src/harness/compare-codecs/codecs.ts';

const choice = (type: string) => ({ name: type, properties: { 'compression.type': type } });

test('all codecs can be done here', async () => {
  await requireCodecs(['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(choice));
});

test('a codec that nothing installed can do is named in one line, as wrong usage', async () => {
  const failure = await requireCodecs([choice('none'), choice('brotli')]).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    isUsage: true,
    message: expect.stringMatching(/^brotli is not installed: .*--codecs/),
  });
});
