import type { LogLine } from '../../api/generated/types.gen.ts'
import { cx } from '../../ui/class-names.ts'

const COLOURS: Readonly<Record<LogLine['level'], string>> = { debug: 'text-ink-3', info: 'text-ink-2', warn: 'text-warning', error: 'text-failed' }

export const LogLevel = ({ level }: { readonly level: LogLine['level'] }) => <code className={cx('uppercase text-xs', COLOURS[level])}>{level}</code>
