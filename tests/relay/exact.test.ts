// Payloads keep the numbers of whoever sent them, digit for digit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { payloadsOf } from '../../functions/relay/api/exact.ts'

test('a payload keeps every number as it was written', () => {
  const digits = ['0', '1', '9', '10', '00', '05', '50', '123456', '1234567', '123456789', '1234567890', '999999999999999', '1234567890123456', '9007199254740993', '123456789012345678901234567890']
  const ends = ['', 'e0', 'e2', 'E+5', 'e-7', 'e400']
  let numbers = 0
  for (const sign of ['', '-']) {
    for (const whole of digits.filter(text => text === '0' || !text.startsWith('0'))) {
      for (const fraction of ['', ...digits.map(text => `.${text}`), '.000001', '.0000001', '.1000000']) {
        for (const end of ends) {
          const number = `${sign}${whole}${fraction}${end}`
          for (const body of [`{"a":${number}}`, `{"a":[${number},"b"]}`, `{"a":["b",${number}]}`, `{"a":{"b":[[1,${number}]]}}`]) {
            const text = `{"eventType":"a","payload": ${body.replaceAll(/[:,[]/g, '$& \n')}}`
            assert.deepEqual(payloadsOf(text, JSON.parse(text)), [body])
            const batch = `{"messages":[{"payload":{"a":1}},${text}]}`
            assert.deepEqual(payloadsOf(batch, JSON.parse(batch).messages), ['{"a":1}', body])
          }
          numbers++
        }
      }
    }
  }
  assert.ok(numbers > 1500, `${numbers}`)
})
