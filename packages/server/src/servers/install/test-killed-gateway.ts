// A gateway in the middle of an installation, for installer.test.ts, which kills it: <DATA_DIR> <registry>.
import { join } from 'node:path'
import { pino } from 'pino'
import { loadConfig } from '../../config/load-config.ts'
import { createProcesses } from '../../process/processes.ts'
import { createPrograms } from '../safety/programs.ts'
import { createInstaller } from './installer.ts'

const [dataDir = '', npmRegistry = ''] = process.argv.slice(2)
const log = pino({ level: 'silent' })
const config = { ...loadConfig(), npmRegistry }
const installer = createInstaller({
  serversDir: join(dataDir, 'servers'),
  processes: createProcesses({ log, dataDir: join(dataDir, 'killed') }),
  programs: createPrograms(config.programPath),
  config,
  scrub: (text) => text,
  log,
})
await installer.start({ namespace: 'killed', source: { kind: 'npm', package: 'anything', args: [] } }).done
