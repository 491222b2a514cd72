import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTestHome, failureOf, type TestHome, tool } from './test-namespaces.ts'

let home: TestHome
beforeEach(async () => {
  home = await createTestHome()
})
afterEach(() => home.remove())

const WRITER = `
import { defineTool } from 'tooldock'
import { writeFileSync } from 'node:fs'
export const save = defineTool({ input: { type: 'object' }, handler: async (_, ctx) => { writeFileSync(ctx.dataDir + '/saved.txt', 'x'); return 'saved' } })
`
const requesting = (...permissions: string[]): Record<string, string> => ({ 'tooldock.json': JSON.stringify({ permissions }) })

it('grants a requested permission only when it is accepted, with a new worker of the same files', async () => {
  await home.write('shared', { 'save.ts': WRITER, ...requesting('write') })
  const opened = await home.open()
  const generation = opened.service.catalog.current.namespaces.get('shared')?.generation
  expect(opened.service.list()).toMatchObject([{ requestedPermissions: ['write'], acceptedPermissions: [], state: 'published' }])
  expect(await opened.call('shared', 'save')).not.toBe('saved')

  expect(await failureOf(opened.service.acceptPermissions('shared', ['child-process']))).toMatchObject({
    code: 'invalid_params',
    details: { requested: ['write'] },
  })
  expect(await opened.service.acceptPermissions('shared', ['write'])).toMatchObject({ acceptedPermissions: ['write'], generation })
  expect(await opened.call('shared', 'save')).toBe('saved')
  expect(await home.names('state/shared')).toEqual(['saved.txt'])
  await opened.close()

  const again = await home.open()
  expect(await again.call('shared', 'save')).toBe('saved')
  await again.service.acceptPermissions('shared', [])
  expect(await again.call('shared', 'save')).not.toBe('saved')
})

it('asks again for a permission that a published manifest had stopped requesting', async () => {
  await home.write('shared', { 'save.ts': WRITER, ...requesting('write') })
  const opened = await home.open()
  await opened.service.acceptPermissions('shared', ['write'])
  await home.write('shared', requesting())
  await opened.service.reload('shared')
  expect(opened.service.list()).toMatchObject([{ requestedPermissions: [], acceptedPermissions: [] }])
  await home.write('shared', requesting('write'))
  expect((await opened.service.reload('shared')).warnings).toEqual([expect.stringContaining('"write" is requested but not accepted')])
  expect(await opened.call('shared', 'save')).not.toBe('saved')
  expect((await opened.store.namespaces.find('shared'))?.permissions).toEqual([])
})

it('lets a permission be accepted before the folder that needs it to load is published', async () => {
  await home.write('shared', {
    'spawn.ts': tool('spawn', 'spawned', "import { execFileSync } from 'node:child_process'\nexecFileSync('/bin/true')"),
    ...requesting('child-process'),
  })
  const opened = await home.open()
  expect(opened.service.list()).toMatchObject([{ state: 'unpublished', requestedPermissions: ['child-process'] }])
  await opened.service.acceptPermissions('shared', ['child-process'])
  await opened.service.reload('shared')
  expect(await opened.call('shared', 'spawn')).toBe('spawned')
})

it('grants everything aloud when told to, without storing it', async () => {
  await home.write('shared', { 'save.ts': WRITER, ...requesting('write') })
  const opened = await home.open({ config: { acceptPermissions: true } })
  expect(await opened.call('shared', 'save')).toBe('saved')
  expect(opened.warnings.join()).toContain('ACCEPT_PERMISSIONS')
  expect((await opened.store.namespaces.find('shared'))?.permissions).toEqual([])
})
