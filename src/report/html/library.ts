/** uPlot (MIT licence), which draws the charts: its files as texts, to be put into the page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const find = createRequire(import.meta.url);

const textOf = (file: string): string => readFileSync(find.resolve(`uplot/dist/${file}`), 'utf8');

/** Script and style of the library. Throws an Error of the file system or of Node when the package is not there. */
export const chartLibrary = (): { readonly script: string; readonly style: string } => ({
  script: textOf('uPlot.iife.min.js'),
  style: textOf('uPlot.min.css'),
});
