/** Workers of Vitest end without writing what they compiled: each would strip the types of the same modules again. */
import { flushCompileCache } from 'node:module';
import { afterAll } from 'vitest';

afterAll(() => flushCompileCache());
