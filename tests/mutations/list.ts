// The mutations: each is one change to one place of the code, which breaks what a line of
// docs/conformance.md promises, and the test that must then fail. run.ts makes them, one at a time.
import type { Change } from './apply.ts'

export interface Mutation {
  /** kebab-case; stands beside the line in docs/conformance.md */
  name: string
  change: Change
  /** The test's file, and its name in that file. */
  file: string
  test: string
}

type Edit = [file: string, find: string, put: string]

/** Mutations that one test finds. */
const foundBy = (file: string, test: string, edits: Record<string, Edit>): Mutation[] =>
  Object.entries(edits).map(([name, [of, find, put]]) => ({ name, change: { file: of, find, put }, file: `tests/${file}`, test }))

const core = 'core/dialects/platform-core.json'
const ost = 'core/dialects/ost.json'
const cosmo = 'core/dialects/cosmo.json'
const relay = 'functions/relay'

const sender: Mutation[] = [
  ...foundBy('relay/sending.test.ts', 'each dialect: its envelope, its headers, its ids stable over retries, signed with a secret made in its form', {
    'user-agent': [core, '"Platform-Webhooks/1.0"', '"Waxseal/1.0"'],
    'signature-prefix': [core, '"sha256={sig}"', '"sha1={sig}"'],
    'api-version': [core, '"api_version": "2.1.0"', '"api_version": "2.0.0"'],
    'delivery-id-of-attempt': [`${relay}/sign.ts`, '`${endpoint.id}/${delivery.message}`', '`${endpoint.id}/${Math.random()}`'],
    'ost-version': [ost, '"ost-version": "v2"', '"ost-version": "v1"'],
    'ost-frozen-timestamp': [`${relay}/sign.ts`, "method: 'POST',", "method: 'POST', timestamp: 1574321000,"],
    'ost-key-order': [ost, '"id": "{id}",\n      "topic": "{type}",', '"topic": "{type}",\n      "id": "{id}",'],
    'event-id-of-attempt': [`${relay}/sign.ts`, 'idIn(ids.event, message)', 'idIn(ids.event, String(Math.random()))'],
    'cosmo-key-order': [cosmo, '"version": 1, "event": "{type}", "payload"', '"event": "{type}", "version": 1, "payload"'],
  }),
  ...foundBy('relay/sending.test.ts', 'for each endpoint that gets nothing the reason: not subscribed, filtered, nothing selected, inactive, disabled', {
    'inactive-gets-all': [`${relay}/routing.ts`, 'filter((_, each) => why[each] === null)', "filter((_, each) => why[each] === null || why[each] === 'inactive')"],
    'topics-ignored': [`${relay}/routing.ts`, 'filter((_, each) => why[each] === null)', "filter((_, each) => why[each] === null || why[each] === 'not_subscribed')"],
    'filters-ignored': [`${relay}/routing.ts`, 'return [...filters, ...chosen', 'return [...chosen'],
  }),
  ...foundBy('relay/sending.test.ts', 'OST: while the grace lasts ost-signature holds both signatures; it can be ended early', {
    'no-grace': [`${relay}/views.ts`, 'until === null || until > Date.now()', 'until === null'],
  }),
  ...foundBy('relay/sending.test.ts', 'deliveries across endpoints: by state, type and what stands in the payload, page by page', {
    'state-not-asked': [`${relay}/api/deliveries.ts`, 'state: status,', 'state: undefined,'],
  }),
  ...foundBy('relay/schedule.test.ts', 'by default the first retry comes 15 s after the failure, as Platform Core documents', {
    'first-delay': [core, '"delays": [15,', '"delays": [5,'],
  }),
  ...foundBy('relay/schedule.test.ts', 'an attempt that hangs ends at the time-out and counts as failed', {
    'impatient': ['functions/forward.ts', 'seconds * 1000', 'seconds * 100'],
  }),
  ...foundBy('relay/schedule.test.ts', 'no sliding window holds more than its limit; what exceeds it is queued and delivered', {
    'rate-ignored': [`${relay}/sender.ts`, 'past: this.#pace.newest(policy.widest), open: flying', 'past: [], open: []'],
  }),
  ...foundBy('relay/schedule.test.ts', 'Retry-After puts the retry off', {
    'retry-after-ignored': [`${relay}/send.ts`, "retryAfter(answer.headers.get('retry-after'))", '0'],
  }),
  ...foundBy('relay/sending.test.ts', 'an ordered endpoint gets one after the other: the line waits for what fails', {
    'order-ignored': [`${relay}/rules.ts`, "endpoint.ordered ? 'all' : 'none'", "'none'"],
  }),
  ...foundBy('relay/order.test.ts', 'an Outbox that refuses once gets all in order: nothing overtakes what it is still owed', {
    'owed-is-overtaken': [`${relay}/handover.ts`, 'this.#behind.has(name) !== late || (late', '(late'],
  }),
  ...foundBy('relay/order.test.ts', 'by key: inside each key the order holds, over retries too, while other keys pass', {
    'one-line-for-all': [`${relay}/rules.ts`, 'endpoint.orderBy ??', "(endpoint.orderBy && 'all') ??"],
  }),
  ...foundBy('relay/order.test.ts', 'a key that is given with the message takes the place of what stands in it', {
    'given-key-lost': [`${relay}/inbox.ts`, 'headers, body, endpoint, orderingKey, manual: false', 'headers, body, endpoint, manual: false'],
  }),
  ...foundBy('relay/order.test.ts', 'what an endpoint already has in its queue keeps to an order that is asked for later', {
    'old-lines-kept': [`${relay}/lines.ts`, 'else this.#renew()', ''],
  }),
  ...foundBy('relay/order.test.ts', 'no more attempts are open at the receiver than the endpoint\'s concurrency, and so many are; raised and lowered, too', {
    'crowded': [`${relay}/sender.ts`, 'concurrency, now, past', 'concurrency: concurrency + 1, now, past'],
  }),
  ...foundBy('relay/order.test.ts', 'all 4xx are final, or none, as the endpoint says; a part of the policy that it does not name stays', {
    'policy-replaced-whole': [`${relay}/dialects.ts`, 'if (given[part] && own[part])', 'if (false as boolean)'],
  }),
  ...foundBy('relay/svix.test.ts', "recover sends what has failed again; send-example sends the type's example", {
    'failed-is-forgotten': [`${relay}/queue.ts`, 'const emptied = state === states.success', 'const emptied = state !== states.pending'],
    'example-without-content': [`${relay}/api/trial.ts`, 'payload, keys: []', "payload: '{}', keys: []"],
  }),
  ...foundBy('relay/svix.test.ts', 'a message reaches the endpoints that want it, signed; attempts and deliveries say so', {
    'answer-not-kept': [`${relay}/send.ts`, 'response: new TextDecoder().decode(bytes.subarray(0, kept))', "response: ''"],
  }),
  ...foundBy('relay/documented.test.ts', 'Platform Core: six attempts, the retries after 15, 60, 300, 900 and 3600 s; every answer outside 2xx is retried', {
    'last-delay': [core, '900, 3600]', '900, 1800]'],
    '400-is-final': [core, '900, 3600] },', '900, 3600] }, "final": { "statuses": [400] },'],
  }),
  ...foundBy('relay/documented.test.ts', 'Platform Core: at most 100 in 10 s and 1000 in 60 s, each window where it binds', {
    'minute-window': [core, '"limit": 1000, "seconds"', '"limit": 1001, "seconds"'],
  }),
  ...foundBy('relay/documented.test.ts', 'Platform Core: each of the twelve events can be tried out, and its example keeps to its schema', {
    'event-misspelt': [core, '"user.login": {', '"user.logon": {'],
  }),
  ...foundBy('relay/documented.test.ts', 'OST: 28 attempts over 90,360 s, whatever the answer outside 2xx; 60 s for each', {
    'ost-second-delay': [ost, '60,\n        300,', '60,\n        600,'],
    'ost-time-out': [ost, '"timeout": 60', '"timeout": 30'],
  }),
  ...foundBy('relay/attempts.test.ts', 'Cosmo: seven attempts, 2 to 64 seconds apart and up to a fifth more, and Retry-After is a floor', {
    'cosmo-jitter': [cosmo, '"jitter_percent": 20', '"jitter_percent": 50'],
  }),
  ...foundBy('relay/attempts.test.ts', 'Cosmo: 429, 5xx and no connection are tried again; a time-out and other 4xx are not', {
    'cosmo-4xx-retried': [cosmo, '"client_errors": true', '"client_errors": false'],
  }),
  ...foundBy('relay/attempts.test.ts', 'Cosmo: an attempt has 30 seconds, one of a platform event 10', {
    'platform-time-out': [`${relay}/launch.ts`, 'timeout: 10 ', 'timeout: 30 '],
  }),
  ...foundBy('relay/redelivery.test.ts', 'a redelivery sends the same bytes and headers to where they went, whatever has changed since; its row is new', {
    'redelivery-signed-anew': [`${relay}/sender.ts`, 'due.again === null ? undefined : this.#queue.sent(due.again)', 'undefined'],
  }),
  ...foundBy('relay/redelivery.test.ts', 'what is a secret in a header is neither kept nor shown: a redelivery has the one of now, and none at another host', {
    'credential-kept': [`${relay}/kept.ts`, 'sensitive.test(name) || tokens.includes(name.toLowerCase())', 'tokens.includes(name.toLowerCase())'],
  }),
  ...foundBy('relay/calls.test.ts', "admission: a refusal is final, in the answer's own words; an answer without a signature is none", {
    'refusal-without-words': [`${relay}/calls.ts`, 'error === undefined ? undefined : wordsAt(body, error)', 'undefined'],
  }),
  ...foundBy('relay/calls.test.ts', 'check extension: 200 and 204 alone are answers, and errorMessage is an error wherever it stands', {
    'any-2xx-answers': [`${relay}/calls.ts`, 'if (statuses && !statuses.includes(status))', 'if (false)'],
  }),
  ...foundBy('relay/calls.test.ts', 'the answer is read to 5 MiB and handed back whole; a longer one is none; 2 KiB are kept', {
    'answer-of-4-mib': [`${relay}/send.ts`, 'mostOfCall = 5 * 1024', 'mostOfCall = 4 * 1024'],
  }),
  ...foundBy('relay/calls.test.ts', 'what fails is tried again as its policy says; a time-out is not; an answer that breaks off is', {
    'time-out-retried': [`${relay}/send.ts`, "ended: error.name === 'TimeoutError' ? { timedOut: true } : { unreachable: true }", 'ended: { unreachable: true }'],
  }),
  ...foundBy('relay/proxy.test.ts', 'an http destination is named in full to the proxy, which may be https; other endpoints go without', {
    'proxy-ignored': [`${relay}/launch.ts`, "{ proxy: 'env:WEBHOOK_PROXY_URL' }", '{}'],
  }),
  ...foundBy('relay/slack.test.ts', "a proposal's state; and nothing in a name is a link or calls somebody", {
    'slack-unescaped': [`${relay}/slack.ts`, ".replaceAll('<', '&lt;')", ''],
  }),
  ...foundBy('relay/slack.test.ts', 'events of the selected graphs alone; its row in the history is of the type slack, and is sent again as it was', {
    'slack-row-of-webhook': [`${relay}/faces/cosmo/history.ts`, 'type: typeOf(row)', "type: 'webhook'"],
  }),
  ...foundBy('relay/schedule.test.ts', 'what cannot be written keeps nothing from being written that came at the same time', {
    'one-spoils-all': [`${relay}/commit.ts`, 'return batch.flatMap(one => this.#writeAll([one]))', 'return batch.forEach(one => one.reject(error)), []'],
  }),
  ...foundBy('functions/deadline.test.ts', 'a deadline leaves no timer behind, whether its work succeeds, fails or is aborted', {
    'timers-left': ['functions/forward.ts', 'clearTimeout(timer)', 'void timer'],
  }),
  ...foundBy('relay/relay.test.ts', 'a redirect is a failed attempt and never followed', {
    'redirects-followed': ['functions/forward.ts', "redirect: 'manual'", "redirect: 'follow'"],
  }),
  ...foundBy('relay/relay.test.ts', 'Cosmo platform events go to WEBHOOK_URL, signed with WEBHOOK_SECRET; organization events do not', {
    'platform-url-gets-all': [`${relay}/launch.ts`, 'events: platformEvents, ', ''],
  }),
  ...foundBy('relay/relay.test.ts', 'without WEBHOOK_URL nothing is sent; without WEBHOOK_SECRET it is sent without the header', {
    'signed-without-key': [`${relay}/sign.ts`, 'new Webhook(dialect, { secrets })', "new Webhook(dialect, { secrets: secrets.length ? secrets : ['none'] })"],
  }),
]

