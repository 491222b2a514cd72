import { audio, defineTool, embeddedResource, image, text } from 'tooldock'
import { PNG, silence } from './_media.ts'

export const test_simple_text = defineTool({
  description: 'Answers one text.',
  handler: () => 'This is a simple text response for testing.',
})

export const test_image_content = defineTool({
  description: 'Answers one image.',
  handler: () => image(PNG, 'image/png'),
})

export const test_audio_content = defineTool({
  description: 'Answers one sound.',
  handler: () => audio(silence(), 'audio/wav'),
})

export const test_embedded_resource = defineTool({
  description: 'Answers a resource inside the result.',
  handler: () => embeddedResource({ uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'This is an embedded resource content.' }),
})

export const test_multiple_content_types = defineTool({
  description: 'Answers text, an image and a resource.',
  handler: () => ({
    content: [
      text('Multiple content types test:'),
      image(PNG, 'image/png'),
      embeddedResource({ uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data","value":123}' }),
    ],
  }),
})

export const test_error_handling = defineTool({
  description: 'Always fails.',
  handler: () => {
    throw new Error('This tool intentionally returns an error for testing')
  },
})
