export { askedBy } from './asked-by.ts';
export { type Computations, createComputations, type RunOptions } from './computations.ts';
export { defineTask } from './task.ts';
