/** The broker as `spillway broker` runs it: by itself, so that all of its modules can be put into one file, which starts sooner. */
export { startBroker } from './broker.ts';
