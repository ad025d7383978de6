import { describe, expect, it } from 'vitest';
import { openFileLimit, planOpenFiles } from '../../src/broker/open-files.ts';

describe('open files', () => {
  it('are as many as the log wants where the limit is high or not known', () => {
    expect(planOpenFiles(20_000)).toEqual(planOpenFiles(null));
    expect(planOpenFiles(20_000).warning).toBeNull();
  });

  it('leave half of the descriptors to sockets', () => {
    expect(planOpenFiles(1024).maxOpenFiles).toBeLessThan(1024 / 2);
  });

  it('are few under a low limit, which is said with what to do', () => {
    const { maxOpenFiles, warning } = planOpenFiles(64);
    expect(maxOpenFiles).toBe(16);
    expect(warning).toContain('only 64 files may be open');
    expect(warning).toContain('ulimit -n 4096');
  });

  it('have a limit that can be read on Linux', () => {
    if (process.platform === 'linux') expect(openFileLimit()).toBeGreaterThan(0);
  });
});
