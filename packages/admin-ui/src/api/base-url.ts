/** The gateway's root as this page was reached, with a slash at its end: it may be behind a path prefix. */
export const BASE_URL: string = new URL('.', document.baseURI).href

/** The address of `path` (without a slash at its beginning) at the gateway. */
export const gatewayUrl = (path: string): string => new URL(path, BASE_URL).href
