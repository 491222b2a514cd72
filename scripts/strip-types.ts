import { stripTypeScriptTypes } from 'node:module'

/** A relative path to a TypeScript file: imported, exported from, or made into a URL. */
const RELATIVE = /((?:from|import|URL) ?\(?')(\.[^']*)\.ts'/g

/** TypeScript as JavaScript, every line and column where it was: types become spaces, and `./x.ts` becomes `./x.js`. */
export function stripTypes(source: string): string {
  return stripTypeScriptTypes(source).replace(RELATIVE, "$1$2.js'")
}
