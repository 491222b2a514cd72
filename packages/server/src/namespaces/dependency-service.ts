import type { DependencyService } from './dependency-service.types.ts'

/** Takes its place until the service is here. */
export function createDependencyService(): DependencyService {
  const soon = (): Promise<never> => Promise.reject(new Error('not there yet'))
  return { read: soon, check: soon, install: soon }
}
