// One page of records in the order of their names. Used by the Directory's tables.
import type { Page } from '../objects.ts'
import type { Ledger } from './ledger.ts'

/** @param table,column  written in the program, never given by a request */
export function pageOf<Item>(ledger: Ledger, table: string, column: string, { limit, after, descending }: Page, where = '1 = 1', ...values: unknown[]): Item[] {
  const [compare, order] = descending ? ['<', 'DESC'] : ['>', 'ASC']
  const from = after === undefined ? '' : `AND ${column} ${compare} ?`
  return ledger.records(`SELECT record FROM ${table} WHERE ${where} ${from} ORDER BY ${column} ${order} LIMIT ?`, ...values, ...after === undefined ? [] : [after], limit)
}
