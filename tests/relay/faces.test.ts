// Every face is a view of the same endpoints: what one does, all the others show.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { send, type Credentials } from './ostclient.ts'
import { run } from './run.ts'

let relay: Awaited<ReturnType<typeof run>>
let credentials: Credentials

before(async () => {
  relay = await run({})
  const { body } = await relay.call('POST', '/app/test/key', { name: 'ost', scopes: ['read', 'manage'], signed: true })
  credentials = { api_key: body.key, api_secret: body.secret }
  await relay.call('PUT', '/app/test/graph/g', { name: 'g' })
})
after(async () => {
  await relay?.close()
})

/** An endpoint as a face shows it; `active` is null where the face has no word for it. */
interface Shown { id: string; url: string; events: string[]; active: boolean | null }
interface Face {
  list(): Promise<Shown[]>
  create(url: string, events: string[]): Promise<void>
  /** Takes the id that this face shows. */
  edit(one: Shown, events: string[]): Promise<void>
  pause?(one: Shown): Promise<void>
  remove(one: Shown): Promise<void>
}

const done = ({ status, body }: { status: number; body: any }): any => {
  assert.ok(status < 300 && body?.success !== false && (body?.response?.code ?? 'OK') === 'OK', `${status} ${JSON.stringify(body)}`)
  return body
}
const http = async (method: string, path: string, body?: object): Promise<any> => {
  const answer = await fetch(`${relay.url}${path}`, { method, headers: { 'authorization': `Bearer ${relay.key}`, 'content-type': 'application/json' }, ...body && { body: JSON.stringify(body) } })
  return done({ status: answer.status, body: JSON.parse(await answer.text() || 'null') })
}
const cosmo = (method: string, body: object): Promise<any> => http('POST', `/cosmo/wg.cosmo.platform.v1.PlatformService/${method}`, body)
const ost = async (method: string, path: string, parameters = {}): Promise<any> => done(await send(relay.url, method, path, parameters, credentials)).data

const faces: Record<string, Face> = {
  'the API': {
    list: async () => (await http('GET', '/api/v1/app/test/endpoint')).data.map(({ id, url, eventTypes, disabled }: any) => ({ id, url, events: eventTypes, active: !disabled })),
    create: (url, eventTypes) => http('POST', '/api/v1/app/test/endpoint', { url, eventTypes }),
    edit: ({ id }, eventTypes) => http('PATCH', `/api/v1/app/test/endpoint/${id}`, { eventTypes }),
    pause: ({ id }) => http('PATCH', `/api/v1/app/test/endpoint/${id}`, { disabled: true }),
    remove: ({ id }) => http('DELETE', `/api/v1/app/test/endpoint/${id}`),
  },
  'Platform Core': {
    list: async () => (await http('GET', '/platform-core/v2/webhooks')).webhooks.map(({ id, url, events, active }: any) => ({ id, url, events, active })),
    create: (url, events) => http('POST', '/platform-core/v2/webhooks', { url, events, active: true }),
    edit: ({ id }, events) => http('PUT', `/platform-core/v2/webhooks/${id}`, { events }),
    pause: ({ id }) => http('PUT', `/platform-core/v2/webhooks/${id}`, { active: false }),
    remove: ({ id }) => http('DELETE', `/platform-core/v2/webhooks/${id}`),
  },
  'OST': {
    list: async () => (await ost('GET', '/webhooks')).webhooks.map(({ id, url, topics, status }: any) => ({ id, url, events: topics, active: status === 'active' })),
    create: (url, topics) => ost('POST', '/webhooks', { url, topics }),
    edit: ({ id, active }, topics) => ost('POST', `/webhooks/${id}`, { topics, status: active ? 'active' : 'inactive' }),
    pause: ({ id, events }) => ost('POST', `/webhooks/${id}`, { topics: events, status: 'inactive' }),
    remove: ({ id }) => ost('DELETE', `/webhooks/${id}`),
  },
  'Cosmo': {
    list: async () => ((await cosmo('GetOrganizationWebhookConfigs', {})).configs).map(({ id, endpoint, events }: any) => ({ id, url: endpoint, events, active: null })),
    create: (endpoint, events) => cosmo('CreateOrganizationWebhookConfig', { endpoint, key: 'k', events }),
    edit: ({ id, url }, events) => cosmo('UpdateOrganizationWebhookConfig', { id, endpoint: url, events }),
    remove: ({ id }) => cosmo('DeleteOrganizationWebhookConfig', { id }),
  },
}

/** The endpoint with this URL, as each face shows it. */
async function everywhere(url: string): Promise<Record<string, Shown | undefined>> {
  const shown = await Promise.all(Object.entries(faces).map(async ([name, face]) => [name, (await face.list()).find(one => one.url === url)] as const))
  return Object.fromEntries(shown)
}
/** Asserts that all faces agree on it. */
async function agree(url: string, events: string[], active: boolean, what: string): Promise<void> {
  for (const [name, shown] of Object.entries(await everywhere(url))) {
    assert.deepEqual(shown && [shown.events, shown.active ?? active], [events, active], `${name}, after ${what}`)
  }
}

for (const [maker, face] of Object.entries(faces)) {
  test(`what ${maker} creates, all the others show; each edits, pauses and deletes it, and all the others show that`, async () => {
    const url = `https://round.example.com/${encodeURIComponent(maker)}`
    // Types that the app has, so that each face takes them.
    for (const name of ['user.created', 'transactions/mine', 'MONOGRAPH_SCHEMA_UPDATED']) await http('PUT', `/api/v1/event-type/${encodeURIComponent(name)}`, { description: name })
    await face.create(url, ['user.created'])
    await agree(url, ['user.created'], true, `${maker} created it`)
    for (const [editor, other] of Object.entries(faces)) {
      await other.edit((await everywhere(url))[editor]!, ['MONOGRAPH_SCHEMA_UPDATED', 'transactions/mine'])
      await agree(url, ['MONOGRAPH_SCHEMA_UPDATED', 'transactions/mine'], true, `${editor} edited it`)
      if (other.pause) {
        await other.pause((await everywhere(url))[editor]!)
        await agree(url, ['MONOGRAPH_SCHEMA_UPDATED', 'transactions/mine'], false, `${editor} paused it`)
      }
      const { id } = (await everywhere(url))['the API']!
      await http('PATCH', `/api/v1/app/test/endpoint/${id}`, { disabled: false, eventTypes: ['user.created'] })
    }
    for (const [remover, other] of Object.entries(faces)) {
      await other.remove((await everywhere(url))[remover]!)
      assert.deepEqual(Object.values(await everywhere(url)).filter(Boolean), [], `${remover} deleted it`)
      await face.create(url, ['user.created'])
    }
    await face.remove((await everywhere(url))[maker]!)
  })
}
