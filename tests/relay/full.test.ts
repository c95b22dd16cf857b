// A disk that is full: no 202 without a row, and it goes on once there is room. The disk is a small
// tmpfs, so the test needs to be root; elsewhere it is skipped.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { destination } from '../functions/destination.ts'
import { platformBody, platformCore, request } from '../functions/events.ts'
import { run } from './run.ts'

function mounted(folder: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('on a full disk the relay answers 503 with Retry-After and loses nothing; with room again it goes on', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-full-'))
  if (!mounted(folder, '8m')) return context.skip('tmpfs cannot be mounted here')
  const end = await destination(200)
  const relay = await run({ folder, endpoints: { end: { url: end.url, delivery: { rate: [] } } } })
  try {
    const acknowledged: string[] = []
    const send = async (): Promise<number> => {
      const { headers, body } = request(platformCore, platformBody({ filler: 'x'.repeat(100_000) }))
      const answer = await fetch(`${relay.url}/in/platform-core`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
      const text = await answer.text()
      if (answer.status === 202) acknowledged.push(JSON.parse(text).id)
      else assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '5'], text)
      return answer.status
    }
    let refused = 0
    for (let sent = 0; refused < 5 && sent < 300; sent++) if (await send() === 503) refused++
    assert.equal(refused, 5)
    assert.ok(acknowledged.length > 3)
    execFileSync('mount', ['-o', 'remount,size=64m', folder])
    assert.equal(await send(), 202)
    await relay.sweep()
    for (const id of acknowledged) assert.equal((await relay.api(`/app/test/msg/${id}?with_content=false`)).status, 200, id)
    for (let tries = 0; tries < 100 && !acknowledged.every(id => end.received.some(one => one.headers['webhook-id'] === id)); tries++) {
      await new Promise(wake => setTimeout(wake, 100))
      if (tries % 20 === 19) await relay.sweep()
    }
    assert.deepEqual(acknowledged.filter(id => !end.received.some(one => one.headers['webhook-id'] === id)), [])
  } finally {
    await relay.stop()
    await end.close()
    execFileSync('umount', [folder])
    rmSync(folder, { recursive: true, force: true })
  }
})
