/** An MCP server over stdio of the least work: a line in, a line out, all answers of one read in one write. */
import { answerOf, type UpstreamMessage } from './upstream-answer.ts'

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  let answers = ''
  for (const line of lines) {
    const answer = answerOf(JSON.parse(line) as UpstreamMessage, process.argv[2])
    if (answer !== undefined) answers += `${JSON.stringify(answer)}\n`
  }
  if (answers !== '') process.stdout.write(answers)
})
