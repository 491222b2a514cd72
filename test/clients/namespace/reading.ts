import { definePrompt, defineResource } from 'tooldock'
import { z } from 'zod'

export const note = defineResource({
  uri: 'memo://note',
  title: 'Note',
  description: 'A short text.',
  mimeType: 'text/plain',
  handler: () => 'remember the milk',
})

export const pixel = defineResource({
  uri: 'memo://pixel',
  description: 'Some bytes.',
  mimeType: 'application/octet-stream',
  handler: () => new Uint8Array([0, 1, 254, 255]),
})

const PAGES = ['intro', 'index', 'usage']

export const page = defineResource({
  uriTemplate: 'memo://pages/{name}',
  description: 'A page by name.',
  mimeType: 'application/json',
  complete: { name: (value) => PAGES.filter((name) => name.startsWith(value)) },
  handler: ({ variables: { name } }) => (PAGES.includes(name) ? { page: name } : undefined),
})

export const greet = definePrompt({
  title: 'Greeting',
  description: 'Greets somebody in a language.',
  input: z.object({ name: z.string(), language: z.string().optional() }),
  complete: { language: (value) => ['english', 'estonian', 'french'].filter((language) => language.startsWith(value)) },
  handler: ({ name, language = 'english' }) => `Greet ${name} in ${language}.`,
})

export const shout = definePrompt({ description: 'Shouts.', handler: () => 'Shout!' })
