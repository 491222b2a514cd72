import { defineTool } from 'tooldock'

const string = { type: 'string' }

export const json_schema_2020_12_tool = defineTool({
  description: 'Tool with JSON Schema 2020-12 features.',
  input: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: string, city: string } } },
    properties: {
      name: string,
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: string,
      email: string,
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  },
  handler: (args) => ({ content: [{ type: 'text', text: JSON.stringify(args) }] }),
})

export const test_x_mcp_header = defineTool({
  description: 'Has a parameter that clients repeat in a header.',
  input: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, level: { type: 'integer' } } },
  handler: ({ region }) => `region=${region ?? 'none'}`,
})
