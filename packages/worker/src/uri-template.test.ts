import { describe, expect, it } from 'vitest'
import { compileUriTemplate } from './uri-template.ts'

const match = (template: string, uri: string) => compileUriTemplate(template).match(uri)

describe('compileUriTemplate', () => {
  it.each([
    ['test://template/{id}/data', 'test://template/a%20b/data', { id: 'a b' }],
    ['file:///{+path}', 'file:///a/b/c.txt', { path: 'a/b/c.txt' }],
    ['map://{x,y}', 'map://1,2', { x: '1', y: '2' }],
    ['page://doc{#part}', 'page://doc#intro', { part: 'intro' }],
    ['pkg://x{.ext}', 'pkg://x.json', { ext: 'json' }],
    ['tree://root{/a,b}', 'tree://root/1/2', { a: '1', b: '2' }],
    ['tree://root{/all*}', 'tree://root/1/2/3', { all: '1/2/3' }],
    ['find://all{?q,limit}', 'find://all?limit=3&q=a%26b', { q: 'a&b', limit: '3' }],
    ['find://all{?q,limit}', 'find://all', {}],
    ['find://all?fixed=1{&q}', 'find://all?fixed=1&q=x', { q: 'x' }],
  ])('reads %s from %s', (template, uri, variables) => {
    expect(match(template, uri)).toEqual(variables)
  })

  it.each([
    ['test://{id}', 'test://a/b'],
    ['test://{id}', 'test://'],
    ['test://a.b/{id}', 'test://aXb/1'],
    ['test://{id}', 'test://%E0%A4%A'],
  ])('finds %s not in %s', (template, uri) => {
    expect(match(template, uri)).toBeUndefined()
  })

  it.each([
    ['test://{id', 'brace'],
    ['test://{}', 'not a form'],
    ['test://{a:3}', 'not a form'],
    ['test://{a}/{a}', 'twice'],
    ['test://{a}{b}', 'text between'],
    ['test://fixed', 'no variable'],
    ['test://{?q}/x', 'at the end'],
  ])('refuses %s', (template, words) => {
    expect(() => compileUriTemplate(template)).toThrow(words)
  })
})
