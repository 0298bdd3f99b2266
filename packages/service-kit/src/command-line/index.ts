export { readArguments, refuseArguments } from './command-line.ts';
