import { expect, test } from 'vitest'
import type { Upstream } from '../upstream/upstream.ts'
import { createResourceWatches } from './resource-watches.ts'

/** An upstream that knows what is watched. */
function watchable(watched: string[]): Upstream {
  return {
    call: () => ({ result: Promise.reject(new Error('not called here')), cancel() {} }),
    abandon() {},
    subscribe(uri) {
      watched.push(uri)
      return () => void watched.splice(watched.indexOf(uri), 1)
    },
  }
}

test('what is watched follows the upstream of its namespace, and ends with it', () => {
  const before: string[] = []
  const after: string[] = []
  let current: Upstream | undefined = watchable(before)
  const watches = createResourceWatches((namespace) => (namespace === 'a' ? current : undefined))
  const end = watches.add('a', 'memo://1', { clientCapabilities: {} })
  watches.add('a', 'memo://2', { clientCapabilities: {} })
  watches.add('nobody', 'memo://3', { clientCapabilities: {} })
  expect(before).toEqual(['memo://1', 'memo://2'])
  watches.rebind()
  expect(before).toEqual(['memo://1', 'memo://2'])

  current = watchable(after)
  watches.rebind()
  expect([before, after]).toEqual([[], ['memo://1', 'memo://2']])
  end()
  end()
  expect(after).toEqual(['memo://2'])
  current = undefined
  watches.rebind()
  expect(after).toEqual([])
  watches.close()
})
