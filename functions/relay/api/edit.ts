// Changes of what is there, made upon it as it is when it is stored: of two at the same time neither is
// lost. Called by the parts of the API and by the faces.
import { isRefusal, type Refusal } from '../model.ts'
import { kept, Problem } from './base.ts'

const most = 100

/**
 * Makes a change, and makes it anew where somebody else's came between.
 *
 * @param find  reads the record
 * @param change  stores it changed, or is refused as `stale`: the record is another than was read
 */
export async function edit<Item extends object>(find: () => Promise<Item>, change: (old: Item) => Promise<Item | Refusal>): Promise<Item> {
  for (let tries = 0; tries < most; tries++) {
    const put = await change(await find())
    if (!isRefusal(put) || put.refused !== 'stale') return kept<Item>(put) as Item
  }
  throw new Problem(409, 'conflict', 'Others change the same at the same time: try again')
}
