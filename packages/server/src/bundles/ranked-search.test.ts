import { expect, test } from 'vitest'
import { createRankedSearch, type Searchable } from './ranked-search.ts'

const tool = (name: string, description: string, args: readonly string[] = []): Searchable => ({
  name,
  description,
  inputSchema: { type: 'object', properties: Object.fromEntries(args.map((arg) => [arg, {}])) },
})
const search = createRankedSearch([
  tool('createIssue', 'Opens a ticket in the tracker.', ['title', 'labels']),
  tool('list_issues', 'Lists tickets.', ['state']),
  tool('send_mail', 'Sends a message to a recipient, who may answer it or not.', ['recipient']),
  tool('weather', 'Tells the weather of a town.', ['town']),
])
const found = (query: string): readonly string[] => search(query).map(({ name }) => name)

test('words are found in names, descriptions and arguments, in any case and number', () => {
  expect(found('WEATHER')).toEqual(['weather'])
  expect(found('recipients')).toEqual(['send_mail'])
  expect(found('label')).toEqual(['createIssue'])
  expect(found('create an issue')[0]).toBe('createIssue')
  expect(found('ticket')).toHaveLength(2)
})

test('a word of the name says more than one of the description', () => {
  const ranked = createRankedSearch([tool('a', 'About mail and more words here'), tool('mail', 'Something else, of about the same length')])
  expect(ranked('mail').map(({ name }) => name)).toEqual(['mail', 'a'])
})

test('a question finds what it is about, not who else uses its small words', () => {
  expect(found('who can tell me what the weather is?')[0]).toBe('weather')
  expect(found('is it for or by the tickets')).toEqual(['list_issues', 'createIssue'])
  expect(found('it')).toEqual(['send_mail'])
})

test('what is equal is in the order of names, and nothing is found by no word', () => {
  const equal = createRankedSearch(['c', 'a', 'b'].map((name) => tool(name, 'The same.')))
  expect(equal('same').map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  for (const query of ['', '!?', 'zeppelin']) expect(found(query)).toEqual([])
  expect(createRankedSearch([])('any')).toEqual([])
})
