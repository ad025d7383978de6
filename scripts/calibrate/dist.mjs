// Where the build is that is calibrated: dist/, or the folder that SPILLWAY_DIST names.
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = process.env.SPILLWAY_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));

/** A module of the build. @param {string} path such as `load/pace.js` @returns {Promise<any>} */
export const fromDist = (path) => import(pathToFileURL(resolve(folder, path)).href);
