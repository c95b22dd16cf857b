// `waxseal relay backup` and `restore`: what a relay has stored on this machine, as one file. That file is
// an SQLite database too: of each object's database its name, hash and compressed parts. Called by
// functions/local/main.ts.
import { createHash } from 'node:crypto'
import { closeSync, existsSync, fchmodSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { deflateSync, inflateSync } from 'node:zlib'
import { hold } from './hold.ts'

export interface RelaySettings { action: 'backup' | 'restore'; file: string; config?: string }

/**
 * In this order: an event that an Inbox no longer owes to an endpoint has reached its Outbox before, so
 * that copies made one after the other lack nothing that was accepted when the first one was made.
 */
const kinds = ['waxseal-Inbox', 'waxseal-Outbox', 'waxseal-Directory']
const database = /^([0-9a-f]{64}|metadata)\.sqlite$/
const format = { application: 0x77786261, version: 1 }
const partBytes = 4 << 20

/** Does what the command line says. @return the exit code @throws Error whose sentence says why it cannot */
export function keep({ action, file, config }: RelaySettings, print: (line: string) => void): number {
  const state = stateOf(config)
  if (action === 'backup') {
    print(`${file}: ${backup(state, file)} databases of ${state}. The secrets in them are encrypted with WAXSEAL_KEY (${join(state, 'secret-key')} on loopback), which is not in it: keep the key elsewhere.`)
  } else {
    print(`${state}: ${restore(state, file)} databases of ${file}. Start the relay with the WAXSEAL_KEY (${join(state, 'secret-key')} on loopback) that they were encrypted with.`)
  }
  return 0
}

/** The folder that a configuration names. */
function stateOf(config: string | undefined): string {
  const path = config ?? 'waxseal.config.json'
  if (config === undefined && !existsSync(path)) return resolve('.waxseal')
  try {
    const { state = '.waxseal' } = JSON.parse(readFileSync(path, 'utf8')) as { state?: string }
    return resolve(dirname(path), state)
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`)
  }
}

/** Copies each database as it is at one moment, while the relay runs or not. @return how many */
export function backup(state: string, file: string): number {
  if (existsSync(file)) throw new Error(`${file} is there already: name another file`)
  const paths = kinds.flatMap(kind => list(join(state, 'state', kind)).filter(name => database.test(name)).map(name => join(kind, name)))
  if (!paths.length) throw new Error(`${state} holds nothing: name the relay's configuration with --config`)
  const folder = mkdtempSync(`${resolve(file)}.`) // nobody else reads it
  try {
    const made = join(folder, 'backup'), copy = join(folder, 'copy')
    const archive = new DatabaseSync(made)
    archive.exec(`PRAGMA journal_mode = OFF; PRAGMA application_id = ${format.application}; PRAGMA user_version = ${format.version}; BEGIN;
      CREATE TABLE file (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL);
      CREATE TABLE part (id INTEGER PRIMARY KEY, path TEXT NOT NULL, data BLOB NOT NULL);
      CREATE INDEX of_file ON part (path)`)
    for (const path of paths) {
      snapshot(join(state, 'state', path), copy)
      put(archive, path, copy)
    }
    archive.exec('COMMIT')
    archive.close()
    seal(made)
    renameSync(made, file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return paths.length
}

/** A whole copy of a database, with what only its log holds yet. */
function snapshot(path: string, copy: string): void {
  rmSync(copy, { force: true })
  const source = new DatabaseSync(path, { readOnly: true, timeout: 10_000 })
  try {
    source.prepare('VACUUM INTO ?').run(copy)
  } finally {
    source.close()
  }
}

function put(archive: DatabaseSync, path: string, copy: string): void {
  const hash = createHash('sha256'), add = archive.prepare('INSERT INTO part (path, data) VALUES (?, ?)')
  const buffer = Buffer.alloc(partBytes), open = openSync(copy, 'r')
  try {
    for (let read: number; (read = readSync(open, buffer)) > 0;) {
      hash.update(buffer.subarray(0, read))
      add.run(path, deflateSync(buffer.subarray(0, read), { level: 1 }))
    }
  } finally {
    closeSync(open)
  }
  archive.prepare('INSERT INTO file VALUES (?, ?, ?)').run(path, statSync(copy).size, hash.digest('hex'))
}

/** Puts a backup where there is nothing: all of it, or nothing where it is damaged. @return how many databases */
export function restore(state: string, file: string): number {
  const archive = openArchive(file)
  const release = hold(state)
  const made = join(state, 'restoring')
  try {
    if (list(join(state, 'state')).length) throw new Error(`${join(state, 'state')} is not empty: move it away, or name another "state" in the configuration`)
    rmSync(made, { recursive: true, force: true })
    const files = archive.prepare('SELECT path, bytes, sha256 FROM file').all() as { path: string; bytes: number; sha256: string }[]
    for (const one of files) take(archive, one, made, file)
    rmSync(join(state, 'state'), { recursive: true, force: true })
    renameSync(made, join(state, 'state'))
    return files.length
  } finally {
    rmSync(made, { recursive: true, force: true })
    archive.close()
    release()
  }
}

function openArchive(file: string): DatabaseSync {
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  const archive = new DatabaseSync(file, { readOnly: true })
  try {
    const { application_id: application } = archive.prepare('PRAGMA application_id').get() as { application_id: number }
    const { user_version: version } = archive.prepare('PRAGMA user_version').get() as { user_version: number }
    if (application === format.application && version <= format.version) return archive
    throw new Error(application === format.application ? `${file} was made by a newer version` : `${file} is no backup of a relay`)
  } catch (error) {
    archive.close()
    throw (error as { code?: string }).code === 'ERR_SQLITE_ERROR' ? new Error(`${file} is no backup of a relay`) : error
  }
}

function take(archive: DatabaseSync, { path, bytes, sha256 }: { path: string; bytes: number; sha256: string }, made: string, file: string): void {
  const damaged = new Error(`${file} is damaged: nothing was restored`)
  const [kind = '', name = '', ...more] = path.split('/')
  if (!kinds.includes(kind) || !database.test(name) || more.length) throw damaged
  mkdirSync(join(made, kind), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256'), open = openSync(join(made, path), 'wx', 0o600)
  let total = 0
  try {
    for (const { data } of archive.prepare('SELECT data FROM part WHERE path = ? ORDER BY id').iterate(path) as Iterable<{ data: Uint8Array }>) {
      const part = inflateSync(data, { maxOutputLength: partBytes })
      hash.update(part)
      total += writeSync(open, part)
    }
    fsyncSync(open)
  } catch {
    throw damaged
  } finally {
    closeSync(open)
  }
  if (total !== bytes || hash.digest('hex') !== sha256) throw damaged
}

/** On disk, and readable by its owner alone. */
function seal(path: string): void {
  const open = openSync(path, 'r+')
  fchmodSync(open, 0o600)
  fsyncSync(open)
  closeSync(open)
}

const list = (folder: string): string[] => existsSync(folder) ? readdirSync(folder) : []
