/** The command line, which may not import `measure`, has it from here. */
export { didYouMean, nearest } from '../../measure/nearest.ts';