const management: Mutation[] = [
  ...foundBy('relay/svix.test.ts', 'endpoints: create, list by pages, get, update, patch, headers, delete', {
    'pause-does-nothing': [`${relay}/api/endpoints.ts`, 'const status = disabled === undefined ?', 'const status = disabled !== false ?'],
  }),
  ...foundBy('relay/storage.test.ts', 'no secret and no key stands on disk, but the key files that only their owner reads', {
    'secret-in-declared': [`${relay}/directory/secrets.ts`, 'return this.#seal.print(JSON.stringify(values))', 'return Promise.resolve(JSON.stringify(values))'],
  }),
  ...foundBy('relay/storage.test.ts', 'storage of the previous schema is taken over: messages, attempts, what is due and what was disabled', {
    'messages-not-migrated': [`${relay}/messages.ts`, 'INSERT INTO message SELECT id, source, type, event, content, dedupe, at, headers, body, NULL, 0, 90 FROM old_message;', ''],
  }),
  ...foundBy('relay/outboxes.test.ts', 'an endpoint that had an Outbox of its own is moved, over two kill -9: its log, what waits, and in its order', {
    'log-not-moved': [`${relay}/tables.ts`, 'INSERT INTO attempt (endpoint, ${ofAttempt}) SELECT 1, ${ofAttempt} FROM old_attempt;', ''],
  }),
  ...foundBy('relay/outboxes.test.ts', 'a message for 200 endpoints costs each Outbox one call, and one question for the rules of all its endpoints', {
    'outbox-for-each': [`${relay}/objects.ts`, 'const outboxes = 16', 'const outboxes = 10_000'],
  }),
  ...foundBy('relay/outboxes.test.ts', 'it is accepted whether an Outbox takes it or not; after a kill -9 in the midst of its hand-over every endpoint gets it', {
    'owed-before-it-is-taken': [`${relay}/messages.ts`, "VALUES (?, ?, ?, 0)', id, endpoint, event.app)", "SELECT ?, ?, ?, 0 WHERE 0', id, endpoint, event.app)"],
  }),
  ...foundBy('relay/outboxes.test.ts', 'what an Outbox refused is handed over later, though messages to others are always on their way', {
    'behind-while-others-are-handed': [`${relay}/handover.ts`, 'if (this.#passing) return', 'if (this.#passing || this.#handing) return'],
  }),
  ...foundBy('relay/outboxes.test.ts', 'attempts, deliveries, counts and recovery are those of one endpoint, not of who shares its Outbox', {
    'log-of-all': [`${relay}/log.ts`, "[['a.endpoint = ?', this.#endpoint]]", "[['a.endpoint > ?', 0]]"],
  }),
  ...foundBy('relay/outboxes.test.ts', 'with an endpoint all its rows go, and nothing of who shares its Outbox', {
    'sharers-forgotten': [`${relay}/tables.ts`, "return this.#some('id IS NULL', most)", "return this.#some('1 = 1', most)"],
  }),
  ...foundBy('relay/access.test.ts', 'reading a secret stands in the audit log, and so does every change; no entry holds a secret', {
    'reading-not-noted': [`${relay}/directory.ts`, "this.note(by, 'endpoint.secret.read', id)", ''],
  }),
  ...foundBy('relay/access.test.ts', 'every route asks for its scope, and nothing else', {
    'scopes-ignored': [`${relay}/api/base.ts`, "!context.get('key').scopes.includes(scope)", 'false'],
  }),
  ...foundBy('relay/access.test.ts', "every route of the OpenAPI document answers 404 with another tenant's ids", {
    'any-app-for-any-key': [`${relay}/api/auth.ts`, 'const id = holder === root ?', 'const id = holder ?'],
  }),
  ...foundBy('relay/concurrent.test.ts', 'changes of different fields of one endpoint at the same time are all made', {
    'last-change-wins': [`${relay}/directory/endpoints.ts`, 'if (limits.was && JSON', 'if (false && JSON'],
  }),
  ...foundBy('relay/concurrent.test.ts', 'a message that is on its way to an endpoint is not sent again at the same time: 409 says so', {
    'resend-on-its-way': [`${relay}/api/attempts.ts`, 'if (delivery?.state === states.sending) throw', 'if (false) throw'],
  }),
  ...foundBy('relay/portal.test.ts', "a customer's token opens what the portal needs, and every other route of the document is closed to it", {
    'token-opens-all': [`${relay}/api/base.ts`, "context.get('key').portal && !portal", 'false'],
  }),
  ...foundBy('relay/dialects.test.ts', 'a dialect that an endpoint or a source uses is not deleted: the answer names who', {
    'used-dialect-deleted': [`${relay}/directory/dialects.ts`, 'dialect === name || policy === name', 'dialect === name'],
  }),
  ...foundBy('relay/dialects.test.ts', 'of a deletion and a use at the same time one is refused', {
    'dialect-gone-meanwhile': [`${relay}/directory.ts`, 'this.#dialects.missing(configOf(this.env), endpoint.dialect, endpoint.policy) ?? ', ''],
  }),
  ...foundBy('relay/messages.test.ts', 'of POSTs with one Idempotency-Key at the same time one is done; the others get its answer or 409', {
    'key-not-claimed': [`${relay}/directory.ts`, "if (!first) this.remember(key, print, 0, '')", ''],
  }),
  ...foundBy('relay/paging.test.ts', 'every list of the document gives in pages of one and of two what it gives at once', {
    'pages-end-early': [`${relay}/api/base.ts`, '({ limit: limit + 1,', '({ limit,'],
  }),
  ...foundBy('relay/tasks.test.ts', 'a replay of a range tells how many wait, arrived and failed, until it is finished', {
    'owed-not-counted': [`${relay}/log.ts`, "WHERE task = ? GROUP BY state', task", "WHERE task = ? AND state <> 2 GROUP BY state', task"],
  }),
  ...foundBy('relay/debug.test.ts', 'a webhook and its attempts are lines of JSON: verdict, headers, body, answer; of a signature eight characters', {
    'debug-repeats-signature': ['functions/debug.ts', 'signatures, holdsSecret(ways) ? hide : shorten', '[], shorten'],
  }),
  ...foundBy('relay/retention.test.ts', 'after its days a finished delivery goes with its attempts and its message; what is pending stays and is delivered', {
    'pending-forgotten': [`${relay}/tables.ts`, '[states.success, states.fail].flatMap', '[states.success, states.fail, states.pending].flatMap'],
  }),
  ...foundBy('relay/slack.test.ts', 'an integration is created, listed, changed and deleted; its name is taken once; it is no webhook config', {
    'integration-named-twice': [`${relay}/faces/cosmo/integrations.ts`, 'some(({ description }) => description === name)', 'some(() => false)'],
  }),
  ...foundBy('relay/rate.test.ts', 'a source has its rate: 429 with Retry-After beyond it, 503 where the sender takes 4xx as final; what is forged does not count', {
    'source-without-rate': [`${relay}/intake.ts`, 'if (!rate?.length) return 0', 'return 0'],
  }),
  ...foundBy('relay/dialects.test.ts', 'a source and an endpoint use a dialect that the relay was given while it runs, over a restart too', {
    'own-dialects-ignored': [`${relay}/dialects.ts`, 'own && Object.keys(own).length ?', 'false ?'],
  }),
  ...foundBy('relay/api.test.ts', "no key, a wrong key and another app's key are refused; another app is not found", {
    'any-key-of-the-form': [`${relay}/keys.ts`, 'crypto.subtle.timingSafeEqual(known, given) && ', ''],
  }),
  ...foundBy('relay/destinations.test.ts', 'without the settings for development neither http nor a private address is taken, and the answer says what is', {
    'any-destination': [`${relay}/api/destination.ts`, "if (!destination.ok) throw invalid(['body', 'url'], destination.advice)", ''],
  }),
  ...foundBy('relay/destinations.test.ts', 'an endpoint that was taken under other settings is refused at each attempt', {
    'destination-checked-once': [`${relay}/sender.ts`, 'if (!destination.ok) throw new Error(destination.advice)', ''],
  }),
  ...foundBy('relay/destinations.test.ts', 'a public name that leads to a private address is refused when workerd connects', {
    'any-network': [`${relay}/workerd.ts`, "allow = [${allow.map(text).join(', ')}]", 'allow = ["public", "private"]'],
  }),
  ...foundBy('relay/platform.test.ts', 'every curl line of the document runs, with only its host and its placeholder for the key changed', {
    'delete-does-nothing': [`${relay}/faces/platform.ts`, "await remove(context, await find(context, context.req.valid('param').id))", ''],
    'secret-in-list': [`${relay}/faces/platform.ts`, 'endpoints.map(endpoint => shown(context, endpoint))', 'endpoints.map(endpoint => shown(context, endpoint, endpoint.id))'],
    'trial-without-answer': [`${relay}/faces/platform.ts`, 'status_code: attempt?.status || null', 'status_code: null'],
  }),
  ...foundBy('relay/platform.test.ts', 'an update changes what it names; a webhook gets events while it is active', {
    'update-of-all': [`${relay}/faces/platform.ts`, '...events && !sameNames', '...!events && { eventTypes: null }, ...events && !sameNames'],
    'never-paused': [`${relay}/faces/platform.ts`, '{ disabled: !active }', '{ disabled: false }'],
  }),
  ...foundBy('relay/platform.test.ts', 'errors have the documented body and codes', {
    'one-error-code': [`${relay}/faces/platform.ts`, 'words[status * 10] ? status * 10 : 4000', '4000'],
    'one-token-code': [`${relay}/faces/platform.ts`, 'appOf(token) === undefined ? 4012 : 4011', '4011'],
  }),
  ...foundBy('relay/platform.test.ts', 'X-RateLimit tells what is left of the hour; beyond it 429 with Retry-After, for that key alone', {
    'no-hourly-limit': [`${relay}/faces/platform.ts`, 'if (count > limit) throw', 'if (false) throw'],
  }),
  ...foundBy('relay/platform.test.ts', 'a tenant sees nothing of another', {
    'platform-lists-one-app': [`${relay}/faces/platform.ts`, "directoryOf(context.env, context.get('app').id).endpoints(", 'directoryOf(context.env, configOf(context.env).app).endpoints('],
  }),
  ...foundBy('relay/ost.test.ts', 'create, get, list, update and delete give the WebHook object with its six attributes', {
    'ost-five-attributes': [`${relay}/faces/ost/shapes.ts`, " format: 'json',", ''],
    'ost-topics-as-written': [`${relay}/faces/ost/shapes.ts`, 'topic.trim().toLowerCase()', 'topic.toLowerCase()'],
    'ost-inactive-unless-told': [`${relay}/faces/ost/shapes.ts`, ".default('active')", ".default('inactive')"],
  }),
  ...foundBy('relay/ost.test.ts', 'an URL is registered once, and ten webhooks are active at most', {
    'ost-eleven': [`${relay}/faces/ost.ts`, '{ active: 10 }', '{ active: 11 }'],
  }),
  ...foundBy('relay/ost.test.ts', 'the URL of a deleted webhook gets its id again', {
    'ost-no-revival': [`${relay}/faces/ost.ts`, '...former !== null && { id: await uuidOf(former) }, ', ''],
  }),
  ...foundBy('relay/ost.test.ts', 'pages run from the newest to the oldest, as long as next_page_payload says', {
    'ost-oldest-first': [`${relay}/faces/ost.ts`, 'b.createdAt - a.createdAt', 'a.createdAt - b.createdAt'],
  }),
  ...foundBy('relay/ost.test.ts', 'every parameter that is not valid is named: 400 BAD_REQUEST', {
    'ost-parameter-unnamed': [`${relay}/faces/ost/answer.ts`, 'parameter: loc[1] ?? loc[0]!', 'parameter: loc[0]!'],
  }),
  ...foundBy('relay/ost.test.ts', 'a request that is not signed, wrongly signed or 100 seconds old is refused: 401 UNAUTHORIZED', {
    'ost-old-requests': [`${relay}/faces/ost/request.ts`, '{ past: 100, future: 100 }', '{ past: 1000, future: 100 }'],
  }),
  ...foundBy('relay/ost.test.ts', 'a key does what its scopes say: 403 FORBIDDEN', {
    'ost-no-403': [`${relay}/faces/ost/answer.ts`, "{ status: 403, code: 'FORBIDDEN'", "{ status: 401, code: 'UNAUTHORIZED'"],
  }),
  ...foundBy('relay/ost.test.ts', 'webhooks of a client share one secret; rotated, the old one signs too until its grace is deleted', {
    'ost-short-grace': [`${relay}/faces/ost.ts`, 'grace * 1000', 'grace'],
    'ost-inactive-gets-all': [`${relay}/faces/ost.ts`, "disabled: status === 'inactive'", 'disabled: false'],
  }),
  ...foundBy('relay/ost.test.ts', "another client's webhooks are not found", {
    'ost-lists-one-app': [`${relay}/faces/ost.ts`, "directoryOf(context.env, context.get('app').id).endpoints(", 'directoryOf(context.env, configOf(context.env).app).endpoints('],
  }),
  ...foundBy('relay/cosmo.test.ts', 'create, list, meta, update and delete: the key is never returned, the newest stands first, the meta is replaced', {
    'cosmo-oldest-first': [`${relay}/faces/cosmo.ts`, 'b.createdAt - a.createdAt', 'a.createdAt - b.createdAt'],
    'cosmo-meta-is-added': [`${relay}/faces/cosmo.ts`, '{ url, selections,', '{ url, selections: [...old.selections ?? [], ...selections],'],
    'changes-not-noted': [`${relay}/directory/ledger.ts`, 'this.note(by, action, target)\n        result', 'result'],
  }),
  ...foundBy('relay/cosmo.test.ts', 'should_update_key alone changes the key; without a key nothing is signed; another host needs the key again', {
    'cosmo-key-with-each-update': [`${relay}/faces/cosmo.ts`, 'shouldUpdateKey ? key ? [key] : [] : moved', 'shouldUpdateKey || key ? key ? [key] : [] : moved'],
  }),
  ...foundBy('relay/cosmo.test.ts', 'events of the selected graphs alone, each kind by its own list; with no graph selected nothing', {
    'graphs-ignored': [`${relay}/routing.ts`, '...chosen.map(', '...[].map('],
  }),
  ...foundBy('relay/cosmo.test.ts', "what is wrong is said in a 200 with Cosmo's code and words", {
    'any-graph': [`${relay}/faces/cosmo/configs.ts`, 'if (wanted.some(id => !known.some(graph => graph.id === id))) throw', 'if (false) throw'],
    'cosmo-code-of-unknown': [`${relay}/faces/cosmo.ts`, "new Refused('ERR_NOT_FOUND', 'Webhook config not found')", "new Refused('ERR', 'Webhook config not found')"],
  }),
  ...foundBy('relay/cosmo.test.ts', "roles are scopes; a deactivated app can be read and not changed; another's configs are not found", {
    'deactivated-ignored': [`${relay}/api/base.ts`, "context.get('view').app?.deactivated", 'false'],
  }),
  ...foundBy('relay/cosmo.test.ts', 'history: one row a delivery that has ended, with its retries, filtered by time and type; details; redelivered it has a new row', {
    'history-without-retries': [`${relay}/faces/cosmo/history.ts`, 'retryCount: row.attempts.length - 1', 'retryCount: 0'],
  }),
  ...foundBy('relay/faces.test.ts', 'what the API creates, all the others show; each edits, pauses and deletes it, and all the others show that', {
    'platform-shows-its-own': [`${relay}/faces/platform.ts`, 'endpoints.map(endpoint => shown(context, endpoint))', 'endpoints.filter(one => one.dialect === dialect).map(endpoint => shown(context, endpoint))'],
  }),
]

