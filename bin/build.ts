#!/usr/bin/env node
/** Builds what the npm package holds; npm runs it before it packs. */
import { buildPackage } from '../operations/build-package.ts';
import { root } from '../operations/places.ts';

await buildPackage(root);
