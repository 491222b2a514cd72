import { setTimeout as pause } from 'node:timers/promises'
import { defineTool } from 'tooldock'

export const test_tool_with_logging = defineTool({
  description: 'Logs three lines while it works.',
  async handler(_args, ctx) {
    ctx.log.info('Tool execution started')
    await pause(50)
    ctx.log.info('Tool processing data')
    await pause(50)
    ctx.log.info('Tool execution completed')
    return 'Tool with logging executed successfully'
  },
})

export const test_tool_with_progress = defineTool({
  description: 'Reports progress 0, 50 and 100.',
  async handler(_args, ctx) {
    ctx.progress(0, 100)
    await pause(50)
    ctx.progress(50, 100)
    await pause(50)
    ctx.progress(100, 100)
    return 'done'
  },
})

export const test_reconnection = defineTool({
  description: 'Closes its event stream early; the result comes by polling.',
  async handler(_args, ctx) {
    ctx.closeStream()
    await pause(100)
    return 'Reconnection test completed successfully.'
  },
})

export const test_logging_tool = defineTool({
  description: 'Logs one line, for callers that asked for it.',
  handler(_args, ctx) {
    ctx.log.info('test_logging_tool ran')
    return 'done'
  },
})

export const test_streaming_elicitation = defineTool({
  description: 'Streams progress and then its result, and never a request.',
  handler(_args, ctx) {
    ctx.progress(1, 1)
    return 'no request was sent on this stream'
  },
})

export const test_trigger_tool_change = defineTool({
  description: 'Announces that the list of tools changed.',
  handler(_args, ctx) {
    ctx.notifyToolsChanged()
    return 'announced'
  },
})

export const test_trigger_prompt_change = defineTool({
  description: 'Announces that the list of prompts changed.',
  handler(_args, ctx) {
    ctx.notifyPromptsChanged()
    return 'announced'
  },
})
