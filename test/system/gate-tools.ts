/** `gate` answers only after its caller has read its progress: what holds answers back would never let it end. */
export const GATE = `import { defineTool } from 'tooldock'
let open = () => {}
export const gate = defineTool({ description: 'Waits for openGate.', async handler(_args, ctx) {
  const opened = new Promise((resolve) => { open = resolve })
  ctx.progress(1, 2, 'waiting')
  await opened
  return 'through'
} })
export const openGate = defineTool({ description: 'Lets gate end.', handler: () => { open(); return 'opened' } })
export const greet = defineTool({ description: 'Greets.', handler: () => 'hello' })
`
