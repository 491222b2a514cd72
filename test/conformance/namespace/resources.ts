import { defineResource } from 'tooldock'
import { PNG } from './_media.ts'

export const static_text = defineResource({
  uri: 'test://static-text',
  description: 'A text that never changes.',
  mimeType: 'text/plain',
  handler: () => 'This is the content of the static text resource.',
})

export const static_binary = defineResource({
  uri: 'test://static-binary',
  description: 'An image that never changes.',
  mimeType: 'image/png',
  handler: () => Buffer.from(PNG, 'base64'),
})

export const watched_resource = defineResource({
  uri: 'test://watched-resource',
  description: 'Something to subscribe to.',
  mimeType: 'text/plain',
  handler: () => 'watched',
})

export const template = defineResource({
  uriTemplate: 'test://template/{id}/data',
  description: 'Data by id.',
  mimeType: 'application/json',
  handler: ({ variables: { id } }) => ({ id, templateTest: true, data: `Data for ID: ${id}` }),
})
