import { ToolDockError } from '../errors/tooldock-error.ts'
import { isObject, type Json } from './json-lines.ts'
import type { PassedRequest, UpstreamResult } from './upstream.ts'

/** Tasks whose owner is remembered; of older ones the server alone decides who may see them. */
const TASKS_MAX = 10_000
/** A result that begins a task is short. */
const RESULT_CHARS_MAX = 64 * 1024
const EXTENSION = 'io.modelcontextprotocol/tasks'
const RELATED = 'io.modelcontextprotocol/related-task'

type Owner = Pick<PassedRequest, 'principal' | 'onLater'>

/**
 * Who began which task, in 2025-11-25 (basic/utilities/tasks) and in the extension of 2026-07-28. A server sees one client, the
 * gateway: that one client's tasks are not shown to another is decided here.
 */
export class TaskOwners {
  readonly #owners = new Map<string, Owner>()

  /** @throws {ToolDockError} invalid_params for a task of somebody else, as for one that does not exist */
  assertOwn({ params: { taskId }, principal }: PassedRequest): void {
    if (typeof taskId === 'string' && this.#isOfAnother(taskId, principal)) throw new ToolDockError('invalid_params', `There is no task "${taskId}".`)
  }

  /** A filter of notifications without the tasks of somebody else, as if they did not exist. */
  ownOf({ params: { notifications }, principal }: PassedRequest): Json {
    if (!isObject(notifications)) return {}
    const { taskIds } = notifications
    return Array.isArray(taskIds) ? { ...notifications, taskIds: taskIds.filter((id) => !this.#isOfAnother(id, principal)) } : notifications
  }

  /** Could the result of this request begin a task, or name one? */
  concerns({ method, params, clientCapabilities }: PassedRequest): boolean {
    return isObject(params.task) || method === 'tasks/list' || (isObject(clientCapabilities.extensions) && EXTENSION in clientCapabilities.extensions)
  }

  /** Notes a task that begins; leaves the tasks of others out of a list. */
  read(result: UpstreamResult, { method, principal, onLater }: PassedRequest): UpstreamResult {
    if (result.kind !== 'complete' || result.json.length > RESULT_CHARS_MAX) return result
    const value = JSON.parse(result.json) as Json
    if (method === 'tasks/list' && Array.isArray(value.tasks)) {
      const own = value.tasks.filter((task) => !(isObject(task) && this.#isOfAnother(task.taskId, principal)))
      return own.length === value.tasks.length ? result : { ...result, json: JSON.stringify({ ...value, tasks: own }) }
    }
    const taskId = value.resultType === 'task' ? value.taskId : isObject(value.task) ? value.task.taskId : undefined
    if (typeof taskId === 'string') this.#add(taskId, { principal, ...(onLater === undefined ? {} : { onLater }) })
    return result
  }

  /** Brings what a server says of a task, when no call of it is open, to who began it. False when it is about no task. */
  tell(method: string, params: Json): boolean {
    const taskId = taskOf(params)
    if (taskId !== undefined) this.#owners.get(taskId)?.onLater?.(method, { ...params })
    return taskId !== undefined
  }

  #isOfAnother(taskId: unknown, { id }: Owner['principal']): boolean {
    const owner = typeof taskId === 'string' ? this.#owners.get(taskId) : undefined
    return owner !== undefined && owner.principal.id !== id
  }

  #add(taskId: string, owner: Owner): void {
    this.#owners.set(taskId, owner)
    const [oldest] = this.#owners.keys()
    if (this.#owners.size > TASKS_MAX && oldest !== undefined) this.#owners.delete(oldest)
  }
}

/** The task that a message is about. */
export function taskOf({ taskId, _meta }: Json): string | undefined {
  const related = isObject(_meta) && isObject(_meta[RELATED]) ? _meta[RELATED].taskId : undefined
  const id = taskId ?? related
  return typeof id === 'string' ? id : undefined
}
