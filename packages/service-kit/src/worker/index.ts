export { type Computations, createComputations, type RunOptions } from './computations.ts';
export { defineTask } from './task.ts';
