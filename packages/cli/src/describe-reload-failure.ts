import type { ReloadFailure } from '@tooldock/server/namespaces/namespace-service'
import type { ApiError } from './api.ts'
import { plain } from './output.ts'

type Problem = ReloadFailure['problems'][number] & { readonly namespace?: string }

/** What did not load, a line for each problem, with file, line and column. */
export function describeReloadFailure({ message, details }: ApiError): string[] {
  const { problems = [] } = (details ?? {}) as { readonly problems?: readonly Problem[] }
  return [
    `tooldock: ${plain(message)}`,
    ...problems.map(({ namespace, file, line, column, message: problem }) => {
      const place = [namespace === undefined ? file : `${namespace}/${file}`, line, column].filter((part) => part !== undefined).join(':')
      return `  ${plain(place)}: ${plain(problem)}`
    }),
  ]
}
