import { defineCommand, EXIT } from '../command.ts'
import type { Finding } from '../doctor/finding.ts'
import { type Output, plain } from '../output.ts'

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Look at everything that ToolDock needs, and say what is wrong and what to do about it.',
  usage: [''],
  details: 'It works whether a gateway runs or not, and changes nothing. Exit code 1: something is wrong; a warning alone is 0.',
  options: { offline: { type: 'boolean', doc: 'Ask no registry.' } },
  argsMin: 0,
  argsMax: 0,
  async run({ options, loadConfig, openApi, json, output }) {
    // It looks into the database and all that, which no other command needs loaded.
    const { examine } = await import('../doctor/examine.ts')
    const findings = await examine({ loadConfig, openApi }, options.offline === true)
    const wrong = findings.filter(({ state }) => state === 'error').length
    if (json) output.printJson({ ok: wrong === 0, findings })
    else print(findings, output)
    return wrong === 0 ? EXIT.done : EXIT.failed
  },
})

const MARKS = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], error: ['red', 'ERROR  '] } as const

function print(findings: readonly Finding[], output: Output): void {
  for (const [area, found = []] of Object.entries(Object.groupBy(findings, (finding) => finding.area))) {
    output.print(output.style('bold', area))
    for (const { state, message, advice } of found) {
      const [style, mark] = MARKS[state]
      output.print(`  ${output.style(style, mark)}  ${plain(message)}`)
      if (advice !== undefined) output.print(`           ${output.style('dim', `→ ${plain(advice)}`)}`)
    }
  }
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  output.print('')
  output.print(count('error') + count('warning') === 0 ? 'All is well.' : `${count('error')} wrong, ${count('warning')} to look at.`)
}
