import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/html/page.ts';
import { producerRun, stored } from '../report/stored.ts';
import { storedWorkload, workloadRun } from '../report/stored-workload.ts';
import { chromiumPath, openBrowser, openFile } from './chromium.ts';

describe.skipIf(chromiumPath === null)('a report in Chromium', () => {
  let folder = '';
  let browser: Browser;
  const write = (name: string, page: string): string => {
    writeFileSync(join(folder, name), page);
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-browser-'));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const one = async () => write('one.html', await reportPage([stored(producerRun())]));

  for (const colorScheme of ['light', 'dark'] as const)
    test(`draws its charts in ${colorScheme} colours, asks for nothing and complains of nothing`, async () => {
      const { page, requests, complaints } = await openFile(browser, await one(), { colorScheme });
      expect(await page.locator('[data-drawn=true] canvas').count()).toBe(3);
      // A drawn canvas has more than one colour.
      const colours: readonly number[] = await page.evaluate(
        '[...document.querySelectorAll("canvas")].map((each) => new Set(new Uint32Array(each.getContext("2d").getImageData(0, 0, each.width, each.height).data.buffer)).size)',
      );
      expect(Math.min(...colours)).toBeGreaterThan(10);
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(15, 20, 27)');
      expect(requests).toEqual([]);
      expect(complaints).toEqual([]);
      expect((await page.screenshot()).length).toBeGreaterThan(20_000);
      await page.context().close();
    });

  test('compares several runs', async () => {
    const runs = [1, 2, 3].map((index) => stored(producerRun({ recordsPerSecond: index * 1000 }), `run-${index}`));
    const { page, complaints } = await openFile(browser, write('several.html', await reportPage(runs)));
    expect(await page.locator('[data-drawn=true] canvas').count()).toBe(4);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('changes its theme by the switch', async () => {
    const { page } = await openFile(browser, await one(), { colorScheme: 'light' });
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(15, 20, 27)');
    await page.context().close();
  });

  test('is used by keyboard: a chart takes the focus and says what stands there', async () => {
    const { page } = await openFile(browser, await one());
    await page.locator('#throughput').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#throughput-said').textContent()).toBe('9 s: records acknowledged 1,009 records/s');
    await page.context().close();
  });

  test('holds its tables with scripts off', async () => {
    const { page } = await openFile(browser, await one(), { javaScriptEnabled: false });
    expect(await page.getByRole('rowheader', { name: /^Service time/ }).count()).toBe(1);
    expect(await page.getByText('Scripts are off').isVisible()).toBe(true);
    expect(await page.locator('#theme').isVisible()).toBe(false);
    await page.context().close();
  });

  test('fits a narrow screen', async () => {
    const { page } = await openFile(browser, await one(), { width: 360 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await page.context().close();
  });

  test('draws the run of a workload: the trade-off, a small chart for each value, percentiles', async () => {
    const { page, requests, complaints } = await openFile(
      browser,
      write('workload.html', await reportPage([storedWorkload(workloadRun())])),
    );
    // Two by two small charts, the trade-off, the percentiles, and two over time.
    expect(await page.locator('[data-drawn=true] canvas').count()).toBe(8);
    await page.locator('#trade-off').focus();
    await page.keyboard.press('End');
    expect(await page.locator('#trade-off-said').textContent()).toBe(
      'linger.ms=1 kind=json, 4,000 records/s: linger.ms=1 7.000 ms',
    );
    expect(await page.locator('.map').count()).toBe(2);
    expect(requests).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('of a workload fits a narrow screen, and holds its tables with scripts off', async () => {
    const path = write('narrow.html', await reportPage([storedWorkload(workloadRun())]));
    const { page } = await openFile(browser, path, { width: 360, javaScriptEnabled: false });
    expect(await page.getByRole('cell', { name: '4,000 best' }).count()).toBe(1);
    const narrow = await openFile(browser, path, { width: 360 });
    expect(await narrow.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await page.context().close();
    await narrow.page.context().close();
  });

  test('of 500 runs is drawn', async () => {
    const runs = Array.from({ length: 500 }, (_, index) =>
      stored(producerRun({ recordsPerSecond: index }, 30), `run-${index}`),
    );
    const { page, complaints } = await openFile(browser, write('many.html', await reportPage(runs)));
    expect(await page.locator('[data-drawn=true] canvas').count()).toBe(4);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
