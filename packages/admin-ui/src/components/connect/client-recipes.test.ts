import { expect, it } from 'vitest'
import { clientRecipes } from './client-recipes.ts'

const INPUT = { name: 'weather', mcpUrl: 'http://127.0.0.1:13000/weather/mcp', openapiUrl: 'http://127.0.0.1:13000/weather/openapi', key: 'td_planted' }

it('fills in every client, and never puts the key into an address', () => {
  const recipes = clientRecipes(INPUT)
  expect(new Set(recipes.map(({ id }) => id)).size).toBe(recipes.length)
  for (const { client, steps } of recipes) {
    const all = steps.map(({ text = '' }) => text).join('\n')
    expect(all, client).toContain('127.0.0.1:13000/weather')
    expect(all, client).toContain('td_planted')
    for (const { link = '' } of steps) expect(decodeURIComponent(link) + safeAtob(link), client).not.toContain('td_planted')
  }
})

it('is valid JSON wherever a file is JSON', () => {
  for (const key of ['td_planted', undefined])
    for (const { client, steps } of clientRecipes({ ...INPUT, key }))
      for (const { file = '', text = '' } of steps) if (file.endsWith('.json')) expect(JSON.parse(text), client).toMatchObject({})
})

it('asks for no key where none is needed', () => {
  expect(JSON.stringify(clientRecipes({ ...INPUT, key: undefined }))).not.toMatch(/authorization|bearer/i)
})

function safeAtob(link: string): string {
  const config = /config=([^&]+)/.exec(link)?.[1]
  return config === undefined ? '' : atob(decodeURIComponent(config))
}
