import type { NamespaceFiles } from './files.types.ts'

/** Takes its place until the service is here. */
export function createNamespaceFiles(): NamespaceFiles {
  const soon = (): Promise<never> => Promise.reject(new Error('not there yet'))
  return {
    list: soon,
    read: soon,
    save: soon,
    upload: soon,
    remove: soon,
    removeDraft: soon,
    rename: soon,
    validate: soon,
    history: soon,
    version: soon,
    restore: soon,
    draftCounts: async () => new Map(),
  }
}
