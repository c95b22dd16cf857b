// The commands of the npm package that are not done in C++: listen, replay, doctor, relay. The settings come
// from the command line in C++ (core/command/local.cpp), already checked. Called by js/command.ts.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { RelaySettings } from '../relay/backup.ts'
import { doctor, type DoctorSettings } from './doctor.ts'
import { listen, type ListenSettings } from './listen.ts'
import { lines } from './lines.ts'
import { replay, type ReplaySettings } from './replay.ts'

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const complain = (line: string): void => void process.stderr.write(`${line}\n`)

/** Runs `name` with the settings that the command line printed. @return the exit code */
export async function local(name: string, settings: unknown): Promise<number> {
  try {
    if (name === 'replay') return await replay(settings as ReplaySettings, print, complain)
    if (name === 'relay') return await relay(settings as RelaySettings)
    if (name === 'doctor') return await doctor(settings as DoctorSettings, print)
    return await serve(settings as ListenSettings)
  } catch (error) {
    complain(`waxseal ${name}: ${sentence(error as NodeJS.ErrnoException, settings as ListenSettings)}`)
    return 3
  }
}

/** @throws Error where this Node has no SQLite */
async function relay(settings: RelaySettings): Promise<number> {
  const { keep } = await import('../relay/backup.ts').catch(error => {
    throw (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_BUILTIN_MODULE' ? new Error(`needs Node 22.13 or later; this is ${process.versions.node}`) : error
  })
  return keep(settings, print)
}

function sentence({ code, message }: NodeJS.ErrnoException, { host, port }: ListenSettings): string {
  if (code === 'EADDRINUSE') return `${host}:${port} is in use: stop what listens there, or choose another with --port`
  if (code === 'EACCES') return `${host}:${port} is not allowed: choose a port from 1024 with --port`
  return message
}

/** Listens until Ctrl-C, or q in the terminal view. */
async function serve(settings: ListenSettings): Promise<number> {
  const terminal = process.stdout.isTTY && process.stdin.isTTY && !settings.plain
  const show = terminal ? (await import('./view.ts')).view(settings) : lines(settings, print)
  const server = await listen(settings, show.caught)
  const { port } = server.address() as AddressInfo
  server.on('problem', (error: Error) => show.note(error.message))
  show.start(`http://${settings.host}:${port}/`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), show.ended])
  show.stop()
  server.closeAllConnections()
  server.close()
  return 0
}
