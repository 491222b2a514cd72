import { describe, expect, it } from 'vitest'
import type { NamespaceFileContent } from '../../../api/generated/types.gen.ts'
import { isDirty, mergeRead, newCopy, openCopy, preconditionOf } from './working-copy.ts'

const file: NamespaceFileContent = { path: 'a.ts', bytes: 3, etag: '"1"', modifiedAt: '', published: true, content: 'one', encoding: 'utf8', draft: null }
const draft = { content: 'draft', encoding: 'utf8', etag: '"d"', by: 'ann', at: '', problems: [] } as const

describe('a working copy', () => {
  it('begins with the draft when there is one, and names its etag', () => {
    const copy = openCopy({ ...file, draft: { ...draft, problems: [] } })
    expect(copy).toMatchObject({ content: 'draft', etag: '"d"', saved: 'one' })
    expect(copy && preconditionOf(copy)).toEqual({ 'if-match': '"d"' })
    expect(preconditionOf(newCopy('b.ts', ''))).toEqual({ 'if-none-match': '*' })
  })

  it('is not opened for bytes', () => {
    expect(openCopy({ ...file, encoding: 'base64' })).toBeNull()
  })

  it('follows the file while nothing was written, and is in conflict after', () => {
    const copy = openCopy(file)
    const theirs = { ...file, etag: '"2"', content: 'two' }
    expect(copy && mergeRead(copy, theirs)).toMatchObject({ copy: { content: 'two', etag: '"2"' }, isConflict: false })
    const mine = { ...openCopy(file), content: 'mine' } as NonNullable<typeof copy>
    expect(isDirty(mine)).toBe(true)
    expect(mergeRead(mine, theirs)).toMatchObject({ copy: { content: 'mine', etag: '"1"' }, isConflict: true })
    expect(mergeRead(mine, { ...theirs, content: 'mine' })).toMatchObject({ copy: { etag: '"2"' }, isConflict: false })
    expect(mergeRead(mine, file)).toMatchObject({ copy: { content: 'mine' }, isConflict: false })
  })
})
