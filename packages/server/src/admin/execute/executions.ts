import { ToolDockError } from '../../errors/tooldock-error.ts'
import type { ExecutionService } from './execution.types.ts'

export function createExecutions(): ExecutionService {
  const unavailable = (): never => {
    throw new ToolDockError('not_found', 'Calls cannot be made from here yet.')
  }
  return { start: unavailable, answer: unavailable, cancel: unavailable, close: async () => {} }
}