const receiver: Mutation[] = [
  ...foundBy('functions/handler.test.ts', '405 for other methods, 415 for a compressed body', {
    'any-method': ['functions/handler.ts', "request.method !== 'POST' && !byGet", 'false'],
  }),
  ...foundBy('functions/handler.test.ts', 'refuses a missing, a short and a wrong signature with 401 Invalid signature, without throwing', {
    'other-refusal': [core, '"refused": "Invalid signature"', '"refused": "Unauthorized"'],
  }),
  ...foundBy('functions/handler.test.ts', 'gives 500 for a TemporaryError and for TEMPORARY_ERROR, and does not remember the event', {
    'temporary-is-permanent': ['functions/handler.ts', "isPermanent(error) ? 'permanent' : 'temporary'", "'permanent'"],
  }),
  ...foundBy('functions/handler.test.ts', 'gives 400 for a PermanentError', {
    'permanent-is-temporary': ['functions/handler.ts', "isPermanent(error) ? 'permanent' : 'temporary'", "'temporary'"],
  }),
  ...foundBy('functions/handler.test.ts', 'debug prints one line: headers, body and verdict, eight characters of the signature, no secret', {
    'debug-shows-signature': ['functions/debug.ts', 'run.slice(0, 8)', 'run'],
  }),
  ...foundBy('functions/handler.test.ts', 'any of several secrets verifies: rotation refuses nothing', {
    'first-secret-alone': ['functions/secrets.ts', '{ ...options, secrets: given }', '{ ...options, secrets: given.slice(0, 1) }'],
  }),
  ...foundBy('functions/handler.test.ts', 'a claim that another process holds answers 409, and 503 where the sender takes 4xx as final', {
    'busy-is-final': ['functions/respond.ts', "(outcome === 'in_progress' || outcome === 'too_fast') && final", 'false'],
  }),
  ...foundBy('functions/handler.test.ts', 'an on() that returns a Response answers it, as admission and check extension ask', {
    'own-answer-lost': ['functions/handler.ts', 'own instanceof Response ? own :', ''],
  }),
  ...foundBy('functions/checklist.test.ts', 'Platform Core: the envelope gives id, time and version; api_version may be absent', {
    'api-version-required': [core, '"required": ["id", "event", "timestamp", "data"]', '"required": ["id", "event", "timestamp", "data", "api_version"]'],
  }),
  ...foundBy('functions/checklist.test.ts', 'Platform Core: X-Platform-Event that contradicts the signed body is refused', {
    'header-not-compared': [core, '{ "header": "X-Platform-Event", "pointer": "/event" }', '{ "pointer": "/event" }'],
  }),
  ...foundBy('functions/checklist.test.ts', 'Platform Core: the webhook id deduplicates, not the delivery id', {
    'delivery-id-deduplicates': [core, '"id": { "pointer": "/id" }', '"id": { "header": "X-Platform-Delivery" }'],
  }),
  ...foundBy('functions/checklist.test.ts', 'OST: of two signatures either may match, in either order', {
    'one-signature': [ost, '"list": { "separator": "," },', ''],
  }),
  ...foundBy('functions/checklist.test.ts', 'OST: no age is asked for unless a tolerance is set', {
    'ost-tolerance': [ost, '{ "header": "ost-timestamp", "unit": "seconds" }', '{ "header": "ost-timestamp", "unit": "seconds", "tolerance": { "past": 300, "future": 300 } }'],
  }),
  ...foundBy('functions/checklist.test.ts', 'Cosmo: a bare lower-case hex HMAC of the raw body; every other spelling and a missing header are refused', {
    'cosmo-prefix': [cosmo, '"value": "{sig}"', '"value": "sha256={sig}"'],
  }),
  ...foundBy('functions/checklist.test.ts', 'Cosmo: a version other than 1 breaks the schema', {
    'any-version': [cosmo, '"version": { "const": 1 }', '"version": { "type": "integer" }'],
  }),
]

export const mutations: Mutation[] = [...sender, ...management, ...receiver]
